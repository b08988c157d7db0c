import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Shown, SPLITS, seedFor, sideOf, splitsOf } from '../../src/shared/dataset';

const recording = (id: number) => ({ id, startedAt: 1.7e12 + 37_000 * id });
const shares = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  validation: fc.double({ min: 0, max: 0.4, noNaN: true }),
  test: fc.double({ min: 0, max: 0.5, noNaN: true }),
});
/** Episodes that show up to three of thirty recordings each. */
const episodes = fc
  .array(fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((shown): Shown[] => shown.map((ids, i) => ({ id: 100 + i, recordings: ids.map(recording) })));
/** Recordings as they are, and parts of one recording each. */
const uncut = fc
  .array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 })
  .map((ids): Shown[] => ids.map((id, i) => ({ id: 100 + i, recordings: [recording(id)] })));

describe('the split of a data set', () => {
  it('has nothing of one recording on two sides, however episodes were cut and put together', () => {
    fc.assert(
      fc.property(episodes, shares, (some, parts) => {
        const sides = splitsOf(some, parts);
        const of = new Map<number, Set<string | undefined>>();
        for (const { id, recordings } of some) {
          for (const one of recordings) of.set(one.id, (of.get(one.id) ?? new Set()).add(sides.get(id)));
        }
        for (const found of of.values()) expect(found.size).toBe(1);
      }),
    );
  });

  it('moves nothing when further episodes come, and never anything towards test when two recordings are joined', () => {
    fc.assert(
      fc.property(uncut, uncut, episodes, shares, (some, more, joined, parts) => {
        const before = splitsOf(some, parts);
        const renumbered = more.map((one, i) => ({ ...one, id: 500 + i }));
        const after = splitsOf([...renumbered, ...some], parts);
        for (const { id } of some) expect(after.get(id)).toBe(before.get(id));
        const last = splitsOf([...some, ...joined.map((one, i) => ({ ...one, id: 900 + i }))], parts);
        const place = (side: (typeof SPLITS)[number] | undefined) => SPLITS.indexOf(side ?? 'train');
        for (const { id } of some) expect(place(last.get(id))).toBeLessThanOrEqual(place(before.get(id)));
      }),
    );
  });

  it('follows from recording and seed alone, in about the shares that were asked for', () => {
    const parts = { seed: 4, validation: 0.2, test: 0.1 };
    const sides = Array.from({ length: 10_000 }, (_, id) => sideOf(recording(id), parts));
    const share = (split: string) => sides.filter((side) => side === split).length / sides.length;
    // Within four standard deviations of a binomial distribution.
    expect(Math.abs(share('validation') - 0.2)).toBeLessThan(0.016);
    expect(Math.abs(share('test') - 0.1)).toBeLessThan(0.012);
    expect(sides.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, id) => sideOf(recording(id), parts)));
    expect(sides).not.toEqual(
      Array.from({ length: 10_000 }, (_, id) => sideOf(recording(id), { ...parts, seed: 5 })),
    );
  });

  it('takes a seed that leaves nothing empty, unless one was said or there are too few recordings', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 0, max: 1e12 }), (count, startedAt) => {
        const few = Array.from({ length: count }, (_, id) => ({
          id,
          recordings: [{ id, startedAt: startedAt + id }],
        }));
        const parts = { validation: 0.2, test: 0.3 };
        const sides = splitsOf(few, { ...parts, seed: seedFor(few, parts) });
        expect(new Set(sides.values())).toEqual(new Set(SPLITS));
        expect(seedFor(few.slice(0, 2), parts)).toBe(0);
        expect(seedFor(few, { validation: 0, test: 0 })).toBe(0);
      }),
    );
  });
});
