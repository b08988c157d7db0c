import '../window';
import { describe, expect, test } from 'vitest';
import type { Certain } from '../../../src/renderer/run/certainty';
import { TrustLight } from '../../../src/renderer/run/TrustPanel';
import { actingLight, newestActed, plansOf, trustLight } from '../../../src/renderer/run/trust';
import type { Verdict } from '../../../src/shared/verdict';
import { html, words } from '../render';

const plan = (parts: Partial<Certain> = {}): Certain => ({
  ...{
    horizon: 25,
    expected: 20,
    spread: 1,
    share: 0.2,
    known: 25,
    outside: 0,
    limitPenalty: 0,
    ratePenalty: 0,
  },
  ...parts,
});
const judged = (parts: Partial<Verdict> = {}): Verdict => ({
  ...{ tone: 'good', tested: true, sentence: 'It holds.', next: '', warnings: [] },
  channels: [{ name: 'x', trusted: 25, measured: 25 }],
  ...parts,
});
const light = (parts: Partial<Parameters<typeof trustLight>[0]>) =>
  trustLight({ plan: plan(), oracle: false, judged: judged(), late: null, ...parts });

describe('whether a plan can be trusted', () => {
  test('yes, where the model has data for all of it and its members agree', () => {
    expect(light({})).toMatchObject({ tone: 'good', answer: 'Yes' });
  });

  test('with care, where it leaves what the model knows or a limit', () => {
    expect(light({ plan: plan({ known: 10 }) })).toMatchObject({ tone: 'tight', answer: 'With care' });
    expect(light({ plan: plan({ outside: 3 }) })).toMatchObject({ tone: 'tight' });
  });

  test('no, where it is a guess from the first step or grows without bounds', () => {
    expect(light({ plan: plan({ known: 0 }) })).toMatchObject({ tone: 'bad', answer: 'No' });
    expect(light({ plan: plan({ expected: null }) })).toMatchObject({ tone: 'bad' });
  });

  test('no, where plans come too late, however good they are, with that as the reason', () => {
    const late = { reason: '4 plans in a row came late.', advice: [] };
    expect(light({ late })).toEqual({ tone: 'bad', answer: 'No: too slow', reason: late.reason });
    expect(light({ late, oracle: true }).tone).toBe('bad');
  });

  test('nobody can tell, of a model that does not know what it knows, or without a plan', () => {
    expect(light({ plan: plan({ known: null }) })).toMatchObject({
      tone: 'unknown',
      answer: 'Nobody can tell',
    });
    expect(light({ plan: null })).toMatchObject({ tone: 'unknown', answer: 'No plan yet' });
  });

  test('never yes of a model that was not tested on new steps, or of whose tests nothing is known', () => {
    const untested = judged({ tone: 'unknown', tested: false, sentence: 'Not tested: too short.' });
    expect(light({ judged: untested })).toMatchObject({ tone: 'unknown', answer: 'Nobody can tell' });
    expect(light({ judged: untested }).reason).toMatch(
      /^Not tested: too short\. By its own word: the model has data/,
    );
    expect(light({ judged: null })).toMatchObject({ tone: 'unknown' });
    expect(light({ judged: judged({ tone: 'bad', sentence: 'Do not plan with it.' }) })).toMatchObject({
      ...{ tone: 'bad', answer: 'No', reason: 'Do not plan with it.' },
    });
  });

  test('with care, where tests cover fewer steps than the plan looks ahead', () => {
    const short = judged({ channels: [{ name: 'x', trusted: 4, measured: 25 }] });
    expect(light({ judged: short })).toMatchObject({ tone: 'tight', answer: 'With care' });
    expect(light({ judged: short }).reason).toContain('held for 4 of the 25 steps');
    expect(light({ judged: short, plan: plan({ horizon: 4, known: 4 }) })).toMatchObject({ tone: 'good' });
  });

  test('no answer for a new run from the plans of the last one, which stay once it is over', () => {
    const plans = [{ episode: 3 }, { episode: 3 }];
    expect(plansOf(plans, 3)).toEqual(plans);
    expect(plansOf(plans, 4)).toEqual([]);
    expect(plansOf(plans, null)).toEqual([]);
    expect(plansOf(plans, undefined)).toEqual(plans);
  });

  test('yes, of the true simulator, which needs no test', () => {
    expect(light({ oracle: true, judged: null, plan: plan({ known: null }) })).toMatchObject({
      tone: 'good',
    });
  });
});

