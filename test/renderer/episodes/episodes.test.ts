import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY, matches } from '../../../src/renderer/episodes/filter';
import { flagsOf } from '../../../src/renderer/episodes/flags';
import { nearestRow } from '../../../src/renderer/episodes/rows';
import type { EpisodeSummary } from '../../../src/shared/episode';

const episode = (parts: Partial<EpisodeSummary> = {}): EpisodeSummary => ({
  id: 12,
  rig: 'cartpole-balance',
  source: 'mpc',
  state: 'complete',
  startedAt: 0,
  periodSeconds: 0.02,
  steps: 200,
  durationSeconds: 4,
  return: 200,
  terminated: false,
  missedPlans: 0,
  overruns: 0,
  guardInterventions: 0,
  tags: ['nice one'],
  run: null,
  deletedAt: null,
  observations: [],
  actions: [],
  ...parts,
});

describe('bad data points itself out', () => {
  const texts = (parts: Partial<EpisodeSummary>) => flagsOf(episode(parts)).map((flag) => flag.text);
  test('a clean episode has nothing to say', () => {
    expect(texts({})).toEqual([]);
  });
  test('worst first: an interruption before late plans', () => {
    expect(texts({ state: 'interrupted', missedPlans: 3, overruns: 1, guardInterventions: 2 })).toEqual([
      'interrupted',
      '3 missed',
      '1 overrun',
      '2 guard',
    ]);
  });
});

describe('the filter', () => {
  test('finds every word somewhere, in any order and case', () => {
    expect(matches(episode(), { ...ANY, text: 'MPC cart' })).toBe(true);
    expect(matches(episode(), { ...ANY, text: '12 nice' })).toBe(true);
    expect(matches(episode(), { ...ANY, text: 'mpc random' })).toBe(false);
  });
  test('narrows by rig and source', () => {
    expect(matches(episode(), { ...ANY, rig: 'pendulum' })).toBe(false);
    expect(matches(episode(), { ...ANY, source: 'mpc' })).toBe(true);
  });
  test('shows only the doubtful when asked', () => {
    expect(matches(episode(), { ...ANY, onlyDoubtful: true })).toBe(false);
    expect(matches(episode({ missedPlans: 1 }), { ...ANY, onlyDoubtful: true })).toBe(true);
    expect(matches(episode({ guardInterventions: 1 }), { ...ANY, onlyDoubtful: true })).toBe(false);
  });
});

test('pointing finds the row that is nearest in time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
      fc.double({ min: -1, max: 45, noNaN: true }),
      (steps, second) => {
        let time = 0;
        const seconds = steps.map((step) => {
          time += step;
          return time;
        });
        const found = Math.abs((seconds[nearestRow(seconds, second)] ?? Number.NaN) - second);
        expect(found).toBe(Math.min(...seconds.map((s) => Math.abs(s - second))));
      },
    ),
  );
  expect(nearestRow([], 1)).toBe(0);
});
