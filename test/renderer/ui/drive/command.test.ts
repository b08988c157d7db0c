import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandFor } from '../../../../src/renderer/frame/shortcuts';
import {
  commandOf,
  KEY_PAIRS,
  keyDeflection,
  padDeflection,
} from '../../../../src/renderer/ui/drive/command';
import { ActionChannel } from '../../../../src/shared/rig';

const force = ActionChannel.parse({ name: 'force', unit: 'N', limits: [-10, 20], hold: 1 });
const place = ActionChannel.parse({
  name: 'elbow',
  unit: 'rad',
  limits: [-1, 3],
  hold: 0,
  ratePerSecond: 0.5,
});

describe('commands by hand', () => {
  test('stay within the limits, whatever is pressed for however long, and places move no faster than their rate', () => {
    const share = fc.double({ min: 0.05, max: 1, noNaN: true });
    const stick = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(share, fc.array(fc.tuple(stick, stick), { maxLength: 60 }), (strength, presses) => {
        let action = [1, 0.5];
        for (const press of presses) {
          const next = commandOf([force, place], press, strength, action, 0.2);
          expect(next[0]! >= -10 && next[0]! <= 20 && next[1]! >= -1 && next[1]! <= 3).toBe(true);
          expect(Math.abs(next[1]! - action[1]!)).toBeLessThanOrEqual(0.5 * 0.2 + 1e-12);
          action = next;
        }
      }),
      { seed: 21, numRuns: 60 },
    );
  });

  test('of nobody bring a force back to its hold value and leave a place where it is', () => {
    expect(commandOf([force, place], [0, 0], 1, [15, 2.5], 0.05)).toEqual([1, 2.5]);
    expect(commandOf([force, place], [-1, 0], 0.5, [1, 2.5], 0.05)[0]).toBe(-4.5);
  });

  test('come from keys that are no shortcuts', () => {
    const press = { ctrl: false, meta: false, alt: false, shift: false, repeat: false };
    for (const key of KEY_PAIRS.flat()) expect(commandFor({ ...press, key }, 'other', true)).toBeNull();
    expect(keyDeflection(new Set(['ArrowRight', 'k']), 5)).toEqual([1, 0, 0, -1, 0]);
    expect(keyDeflection(new Set(['ArrowRight', 'ArrowLeft']), 1)).toEqual([0]);
  });

  test('of a stick begin at nothing beyond its dead zone and reach all of it', () => {
    const pad = (axes: number[], values: number[] = []) => ({
      axes,
      buttons: values.map((value) => ({ value })),
    });
    expect(padDeflection(pad([0.1, -1, 1, 0.12]), 4)).toEqual([0, 1, 1, 0]);
    expect(padDeflection(pad([-0.56, 0, 0, 0]), 1)[0]).toBeCloseTo(-0.5, 9);
    expect(padDeflection(pad([], [0, 0, 0, 0, 0, 0, 0.3, 1]), 5)[4]).toBeGreaterThan(0.6);
    expect(padDeflection(pad([]), 9)).toEqual(new Array(9).fill(0));
  });
});
