import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setSum } from '../../src/main/survey';
import { contentSum } from '../../src/main/survey/content';
import { surveyOf } from '../../src/main/survey/statistics';
import type { SurveyedEpisode } from '../../src/main/survey/types';
import { Random } from '../../src/shared/random';
import { deviation, mean, quantile } from '../../src/shared/statistics';
import { blank, channel, type Recorded } from '../log/quality/looked';

const limits: [number, number] = [-1, 1];
const OBSERVATIONS = [channel('q', 'rad', { limits }), channel('dq', 'rad/s')];
const ACTIONS = [channel('u', 'N', { limits: [-2, 2] })];

/** Episodes of random numbers, by number from 1. */
function recorded(lengths: readonly number[], seed: number): Map<number, Recorded> {
  const random = new Random(seed);
  const all = new Map<number, Recorded>();
  lengths.forEach((rows, i) => {
    const one = blank(rows, OBSERVATIONS, ACTIONS);
    for (let row = 0; row < rows; row++) {
      one.columns.observations.set([random.uniformIn(-1.2, 1), random.normal()], 2 * row);
      if (row < rows - 1) one.columns.actions[row] = Math.max(-2, Math.min(2, 2 * random.normal()));
    }
    all.set(i + 1, one);
  });
  return all;
}

const surveyed = (all: Map<number, Recorded>): SurveyedEpisode[] =>
  [...all].map(([id, { columns }]) => ({
    ...{ id, rows: columns.rows, seconds: (columns.rows - 1) * 0.02, return: id === 1 ? null : id },
    ...{ periodSeconds: 0.02, observations: OBSERVATIONS, actions: ACTIONS },
  }));

/** As the log's reader does. */
const reader = (all: Map<number, Recorded>) => (id: number, from: number, to: number) => {
  const { columns } = all.get(id) ?? blank(0, OBSERVATIONS, ACTIONS);
  const cut = (matrix: Float64Array, width = 1) => matrix.slice(from * width, to * width);
  return {
    ...columns,
    rows: to - from,
    ...{ deviceSeconds: cut(columns.deviceSeconds), reward: cut(columns.reward) },
    ...{ observations: cut(columns.observations, 2), actions: cut(columns.actions) },
  };
};

const lengthsOf = fc.array(fc.integer({ min: 2, max: 400 }), { minLength: 1, maxLength: 5 });

