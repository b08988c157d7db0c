import '../window';
import { describe, expect, test } from 'vitest';
import type { Certain } from '../../../src/renderer/run/certainty';
import { TrustLight } from '../../../src/renderer/run/TrustPanel';
import { trustLight } from '../../../src/renderer/run/trust';
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
const light = (parts: Partial<Parameters<typeof trustLight>[0]>) =>
  trustLight({ plan: plan(), oracle: false, late: null, ...parts });

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

  test('yes, of the true simulator', () => {
    expect(light({ oracle: true, plan: plan({ known: null }) })).toMatchObject({ tone: 'good' });
  });
});

test('the light is a colour, an answer and one reason, in the past tense once the run is over', () => {
  const shown = light({ plan: plan({ known: 10 }) });
  expect(html(<TrustLight light={shown} />)).toContain('data-tone="tight"');
  expect(words(<TrustLight light={shown} />)).toBe(`Can this plan be trusted? With care ${shown.reason}`);
  expect(words(<TrustLight light={shown} past />)).toContain('Could the last plan be trusted?');
});
