import { describe, expect, it } from 'vitest';
import { CarriedSight } from '../../../src/main/plan/session/carried-sight';
import type { Glimpse } from '../../../src/main/plan/types';

/** A filter that believes in the trail of what it was told: actions as they are, pictures as their first number. */
function trailing() {
  const told: {
    before: Float32Array | null;
    action: number[];
    picture: number | null;
    saw?: boolean[] | undefined;
  }[] = [];
  const sight = new CarriedSight({
    after: async (before, action, look) => {
      const picture = look?.picture;
      told.push({
        before,
        action: [...Float32Array.from(action)],
        picture: picture?.[0] ?? null,
        saw: look?.saw,
      });
      const belief = Float32Array.of(...(before ?? []), picture?.[0] ?? 0);
      return { belief, latent: belief };
    },
  });
  return { sight, told };
}

/** A file whose picture shows something, but for 0. */
const file = (number: number) => Uint8Array.of(number);
const shown = (files: Glimpse['pictures']) =>
  Uint8Array.from(files.flatMap((data) => (data && data[0] !== 0 ? [data[0]!, 0, 255, 0] : [0, 0, 0, 0])));
const glimpse = (step: number, ...pictures: (number | null)[]): Glimpse => ({
  ...{ step, before: step === 0 ? null : [step / 10] },
  pictures: pictures.map((picture) => (picture === null ? null : file(picture))),
});

describe('what is believed from plan to plan', () => {
  it('goes on with the steps that have come since, and through those without a picture', async () => {
    const { sight, told } = trailing();
    expect([...(await sight.through([glimpse(0, 7)], true, shown))]).toEqual([7]);
    const steps = [glimpse(0, 7), glimpse(1, null), glimpse(2, 9)];
    expect([...(await sight.through(steps, false, shown))]).toEqual([7, 0, 9]);
    expect(told.map(({ picture }) => picture)).toEqual([7, null, 9]);
    expect(told[2]!.action[0]).toBeCloseTo(0.2);
    await sight.through(steps, false, shown);
    expect(told).toHaveLength(3);
  });

  it('goes on when the oldest steps are told of no more', async () => {
    const { sight } = trailing();
    await sight.through([glimpse(0, 7), glimpse(1, 8)], true, shown);
    expect([...(await sight.through([glimpse(2, 9)], false, shown))]).toEqual([7, 8, 9]);
  });

  it('is thought over from a step on whose picture comes after the plan that wanted it', async () => {
    const { sight, told } = trailing();
    await sight.through([glimpse(0, 7), glimpse(1, null), glimpse(2, 9)], true, shown);
    const late = [glimpse(0, 7), glimpse(1, 8), glimpse(2, 9), glimpse(3, 4)];
    expect([...(await sight.through(late, false, shown))]).toEqual([7, 8, 9, 4]);
    expect(told.map(({ picture }) => picture)).toEqual([7, null, 9, 8, 9, 4]);
  });

  it('looks of several cameras through those that have something new, and again when another one comes late', async () => {
    const { sight, told } = trailing();
    await sight.through([glimpse(0, 7, 8), glimpse(1, 5, null)], true, shown);
    const late = [glimpse(0, 7, 8), glimpse(1, 5, 6), glimpse(2, null, 0), glimpse(3, 0, 4)];
    await sight.through(late, false, shown);
    expect(told.map(({ saw }) => saw)).toEqual([
      ...[
        [true, true],
        [true, false],
        [true, true],
      ],
      // Black.
      undefined,
      [false, true],
    ]);
  });

  it('takes a black picture for none', async () => {
    const { sight, told } = trailing();
    await sight.through([glimpse(0, 7), glimpse(1, 0)], true, shown);
    expect(told.map(({ picture }) => picture)).toEqual([7, null]);
  });

  it('begins with nothing known in a new episode, and after steps that nobody told of', async () => {
    const { sight, told } = trailing();
    await sight.through([glimpse(0, 7), glimpse(1, 8)], true, shown);
    expect([...(await sight.through([glimpse(0, 5)], true, shown))]).toEqual([5]);
    expect([...(await sight.through([glimpse(4, 6)], false, shown))]).toEqual([6]);
    expect(told.at(-1)!.before).toBeNull();
  });
});
