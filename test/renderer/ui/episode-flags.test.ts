import { describe, expect, test } from 'vitest';
import { flagsOf } from '../../../src/renderer/ui/episode-flags';
import type { EpisodeSummary } from '../../../src/shared/episode';
import { episode } from '../episode';

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