describe('statistics of episodes', () => {
  it('are those of all their numbers together', () => {
    fc.assert(
      fc.property(lengthsOf, fc.integer({ min: 0, max: 1e6 }), (lengths, seed) => {
        const all = recorded(lengths, seed);
        const survey = surveyOf(surveyed(all), reader(all), undefined);
        const values = [
          [...all.values()].flatMap(({ columns }) => [...columns.observations].filter((_, i) => i % 2 === 0)),
          [...all.values()].flatMap(({ columns }) => [...columns.observations].filter((_, i) => i % 2 === 1)),
          [...all.values()].flatMap(({ columns }) => [...columns.actions].slice(0, -1)),
        ];
        survey.channels.forEach((one, c) => {
          const own = values[c] ?? [];
          expect(one).toMatchObject({ count: own.length, least: Math.min(...own), most: Math.max(...own) });
          expect(one.mean).toBeCloseTo(mean(own), 9);
          expect(one.deviation).toBeCloseTo(deviation(own), 9);
        });
        const u = values[2] ?? [];
        expect(survey.channels[2]?.atLimits).toBeCloseTo(
          u.filter((value) => Math.abs(value) === 2).length / u.length,
          9,
        );
        expect(survey.rate).toBeCloseTo(50, 9);
      }),
      { numRuns: 30 },
    );
  });

  it('have quantiles within a two-thousandth of the range, and nothing of what is not there', () => {
    const all = recorded([3000, 2000], 5);
    const survey = surveyOf(surveyed(all), reader(all), undefined);
    const dq = [...all.values()].flatMap(({ columns }) =>
      [...columns.observations].filter((_, i) => i % 2 === 1),
    );
    const range = Math.max(...dq) - Math.min(...dq);
    [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].forEach((q, i) => {
      const found = survey.channels[1]?.quantiles[i] ?? Number.NaN;
      expect(Math.abs(found - quantile(dq, q))).toBeLessThan(range / 1000);
    });
    expect(survey.channels[1]).toMatchObject({ atLimits: null, visited: null });
    expect(survey.channels[0]?.visited).toBe(1);
    expect(survey.returns).toEqual({ episodes: 1, mean: 2, least: 2, most: 2 });
  });

  it('say where two channels were together', () => {
    const all = recorded([500], 6);
    const { columns } = all.get(1) ?? blank(0, OBSERVATIONS, ACTIONS);
    // Only one corner is visited.
    for (let row = 0; row < 500; row++) columns.observations[2 * row] = -0.9;
    columns.actions.fill(1.5, 0, 499);
    const { coverage } = surveyOf(surveyed(all), reader(all), ['q', 'u']);
    expect(coverage).toMatchObject({ channels: ['q', 'u'], from: [-1, -2], to: [1, 2] });
    const there = (coverage?.counts ?? []).flatMap((count, at) => (count > 0 ? [[at, count]] : []));
    const bins = coverage?.bins ?? 0;
    expect(there).toEqual([[Math.floor(0.05 * bins) * bins + Math.floor(0.875 * bins), 499]]);
    expect(coverage?.visited).toBeCloseTo(1 / bins ** 2, 12);
  });

  it('end where whoever reads ends, and are refused of episodes that have different channels', () => {
    const all = recorded([50, 50], 7);
    const stop = () => {
      throw new Error('stopped');
    };
    expect(() => surveyOf(surveyed(all), reader(all), undefined, stop)).toThrow('stopped');
    const [one, other] = surveyed(all);
    if (one === undefined || other === undefined) throw new Error('two were recorded');
    const mixed = [one, { ...other, actions: [channel('v', 'N')] }];
    expect(() => surveyOf(mixed, reader(all), undefined)).toThrow('different channels');
    expect(() => surveyOf([one], reader(all), ['q', 'nothing'])).toThrow('There is no channel "nothing".');
  });
});

describe('the sum of what an episode says', () => {
  it('is the same for the same numbers, and another for any other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 199 }), (seed, row) => {
        const sumOf = (all: Map<number, Recorded>, id = 1) => {
          const [episode] = surveyed(all);
          if (episode === undefined) throw new Error('one was recorded');
          return contentSum(
            { ...episode, id },
            (_, from, to) => reader(all)(1, from, to),
            () => [],
          );
        };
        const all = recorded([200], seed);
        const before = sumOf(all);
        const { columns } = all.get(1) ?? blank(0, OBSERVATIONS, ACTIONS);
        // Its number and where its clock begins do not count.
        columns.deviceSeconds.forEach((second, i) => {
          columns.deviceSeconds[i] = second - 100;
        });
        columns.deviceSeconds.forEach((_, i) => {
          columns.deviceSeconds[i] = i * 0.02 + 100;
        });
        expect(sumOf(all, 77)).toBe(before);
        columns.observations[2 * row] = (columns.observations[2 * row] ?? 0) + 1e-12;
        expect(sumOf(all)).not.toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  it('has pictures in it, and a set has a sum that does not depend on the order', () => {
    const all = recorded([20], 1);
    const [episode] = surveyed(all);
    if (episode === undefined) throw new Error('one was recorded');
    const sumOf = (bytes: number[]) =>
      contentSum(episode, reader(all), () =>
        bytes.map((byte) => ({ camera: 'side', data: Uint8Array.of(byte) })),
      );
    expect(sumOf([1, 2])).not.toBe(sumOf([1, 3]));
    expect(setSum(['b', 'a'])).toBe(setSum(['a', 'b']));
  });
});
