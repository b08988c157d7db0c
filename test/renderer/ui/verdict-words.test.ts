import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { horizonWords, verdictBadge } from '../../../src/renderer/ui/verdict-words';
import type { Evaluation } from '../../../src/shared/model';
import { verdict } from '../../../src/shared/verdict';

const HORIZONS = [1, 5, 10, 25];
const evaluation = (parts: Partial<Evaluation> = {}, errors = [[0.1, 0.2, 0.3, 0.4]]): Evaluation => ({
  horizons: HORIZONS,
  channels: errors.map((error, i) => ({
    ...{ name: `x${i}`, unit: 'm', error },
    ...{ last: [1, 2, 3, 4], velocity: [0.5, 2, 4, 8] },
  })),
  samples: [9, 9, 9, 9],
  report: null,
  judgedOn: { kind: 'unseen', episodes: 2, steps: 100, irregular: 0 },
  ...parts,
});
const judged = (given: Evaluation | null) => verdict(given, 0.02);

const anything: fc.Arbitrary<Evaluation> = fc
  .record({
    kind: fc.constantFrom('unseen', 'learned', 'unknown'),
    errors: fc.array(
      fc.array(fc.option(fc.double({ min: 0, max: 5, noNaN: true })), { minLength: 4, maxLength: 4 }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ kind, errors }) =>
    evaluation({ judgedOn: { kind, episodes: 1, steps: 50, irregular: 0 } }, errors as number[][]),
  );

describe('the badge of a verdict', () => {
  test('is green, and a promise of steps, only for what was judged on steps that are new to the model', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const badge = verdictBadge(judged(given));
        if (given.judgedOn.kind === 'unseen') return;
        expect(badge.colour).not.toBe('teal');
        expect(badge.colour).not.toBe('yellow');
        expect(badge.text).not.toMatch(/trusted/);
      }),
    );
  });

  test('never promises steps on a channel that a trivial guess beats at the first step', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const beaten = given.channels.some(({ error }) => error[0] != null && error[0] >= 0.5);
        if (beaten) expect(verdictBadge(judged(given)).text).not.toMatch(/trusted/);
      }),
    );
  });

  test('tells the kinds of verdict apart', () => {
    expect(verdictBadge(judged(null))).toEqual({ text: 'not measured', colour: 'gray' });
    expect(verdictBadge(judged(evaluation()))).toEqual({ text: 'trusted 25 steps', colour: 'teal' });
    const learned = evaluation({ judgedOn: { kind: 'learned', episodes: 1, steps: 50, irregular: 0 } });
    expect(verdictBadge(judged(learned))).toEqual({ text: 'not tested', colour: 'gray' });
    const bad = evaluation({}, [[9, 9, 9, 9]]);
    expect(verdictBadge(judged(bad))).toEqual({ text: 'do not plan', colour: 'red' });
  });
});

describe('a plan with a model', () => {
  test('is warned of unless the model was tested for so many steps', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 60 }), (given, horizon) => {
        const found = judged(given);
        const least = Math.min(...found.channels.filter((c) => c.measured > 0).map((c) => c.trusted));
        const covered = found.tested && found.tone !== 'bad' && least >= horizon && least < Infinity;
        expect(horizonWords(found, horizon, true) === null).toBe(covered);
      }),
    );
  });

  test('longer than the model is trusted for says both numbers', () => {
    expect(horizonWords(judged(evaluation()), 40, true)).toEqual({
      text: 'The horizon of 40 steps is longer than the 25 steps this model can be trusted for.',
      warns: true,
    });
    expect(horizonWords(judged(evaluation()), 25, true)).toBeNull();
  });

  test('is no warning where nobody chose it, and says how far the model can be trusted all the same', () => {
    const words = horizonWords(judged(evaluation()), 40, false);
    expect(words?.warns).toBe(false);
    expect(words?.text).toContain('trusted for 25 steps');
  });
});
