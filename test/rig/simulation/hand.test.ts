import { describe, expect, it } from 'vitest';
import { Hand } from '../../../src/main/rig/simulation/servo-bus/hand';
import { FreeJoints } from '../../../src/main/rig/simulation/servo-bus/joints';

const STEP = 0.002;

function arm(ranges: readonly (readonly [number, number])[]) {
  const plant = new FreeJoints(ranges.map((range) => ({ inertia: 0.03, damping: 0.05, range, start: 0.2 })));
  const hand = new Hand(
    ranges.map((_, i) => `joint_${i}`),
    ranges.map(() => 0.5),
  );
  const reached = ranges.map(() => [0.2, 0.2]);
  const step = (isFree = true) => {
    plant.step(hand.torques(plant.angles, plant.velocities, isFree, STEP) ?? [0, 0], STEP);
    plant.angles.forEach((angle, i) => {
      reached[i] = [Math.min(reached[i]![0]!, angle), Math.max(reached[i]![1]!, angle)];
    });
  };
  return { plant, hand, reached, step };
}

describe('a simulated hand', () => {
  it('moves one joint after the other to both its stops and back, and holds them', () => {
    const { plant, hand, reached, step } = arm([
      [-1, 1.5],
      [-10, 10],
    ]);
    hand.ask('sweep', plant.angles);
    const seen = new Set<string | null>();
    for (let i = 0; i < 60_000 && hand.doing !== 'holding'; i++) {
      step();
      seen.add(hand.doing);
    }
    expect([...seen]).toEqual(['joint_0', 'joint_1', 'holding']);
    expect(reached[0]).toEqual([-1, 1.5]);
    // One without stops is turned all the way round, and not for ever.
    expect(reached[1]![1]! - reached[1]![0]!).toBeGreaterThan(2 * Math.PI);
    expect(reached[1]![1]).toBeLessThan(7);
    for (const angle of plant.angles) expect(Math.abs(angle - 0.2)).toBeLessThan(0.1);
  });

  it('brings all of them into the home pose, and lets go where a motor holds', () => {
    const { plant, hand, step } = arm([
      [-1, 1.5],
      [-1, 1],
    ]);
    hand.ask('home', plant.angles);
    for (let i = 0; i < 2000; i++) step();
    for (const angle of plant.angles) expect(angle).toBeCloseTo(0.5, 2);
    expect(hand.doing).toBe('at home');
    step(false);
    expect(hand.doing).toBeNull();
  });
});
