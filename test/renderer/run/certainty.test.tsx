import '../window';
import { describe, expect, test } from 'vitest';
import { Certainty } from '../../../src/renderer/run/CertaintyPanel';
import { disagreementVerdict, territoryVerdict } from '../../../src/renderer/run/certainty';
import type { PlanInsight } from '../../../src/shared/plan';
import { NO_INSIGHT } from '../insight';
import { html, words } from '../render';

const HORIZON = 25;
const planOf = (insight: Partial<PlanInsight>) => ({
  insight: { ...NO_INSIGHT, ...insight },
  mean: Array.from({ length: HORIZON + 1 }, () => [0]),
  actions: Array.from({ length: HORIZON }, () => [0]),
});

describe('the certainty of a plan', () => {
  test('is its expected return with its spread, and how far it stays in known territory', () => {
    const said = words(
      <Certainty
        plan={planOf({ expectedReturn: 23.4, returnStd: 1.8, knownSteps: 18, disagreement: 0.72 })}
      />,
    );
    expect(said).toContain('Expected return of the next 25 steps 23.40 ± 1.80');
    expect(said).toContain('Known territory 18 of 25 steps');
    expect(said).toContain('72 % Mostly disagreement between members: more data helps.');
  });

  test('says so where the model cannot tell, and draws no bar', () => {
    const plan = planOf({ knownSteps: null, disagreement: null, returnStd: null });
    expect(words(<Certainty plan={plan} />).match(/This model cannot tell\./g)).toHaveLength(2);
    expect(html(<Certainty plan={plan} />)).not.toContain('class="meter"');
    expect(words(<Certainty plan={plan} />)).not.toContain('±');
  });

  test('shows a penalty that was taken, as a number', () => {
    const said = words(
      <Certainty plan={planOf({ stepsOutside: 3, limitPenalty: 4.2, ratePenalty: 0.12 })} />,
    );
    expect(said).toContain('Outside limits 3 steps −4.20');
    expect(said).toContain('Rate penalty −0.120');
  });

  test('of the true simulator is no question of members or of data', () => {
    const said = words(<Certainty oracle plan={planOf({ expectedReturn: 20 })} />);
    expect(said).toContain('The true simulator predicts');
    expect(said).not.toContain('Disagreement');
  });
});

test('words for disagreement tell when more data helps', () => {
  expect(disagreementVerdict(0.9).words).toMatch(/more data helps/);
  expect(disagreementVerdict(0.1).words).toMatch(/noise/);
  expect(disagreementVerdict(0.5).words).toMatch(/Part/);
  expect(disagreementVerdict(null).tone).toBe('unknown');
});

test('words for known territory tell where it ends', () => {
  expect(territoryVerdict(25, 25).tone).toBe('good');
  expect(territoryVerdict(24, 25).tone).toBe('tight');
  expect(territoryVerdict(0, 25).words).toMatch(/begins/);
  expect(territoryVerdict(null, 25).tone).toBe('unknown');
});