test('the light is a colour, an answer and one reason, in the past tense once the run is over', () => {
  const shown = light({ plan: plan({ known: 10 }) });
  expect(html(<TrustLight light={shown} />)).toContain('data-tone="tight"');
  expect(words(<TrustLight light={shown} />)).toBe(`Can this plan be trusted? With care ${shown.reason}`);
  expect(words(<TrustLight light={shown} past />)).toContain('Could the last plan be trusted?');
});

describe('whether a policy that drives without a model knows where it is', () => {
  const acted = (...known: (boolean | null)[]) =>
    known.map((one) => ({ known: one, pilot: 'policy' as const }));

  test('yes, with care or no, by how many of its newest states are like those that it met', () => {
    expect(actingLight(acted(true, true), null)).toMatchObject({ tone: 'good', answer: 'Yes' });
    const some = actingLight(acted(true, false, true), null);
    expect(some).toMatchObject({ tone: 'tight', answer: 'With care' });
    expect(some.reason).toMatch(/^Only 2 of the newest 3 actions /);
    expect(actingLight(acted(false, false), null)).toMatchObject({ tone: 'bad', answer: 'No' });
  });

  test('nobody can tell, of a policy whose file does not say what it met', () => {
    expect(actingLight(acted(null, null), null)).toMatchObject({
      ...{ tone: 'unknown', answer: 'Nobody can tell' },
    });
  });

  test('no, where its actions come too late, however well it knows the states', () => {
    const late = { reason: '4 plans in a row came late.', advice: [] };
    expect(actingLight(acted(true), late)).toEqual({
      tone: 'bad',
      answer: 'No: too slow',
      reason: late.reason,
    });
  });

  test('a plan in latent states is asked whether it begins where its model has learned', () => {
    const planned = (...known: (boolean | null)[]) =>
      known.map((one) => ({ known: one, pilot: 'planner' as const }));
    expect(actingLight(planned(true, true), null)).toMatchObject({ tone: 'good', answer: 'Yes' });
    const some = actingLight(planned(true, false, true), null);
    expect(some).toMatchObject({ tone: 'tight', answer: 'With care' });
    expect(some.reason).toMatch(/^2 of the newest 3 plans begin in latent states/);
    expect(actingLight(planned(false), null)).toMatchObject({ tone: 'bad', answer: 'No' });
    expect(actingLight(planned(null, null), null)).toMatchObject({ answer: 'Nobody can tell' });
    const shown = words(<TrustLight light={actingLight(planned(true), null)} of="latent" />);
    expect(shown).toMatch(/^Does the model know such states\? Yes/);
  });

  test('its light asks about states and not about a plan', () => {
    const shown = words(<TrustLight light={actingLight(acted(true), null)} of="policy" />);
    expect(shown).toMatch(/^Does the policy know such states\? Yes/);
  });

  test('what it did counts only from after the newest plan, which may be of another driver', () => {
    const at = (episode: number, step: number) => ({
      pilot: 'policy' as const,
      ...{ episode, step, known: true, drives: true },
    });
    const all = [at(3, 9), at(3, 12), at(4, 1)];
    expect(newestActed(all, undefined)).toEqual(all);
    expect(newestActed(all, { episode: 3, step: 10 })).toEqual([at(3, 12), at(4, 1)]);
    expect(newestActed(all, { episode: 4, step: 1 })).toEqual([]);
  });
});
