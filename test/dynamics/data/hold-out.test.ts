import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseHoldOut } from '../../../src/main/dynamics/data/hold-out';
import {
  learnedBy,
  mergedStretches,
  stepsIn,
  unseenStretches,
} from '../../../src/main/dynamics/data/stretches';
import type { EpisodeStretch } from '../../../src/shared/model';

/** Episodes of so many steps, numbered from 1. */
const recorded = (...steps: number[]): EpisodeStretch[] =>
  steps.map((count, i) => ({ episode: i + 1, firstRow: 0, rows: count + 1 }));
/** Every step, as "episode:row". */
const everyStep = (parts: readonly EpisodeStretch[]): string[] =>
  parts.flatMap(({ episode, firstRow, rows }) =>
    Array.from({ length: Math.max(0, rows - 1) }, (_, i) => `${episode}:${firstRow + i}`),
  );
const sizes = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 14 });
const stretches = fc.array(
  fc.record({
    episode: fc.integer({ min: 1, max: 14 }),
    firstRow: fc.integer({ min: 0, max: 100 }),
    rows: fc.integer({ min: 2, max: 60 }),
  }),
  { maxLength: 6 },
);

describe('what a training keeps out to be judged on', () => {
  it('and what it learns from are all there is, and share no step', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.option(fc.double({ min: 0, max: 0.9, noNaN: true })),
        stretches,
        (all, last, learned) => {
          const episodes = recorded(...all);
          const { learn, judge } = chooseHoldOut(episodes, last, learned);
          const [learns, judges] = [everyStep(learn), everyStep(judge)];
          expect(learns.filter((step) => judges.includes(step))).toEqual([]);
          const unseen = new Set(everyStep(unseenStretches(episodes, learned)));
          expect(judges.filter((step) => !unseen.has(step))).toEqual([]);
          // Only the end of an episode that was known already is neither new nor to be learned again.
          if (last === null || learned.length === 0) {
            expect([...learns, ...judges].sort()).toEqual(everyStep(episodes).sort());
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is whole episodes from five on, spread over time, about a fifth of the steps', () => {
    const { learn, judge } = chooseHoldOut(recorded(...Array(10).fill(60)), null);
    expect(judge.map(({ episode }) => episode)).toEqual([3, 8]);
    expect(learn.map(({ episode }) => episode)).toEqual([1, 2, 4, 5, 6, 7, 9, 10]);
    expect(chooseHoldOut(recorded(...Array(5).fill(60)), null).judge.map(({ episode }) => episode)).toEqual([
      3,
    ]);
  });

  it('is the end or the beginning of every episode below, and where episodes are too unequal for whole ones', () => {
    const { learn, judge } = chooseHoldOut(recorded(100, 50), null);
    expect(judge).toEqual([
      { episode: 1, firstRow: 80, rows: 21 },
      { episode: 2, firstRow: 0, rows: 11 },
    ]);
    expect(learn).toEqual([
      { episode: 1, firstRow: 0, rows: 81 },
      { episode: 2, firstRow: 10, rows: 41 },
    ]);
    const unequal = recorded(10, 10, 2000, 10, 10);
    expect(stepsIn(chooseHoldOut(unequal, null).judge)).toBe(408);
  });

  it('is nothing where it was told so, and where there is too little for a verdict', () => {
    expect(chooseHoldOut(recorded(100, 100), 0).judge).toEqual([]);
    expect(chooseHoldOut(recorded(20, 20), null).judge).toEqual([]);
  });

  it('is never what a model before learned from, and stays what that one kept out', () => {
    const before = recorded(100, 100);
    const first = chooseHoldOut(before, null);
    const next = chooseHoldOut(recorded(100, 100, 60), null, first.learn);
    expect(next.judge.filter(({ episode }) => episode < 3)).toEqual(first.judge);
    expect(next.judge.some(({ episode }) => episode === 3)).toBe(true);
    expect(chooseHoldOut(before, null, before).judge).toEqual([]);
  });

  it('stays a whole episode that a model before has kept out', () => {
    const episodes = recorded(60, 60, 60, 60, 60);
    const first = chooseHoldOut(episodes, null);
    expect(first.judge.map(({ episode }) => episode)).toEqual([3]);
    const next = chooseHoldOut(episodes, null, first.learn, [3]);
    expect(next.judge).toEqual(first.judge);
    expect(next.learn).toEqual(first.learn);
  });
});

describe('stretches of episodes', () => {
  it('are joined where they overlap or touch, and hold the same steps as before', () => {
    const stepsOfAll = (all: readonly EpisodeStretch[]) =>
      new Set(
        all.flatMap(({ episode: id, firstRow, rows }) =>
          Array.from({ length: rows - 1 }, (_, i) => `${id}:${firstRow + i}`),
        ),
      );
    fc.assert(
      fc.property(stretches, (all) => {
        const merged = mergedStretches(all);
        expect(stepsOfAll(merged)).toEqual(stepsOfAll(all));
        expect(merged.reduce((sum, { rows }) => sum + rows - 1, 0)).toBe(stepsOfAll(all).size);
      }),
    );
  });

  it('of a model that nobody kept them of are its episodes as a whole', () => {
    expect(
      unseenStretches(recorded(50, 50), learnedBy({ learned: null, episodes: [2] })).map(
        ({ episode }) => episode,
      ),
    ).toEqual([1]);
  });
});
