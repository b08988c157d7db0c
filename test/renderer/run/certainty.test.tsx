import '../window';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Certain,
  certainty,
  knownWords,
  outsideWords,
  smoothed,
} from '../../../src/renderer/run/certainty';
import { Certainty } from '../../../src/renderer/run/TrustPanel';
import type { PlanInsight } from '../../../src/shared/plan';
import { NO_INSIGHT } from '../insight';
import { html, words } from '../render';

const HORIZON = 25;
const plan = (insight: Partial<PlanInsight>, step = 0, horizon = HORIZON) => ({
  step,
  periodMs: 20,
  insight: { ...NO_INSIGHT, ...insight },
  mean: Array.from({ length: horizon + 1 }, () => [0]),
  actions: Array.from({ length: horizon }, () => [0]),
});
const certain = (parts: Partial<Certain> = {}): Certain => ({
  ...{ horizon: HORIZON, expected: 23.4, spread: 1.8, share: 0.5, known: HORIZON, outside: 0 },
  ...{ limitPenalty: 0, ratePenalty: 0, ...parts },
});
const said = (parts: Partial<Certain> = {}) => certainty(certain(parts)).words;

/** Everything that plans can come to. */
const anything: fc.Arbitrary<Certain> = fc.integer({ min: 1, max: 60 }).chain((horizon) => {
  const orNull = (least: number, most: number) =>
    fc.option(fc.double({ min: least, max: most, noNaN: true }), { nil: null });
  return fc.record({
    horizon: fc.constant(horizon),
    expected: orNull(-1e6, 1e6),
    spread: orNull(0, 1e4),
    share: orNull(0, 1),
    known: orNull(0, horizon),
    outside: fc.double({ min: 0, max: horizon, noNaN: true }),
    limitPenalty: fc.double({ min: 0, max: 1e3, noNaN: true }),
    ratePenalty: fc.double({ min: 0, max: 1e3, noNaN: true }),
  });
});
const RANK = { tight: 0, unknown: 1, good: 2 };

describe('the sentence about a plan', () => {
  test('is one, whatever the plans come to, without a hole in it', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const { words: sentence } = certainty(given);
        expect(sentence).toMatch(/^[A-Z][^.]*\.$/);
        expect(sentence).not.toMatch(/NaN|undefined|null|Infinity/);
      }),
    );
  });

  test('never speaks of noise or of certainty where the model has no data for the whole plan', () => {
    fc.assert(
      fc.property(anything, (given) => {
        if (given.known === null || Math.round(given.known) >= given.horizon) return;
        expect(certainty(given).words).not.toMatch(/noise|sure/);
        expect(certainty(given).tone).toBe('tight');
      }),
    );
  });

  test('agrees with the steps that stand beside it', () => {
    fc.assert(
      fc.property(anything, (given) => {
        fc.pre(given.expected !== null && given.known !== null);
        const steps = Number(knownWords(given).split(' ')[0]);
        const { words: sentence } = certainty(given);
        expect(/no data where this plan begins/.test(sentence)).toBe(steps === 0);
        expect(/for the whole plan/.test(sentence)).toBe(steps === given.horizon);
        if (steps > 0 && steps < given.horizon) expect(sentence).toContain(`first ${steps} of`);
      }),
    );
  });

  test('is good only with data for the whole plan, inside the limits, and no mostly disagreeing members', () => {
    fc.assert(
      fc.property(anything, (given) => {
        if (certainty(given).tone !== 'good') return;
        expect(Math.round(given.known ?? 0)).toBe(given.horizon);
        expect(given.outside).toBe(0);
        expect(certainty(given).words).not.toMatch(/cannot tell|disagree on/);
      }),
    );
  });

  test('does not get better where the model knows less or the plan leaves more limits', () => {
    fc.assert(
      fc.property(anything, fc.double({ min: 0, max: 1, noNaN: true }), (given, less) => {
        const rank = (c: Certain) => RANK[certainty(c).tone];
        if (given.known !== null) {
          expect(rank({ ...given, known: given.known * less })).toBeLessThanOrEqual(rank(given));
        }
        expect(rank({ ...given, outside: given.outside + less })).toBeLessThanOrEqual(rank(given));
      }),
    );
  });

  test('tells when more data helps', () => {
    expect(said({ share: 0.9 })).toMatch(/more data helps/);
    expect(said({ share: 0.1 })).toMatch(/mostly noise/);
    expect(said({ share: 0.5 })).toMatch(/partly noise and partly disagreement/);
    expect(said({ share: 0.9, spread: 0.001 })).toMatch(/of its return it is sure/);
    expect(said({ known: 0.2, share: 0 })).toMatch(/record motion from here/);
  });
});

