import { describe, expect, it } from 'vitest';
import { createController } from '../../src/main/control/controllers';
import { ActionChannel } from '../../src/shared/rig';

const channel = (values: number[] | undefined, hold = 0) =>
  ActionChannel.parse({ name: 'u', unit: 'N', limits: [-10, 10], hold, values });

/** What random excitation commands one channel in `steps` steps. */
function excited(action: ActionChannel, amplitude: number, steps = 400): number[] {
  const rig = { actions: [action], periodSeconds: 0.02 };
  const controller = createController({ kind: 'random', seed: 1, holdSteps: 1, amplitude }, rig, 0, 0);
  return Array.from({ length: steps }, (_, step) => controller.decide(step, 0).requested[0] ?? Number.NaN);
}

describe('random excitation', () => {
  it('of a discrete action draws every value as often as the others', () => {
    const drawn = excited(channel([-10, 0, 4, 10]), 1, 4000);
    for (const value of [-10, 0, 4, 10]) {
      const share = drawn.filter((a) => a === value).length / 4000;
      // Five standard errors of a share of 4000 draws.
      expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / 4000));
    }
  });

  it('keeps to the values within its amplitude', () => {
    expect(new Set(excited(channel([-10, -5, 0, 4, 10]), 0.5))).toEqual(new Set([-5, 0, 4]));
  });

  it('draws the smallest values where none is within its amplitude', () => {
    expect(new Set(excited(channel([-10, 10], 10), 0.5))).toEqual(new Set([-10, 10]));
  });

  it('of a continuous action stays within its amplitude and is never the same twice', () => {
    const drawn = excited(channel(undefined), 0.5);
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(5);
    expect(new Set(drawn).size).toBe(400);
  });
});
