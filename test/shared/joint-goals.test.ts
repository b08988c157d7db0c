import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SoftStart } from '../../src/main/core/teleop/soft-start';
import { loadRig } from '../../src/main/rig/index';
import { actionFor, drivenJoints, observedJoints, standingAction } from '../../src/shared/joint-goals';
import type { RigFile } from '../../src/shared/rig';

const so101 = (await loadRig('so101')).file;
const NAMES = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'wrist_flex', 'wrist_roll', 'gripper'];

/** The same arm with actions that say where joints are to be. */
const toldPlaces: RigFile = {
  ...so101,
  actions: so101.actions.map((action) => ({
    ...action,
    ...{ unit: 'rad', limits: [-1.5, 1.6] as [number, number], hold: 0.1 },
    servo: { motor: action.servo!.motor, goal: 'position' as const },
  })),
};

describe('joints that can be told an angle', () => {
  it('are those whose actions are places or speeds, and none that is driven by a torque', async () => {
    expect(drivenJoints(so101).map(({ name, kind }) => [name, kind])).toEqual(
      NAMES.map((name) => [name, 'velocity']),
    );
    expect(drivenJoints(toldPlaces).every(({ kind }) => kind === 'position')).toBe(true);
    expect(drivenJoints((await loadRig('pendulum')).file)).toEqual([]);
    expect(observedJoints((await loadRig('reacher')).file).length).toBe(10);
  });

  it('come to their goals within their limits, told a place or a speed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.constantFrom(so101, toldPlaces),
        (goals, rig) => {
          const joints = drivenJoints(rig);
          const observation = rig.observations.map(() => 0);
          let action = standingAction(rig, observation);
          for (let step = 0; step < 200; step++) {
            action = actionFor(joints, goals, observation, action, rig.periodSeconds);
            for (const { kind, action: a, observation: o } of joints) {
              const [low, high] = rig.actions[a]!.limits;
              const value = Math.max(low, Math.min(high, action[a]!));
              observation[o] = kind === 'position' ? value : observation[o]! + value * rig.periodSeconds;
            }
          }
          joints.forEach(({ observation: o, limits }, i) => {
            const [low, high] = limits!;
            const [from, to] = rig === so101 ? [-9, 9] : rig.actions[i]!.limits;
            const goal = Math.max(low, from, Math.min(high, to, goals[i]!));
            expect(observation[o]).toBeCloseTo(goal, 3);
          });
        },
      ),
      { seed: 3, numRuns: 25 },
    );
  });

  it('without a goal stay where they are', () => {
    const observation = so101.observations.map(() => 0.2);
    const none = NAMES.map(() => undefined);
    expect(actionFor(drivenJoints(so101), none, observation, [1, 1, 1, 1, 1, 1], 0.05)).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
    expect(
      actionFor(drivenJoints(toldPlaces), none, observation, [0.3, 0.3, 0.3, 0.3, 0.3, 0.3], 0.05),
    ).toEqual(new Array(6).fill(0.3));
  });
});

describe('a soft start', () => {
  it('brings goals to a pose at its speed and not faster, and passes on every move from then on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1.4, max: 1.4, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.double({ min: 0.2, max: 2, noNaN: true }),
        (pose, speed) => {
          const start = new SoftStart(so101, speed);
          const places = so101.observations.map(() => 0);
          let before = NAMES.map(() => 0);
          let steps = 0;
          for (; !start.reached && steps < 2000; steps++) {
            const { goals } = start.step(pose, places, 0.02);
            goals.forEach((goal, i) => {
              expect(Math.abs(goal! - before[i]!)).toBeLessThanOrEqual(speed * 0.02 + 1e-12);
              places[start.joints[i]!.observation] = goal!;
            });
            before = goals as number[];
          }
          expect(start.reached).toBe(true);
          const jump = pose.map((angle) => Math.max(-0.15, angle - 0.5));
          const limited = jump.map((angle, i) =>
            Math.max(start.joints[i]!.limits![0], Math.min(start.joints[i]!.limits![1], angle)),
          );
          expect(start.step(jump, places, 0.02).goals).toEqual(limited);
        },
      ),
      { seed: 5, numRuns: 10 },
    );
  });

  it('does not begin to follow while a joint cannot come along, but goes on when a load only bends it', () => {
    const start = new SoftStart(so101, 1);
    const stuck = so101.observations.map(() => 0);
    const pose = [0, 0.5, 0, 0, 0, 0.2];
    for (let step = 0; step < 60; step++) start.step(pose, stuck, 0.02);
    expect(start.reached).toBe(false);
    expect(start.step(pose, stuck, 0.02).farthest).toEqual({ joint: 'shoulder_lift', away: 0.5 });
    for (let step = 0; step < 200; step++) start.step(pose, stuck, 0.02);
    expect(start.reached).toBe(true);
  });
});
