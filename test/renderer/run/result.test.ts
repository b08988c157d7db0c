import { describe, expect, test } from 'vitest';
import { resultOf } from '../../../src/renderer/run/result';
import type { EpisodeTotals, ListedEpisode } from '../../../src/shared/episode-list';
import { episode } from '../episode';

const ran = {
  ...{ rig: 'cartpole-balance', episode: 12, model: 'm', planner: 'mppi', learned: false },
  ...{ begun: 1, wanted: 1 },
};
const task = { terminationWords: 'pole fell', maxSteps: 200 };
const own = episode({ id: 12, run: 3, steps: 19, return: 19, missedPlans: 2, terminated: true });

/** What the log says of these together. */
function totalsOf(...episodes: ListedEpisode[]): EpisodeTotals {
  const returns = episodes.flatMap((one) => (one.return === null ? [] : [one.return]));
  return {
    ...{ episodes: episodes.length, steps: 0, returns: returns.length },
    missedPlans: episodes.reduce((sum, { missedPlans }) => sum + missedPlans, 0),
    leastReturn: Math.min(...returns),
    greatestReturn: Math.max(...returns),
    judged: episodes.filter(({ outcome }) => outcome !== null).length,
    successes: episodes.filter(({ outcome }) => outcome === 'success').length,
  };
}

describe('what a run came to', () => {
  test('is what the log has of its last episode', () => {
    expect(resultOf(ran, own, totalsOf(own), task)).toEqual({
      episode: 12,
      return: '19.000',
      steps: '19',
      duration: '0.4 s',
      ending: 'Pole fell at step 19.',
      missed: 2,
      success: null,
      episodes: null,
      cut: false,
    });
  });

  test('says whether the task was done, and of several episodes in how many', () => {
    const done = { ...own, outcome: 'success' } as const;
    const missed = { ...own, id: 11, outcome: 'failure' } as const;
    expect(resultOf(ran, done, totalsOf(done), task)?.success).toBe('The task was done at its end.');
    expect(resultOf(ran, { ...missed, id: 12 }, totalsOf(missed), task)?.success).toBe(
      'The task was not done at its end.',
    );
    expect(resultOf(ran, done, totalsOf(done, missed), task)?.success).toBe('Success in 1 of 2 episodes.');
  });

  test('is not known before the log has its end', () => {
    expect(resultOf(ran, undefined, undefined, task)).toBeNull();
    expect(resultOf(ran, episode({ id: 12, state: 'recording' }), undefined, task)).toBeNull();
    expect(resultOf(ran, own, undefined, task)).toBeNull();
    expect(resultOf(ran, episode({ id: 12, run: null }), undefined, task)?.episode).toBe(12);
  });

  test('says that it was cut off, and why, where the rig was lost', () => {
    const cut = episode({ ...own, terminated: false, state: 'interrupted', reason: 'The port was closed.' });
    expect(resultOf(ran, cut, totalsOf(cut), task)).toMatchObject({
      cut: true,
      ending: 'Interrupted at step 19: the port was closed.',
    });
    const longer = { ...cut, reason: 'The port was closed. Plug it in again.' };
    expect(resultOf(ran, longer, totalsOf(longer), task)?.ending).toBe(
      'Interrupted at step 19. The port was closed. Plug it in again.',
    );
  });

  test('of several episodes adds up what came late and says how far their returns lie apart', () => {
    const both = totalsOf(episode({ id: 10, run: 3, return: 200, missedPlans: 1 }), own);
    expect(resultOf({ ...ran, begun: 2, wanted: 5 }, own, both, task)).toMatchObject({
      missed: 3,
      episodes: '2 of 5 episodes, returns from 19.0 to 200.',
    });
    const learned = { ...ran, begun: 2, wanted: 1_000_000, learned: true };
    expect(resultOf(learned, own, both, task)?.episodes).toBe('2 episodes, returns from 19.0 to 200.');
  });
});
