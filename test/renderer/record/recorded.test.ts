import { describe, expect, it } from 'vitest';
import { SampleRing } from '../../../src/renderer/live/ring';
import { endingWords } from '../../../src/renderer/ui/episode-ending';
import type { EpisodeSummary } from '../../../src/shared/episode';

const episode = (more: Partial<EpisodeSummary>): EpisodeSummary => ({
  ...{ id: 1, rig: 'cartpole', source: 'random', state: 'complete', startedAt: 0, periodSeconds: 0.02 },
  ...{
    reason: '',
    steps: 19,
    durationSeconds: 0.38,
    return: 18,
    terminated: true,
    missedPlans: 0,
    overruns: 0,
  },
  ...{ guardInterventions: 0, tags: [], run: null, deletedAt: null, observations: [], actions: [] },
  ...{ outcome: null, starred: false, parts: [] },
  ...more,
});

describe('how an episode ended', () => {
  const task = { terminationWords: 'pole fell', maxSteps: 200 };
  it.each([
    ['pole fell at step 19', {}, task],
    ["the task's termination at step 19", {}, undefined],
    ['whole length, 200 steps', { terminated: false, steps: 200 }, task],
    ['ended by hand or step limit at step 19', { terminated: false }, task],
    [
      'whole length, 500 steps',
      { terminated: false, steps: 500, reason: 'It reached its step limit.' },
      task,
    ],
    ['ended as asked at step 572', { terminated: false, steps: 572, reason: 'Ended as asked.' }, task],
    ['ended as asked at step 19', { terminated: false, reason: 'Ended as asked.' }, task],
    ['interrupted at step 19', { state: 'interrupted', terminated: false }, task],
    [
      'held: 10 plans in a row came late, at step 19',
      { state: 'interrupted', terminated: false, reason: 'Held: 10 plans in a row came late.' },
      task,
    ],
    [
      'interrupted at step 19: STOP was pressed',
      { state: 'interrupted', terminated: false, reason: 'STOP was pressed.' },
      task,
    ],
    ['not known', { source: 'import', terminated: false }, undefined],
    ['still recorded', { state: 'recording' }, task],
  ] as const)('is "%s"', (words, more, of) => expect(endingWords(episode(more), of)).toBe(words));
});

describe('the live view', () => {
  it('knows which stretches of it are on disk', () => {
    const ring = new SampleRing(100, 1, 0);
    const push = (seconds: number, of: number | null) =>
      ring.push({
        ...{ seconds, episode: of, step: 0, observation: [0], action: [], reward: 0 },
        ...{ latenessMs: 0, planMs: null, missed: false },
      });
    for (const seconds of [1, 2]) push(seconds, null);
    for (const seconds of [0, 1, 2]) push(seconds, 7);
    for (const seconds of [0, 1]) push(seconds, 8);
    push(9, null);
    const stretches = ring.recorded(ring.size);
    expect(stretches).toHaveLength(2);
    for (const [i, [from, to]] of stretches.entries()) expect(to - from).toBeCloseTo([2, 1][i] ?? 0, 6);
    expect(ring.recorded(1)).toEqual([]);
  });
});
