import { expect, test } from 'vitest';
import { betterWords, keptOutWords, trustedWords } from '../../../src/renderer/models/words';

test('steps that can be trusted are told with their seconds, and what there is instead of none', () => {
  expect(trustedWords(25, { trusted: 25, measured: 200 }, 0.02)).toBe('25 steps (0.5 s)');
  expect(trustedWords(1, { trusted: 1, measured: 200 }, 0.02)).toBe('1 step (0.02 s)');
  expect(trustedWords(200, { trusted: 200, measured: 200 }, 0.02)).toBe('all 200 steps (4 s)');
  expect(trustedWords(0, { trusted: null, measured: 200 }, 0.02)).toBe('not even 1 step');
  expect(trustedWords(0, { trusted: null, measured: 0 }, 0.02)).toBe('not measured');
});

test('a small error that a guess has too is not trusted', () => {
  expect(trustedWords(0, { trusted: 109, measured: 109 }, 0.02)).toBe('a guess is no worse');
});

test('how far a model beats a guess is told apart from how far it is trusted', () => {
  expect(betterWords({ trusted: 0, measured: 25 })).toBe('not better than a guess');
  expect(betterWords({ trusted: 25, measured: 25 })).toBe('beats a guess at all 25 steps');
  expect(betterWords({ trusted: 1, measured: 25 })).toBe('beats a guess up to 1 step');
  expect(betterWords({ trusted: 0, measured: 0 })).toBe('not measured');
});

test('the Train form says before it starts what the model will be judged on, and warns of nothing', () => {
  expect(keptOutWords(null)).toEqual({
    words: 'About a fifth of it is kept out to judge the model on.',
    doubtful: false,
  });
  expect(keptOutWords(0.2).words).toBe('The last 20 % of every episode are kept out to judge the model on.');
  expect(keptOutWords(0)).toMatchObject({ doubtful: true, words: expect.stringContaining('not be tested') });
});