describe('plans looked at together', () => {
  test('weigh a share of disagreement by the variance that it is a share of', () => {
    const flipping = [
      plan({ returnStd: 10, disagreement: 0.5 }, 0),
      plan({ returnStd: 1e-6, disagreement: 0.99 }, 1),
      plan({ returnStd: 10, disagreement: 0.5 }, 2),
      plan({ returnStd: 1e-6, disagreement: 0 }, 3),
    ];
    for (let n = 1; n <= 4; n += 1) expect(smoothed(flipping.slice(0, n)).share).toBeCloseTo(0.5, 6);
  });

  test('have no share of a spread that there is not, or that nobody can tell', () => {
    expect(smoothed([plan({ returnStd: 0, disagreement: 0 })]).share).toBeNull();
    expect(smoothed([plan({ returnStd: 2, disagreement: null })]).share).toBeNull();
    expect(smoothed([plan({ returnStd: null, knownSteps: null })])).toMatchObject({
      spread: null,
      known: null,
    });
  });

  test('are those of the last two seconds', () => {
    const plans = [plan({ knownSteps: 0 }, 0), plan({ knownSteps: 20 }, 150), plan({ knownSteps: 10 }, 200)];
    expect(smoothed(plans).known).toBeCloseTo(15);
  });

  test('count what is known as a share of their own horizon', () => {
    const plans = [plan({ knownSteps: 10 }, 0, 10), plan({ knownSteps: 10 }, 1, 20)];
    expect(smoothed(plans)).toMatchObject({ horizon: 20, known: 15 });
  });

  test('stay within what they average', () => {
    const told = fc.record({
      returnStd: fc.option(fc.double({ min: 0, max: 1e3, noNaN: true }), { nil: null }),
      disagreement: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
      knownSteps: fc.option(fc.integer({ min: 0, max: HORIZON }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 20 }), (insights) => {
        const { share, known, spread } = smoothed(insights.map((insight, step) => plan(insight, step)));
        if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
        if (known !== null) expect(known >= 0 && known <= HORIZON).toBe(true);
        if (spread !== null) expect(spread).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('what the light follows from', () => {
  test('says what the expected return is of and how it came about, and a share with what it is a share of', () => {
    const shown = words(<Certainty plan={certain({ known: 18, share: 0.72 })} periodSeconds={0.02} />);
    expect(shown).toContain(
      "Expected return of the next 25 steps (0.50 s) 23.40 ± 1.80 of the task's reward",
    );
    expect(shown).toContain("The rewards of the plan's steps added up, mean and standard deviation");
    expect(shown).toContain('Known territory 18 of 25 steps');
    expect(shown).toContain('Disagreement 72 % of ± 1.80');
  });

  test('draws no bar and no spread where the model cannot tell', () => {
    const plan = certain({ known: null, share: null, spread: null });
    expect(html(<Certainty plan={plan} periodSeconds={0.02} />)).not.toContain('class="meter"');
    expect(words(<Certainty plan={plan} periodSeconds={0.02} />)).not.toContain('±');
  });

  test('writes what is not nothing as a number, and nothing as none without an alarm', () => {
    expect(outsideWords(certain())).toBe('none');
    expect(outsideWords(certain({ outside: 0.3 }))).toBe('0.30 of 25 steps');
    expect(html(<Certainty plan={certain()} periodSeconds={0.02} />)).not.toContain('data-tone="bad"');
    expect(
      words(
        <Certainty
          plan={certain({ outside: 3, limitPenalty: 4.2, ratePenalty: 0.12 })}
          periodSeconds={0.02}
        />,
      ),
    ).toMatch(/Outside limits 3\.0 of 25 steps −4\.20 Rate penalty −0\.120/);
  });

  test('of the true simulator asks neither for members nor for data', () => {
    const shown = words(<Certainty oracle plan={certain()} periodSeconds={0.02} />);
    expect(shown).toContain('as the simulator foresees them');
    expect(shown).not.toContain('Disagreement');
  });
});
