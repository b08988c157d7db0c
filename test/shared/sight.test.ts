import { expect, it } from 'vitest';
import type { Evaluation } from '../../src/shared/model';
import { sightOf, sightWords, unseenWords } from '../../src/shared/sight';

const evaluation = {
  horizons: [1, 10],
  channels: [
    { name: 'z1', unit: '1', error: [0.1, 0.2], last: [], velocity: [] },
    { name: 'reward', unit: '', error: [0.3, 1.5], last: [], velocity: [] },
  ],
  samples: [9, 9],
  judgedOn: { kind: 'unseen', episodes: 1, steps: 9, irregular: 0 },
  report: { channels: [{ name: 'reward', spread: 3 }] },
  pictures: { horizons: [0, 1, 10], explained: [0.9, 0.6, 0.2], starts: 9 },
} as unknown as Evaluation;

it('how far a model sees is told for pictures and reward, in numbers and in words', () => {
  const sight = sightOf(evaluation);
  expect(sight).toEqual([
    { horizon: 0, picture: 0.9, reward: null },
    { horizon: 1, picture: 0.6, reward: 0.99 },
    { horizon: 10, picture: 0.2, reward: 0.75 },
  ]);
  expect(sightWords(sight, 0.05)).toBe(
    'It shows 90 % of what changes in the picture. More than half of it is foretold 1 step (0.05 s) ahead, of the reward 10 steps (0.5 s) ahead.',
  );
});

it('a model of channels sees nothing, and says nothing of it', () => {
  const { pictures: _, ...rest } = evaluation;
  expect(sightOf(rest)).toEqual([]);
  expect(sightWords([], 0.05)).toBe('');
});

it('what cannot be read off a state is named, and what can only be in part', () => {
  const channel = (name: string, now: number | null) => ({ name, explained: [now, 0.1] });
  expect(unseenWords([channel('angle', 0.97), channel('velocity', 0.12), channel('goal', 0.7)])).toBe(
    'Read off its state poorly: velocity (12 %). In part: goal (70 %).',
  );
  expect(unseenWords([channel('angle', 0.97)])).toBe('Every channel of the rig can be read off its state.');
  expect(unseenWords([channel('lamp', -4)], (name) => `the ${name}`)).toBe(
    'Read off its state poorly: the lamp (0 %).',
  );
  // What never changed is neither seen nor not.
  expect(unseenWords([channel('still', null)])).toBe('');
});
