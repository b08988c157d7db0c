import { describe, expect, test } from 'vitest';
import { resultOf } from '../../../src/renderer/run/result';
import { episode } from '../episode';

const ran = {
  ...{ rig: 'cartpole-balance', episode: 12, model: 'm', planner: 'mppi', learned: false },
  ...{ begun: 1, wanted: 1 },
};
const task = { terminationWords: 'pole fell', maxSteps: 200 };
const own = episode({ id: 12, run: 3, steps: 19, return: 19, missedPlans: 2, terminated: true });

describe('what a run came to', () => {
  test('is what the log has of its last episode', () => {
    expect(resultOf(ran, [episode({ id: 11, run: 2 }), own], task)).toEqual({
      episode: 12,
      return: '19.000',
      steps: '19',
      duration: '0.4 s',
      ending: 'Pole fell at step 19.',
      missed: 2,
      episodes: null,
      cut: false,
    });
  });

  test('is not known before the log has its end', () => {
    expect(resultOf(ran, [], task)).toBeNull();
    expect(resultOf(ran, [episode({ id: 12, state: 'recording' })], task)).toBeNull();
  });

  test('says that it was cut off, and why, where the rig was lost', () => {
    const cut = episode({ ...own, terminated: false, state: 'interrupted', reason: 'The port was closed.' });
    expect(resultOf(ran, [cut], task)).toMatchObject({
      cut: true,
      ending: 'Interrupted at step 19: the port was closed.',
    });
    const longer = { ...cut, reason: 'The port was closed. Plug it in again.' };
    expect(resultOf(ran, [longer], task)?.ending).toBe(
      'Interrupted at step 19. The port was closed. Plug it in again.',
    );
  });

  test('of several episodes adds up what came late and says how far their returns lie apart', () => {
    const others = [episode({ id: 10, run: 3, return: 200, missedPlans: 1 }), episode({ id: 9, run: 1 })];
    expect(resultOf({ ...ran, begun: 2, wanted: 5 }, [...others, own], task)).toMatchObject({
      missed: 3,
      episodes: '2 of 5 episodes, returns from 19.0 to 200.',
    });
    const learned = { ...ran, begun: 2, wanted: 1_000_000, learned: true };
    expect(resultOf(learned, [...others, own], task)?.episodes).toBe('2 episodes, returns from 19.0 to 200.');
  });
});
