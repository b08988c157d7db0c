import '../window';
import { describe, expect, test } from 'vitest';
import { usePending } from '../../../src/renderer/run/adjust';
import { LiveControls } from '../../../src/renderer/run/LiveControls';
import { PlannerForm } from '../../../src/renderer/run/PlannerForm';
import { BudgetFigures, Workload } from '../../../src/renderer/run/PlanningFigures';
import { PLANNERS } from '../../../src/renderer/run/planners';
import { useRunForm } from '../../../src/renderer/run/run-form';
import { type PlannerName, PropagationOptions } from '../../../src/shared/plan';
import { NO_INSIGHT } from '../insight';
import { html, words } from '../render';

describe('the planner form', () => {
  // What is rendered without a window is a store's first state.
  const formOf = (method: PlannerName, dynamics: 'model' | 'simulator') => {
    Object.assign(useRunForm.getInitialState(), { method });
    return html(<PlannerForm dynamics={dynamics} horizon={25} sees={false} />);
  };

  test.each(PLANNERS.map((planner) => [planner.title, planner] as const))(
    'shows the description and the telling fields of %s, the rest folded away',
    (_, { name, description, main, more, differentiates }) => {
      const shown = formOf(name, 'model');
      expect(shown.replaceAll('&#x27;', "'")).toContain(description);
      // How many candidates there is time for, the automatic budget finds out.
      for (const { key } of main) {
        expect(shown.includes(`data-testid="planner-${key}"`)).toBe(key !== 'candidates');
      }
      for (const { key } of more) expect(shown).not.toContain(`data-testid="planner-${key}"`);
      expect(shown.includes('planner-smooth')).toBe(differentiates);
    },
  );

  test('has nothing to adapt when the simulator predicts', () => {
    expect(formOf('mppi', 'model')).toContain('data-testid="adapt-more"');
    expect(formOf('mppi', 'simulator')).not.toContain('data-testid="adapt-more"');
  });
});

describe('live controls', () => {
  const controls = (parts: Partial<PropagationOptions>) =>
    html(<LiveControls truth={PropagationOptions.parse(parts)} />);

  test('offer λ to the pessimist and the risk to whoever fears the worst cases', () => {
    expect(controls({ objective: 'mean' })).not.toContain('adjust-pessimism');
    expect(controls({ objective: 'pessimistic' })).toContain('data-testid="adjust-pessimism"');
    expect(controls({ objective: 'cvar' })).toContain('data-testid="adjust-risk"');
    for (const always of ['adjust-particles', 'adjust-limitPenalty', 'adjust-objective']) {
      expect(controls({ objective: 'worst-member' })).toContain(`data-testid="${always}"`);
    }
  });

  test('leave nothing to weigh where the true simulator predicts', () => {
    const shown = html(<LiveControls oracle truth={PropagationOptions.parse({ objective: 'cvar' })} />);
    expect(shown).toContain('data-testid="adjust-limitPenalty"');
    for (const none of ['adjust-objective', 'adjust-risk', 'adjust-particles']) {
      expect(shown).not.toContain(`data-testid="${none}"`);
    }
  });

  test('show what was asked for, marked until it is true', () => {
    expect(controls({ objective: 'pessimistic', pessimism: 2 })).toContain('data-state="idle"');
    Object.assign(usePending.getInitialState(), { pending: { pessimism: 7 } });
    const waiting = controls({ objective: 'pessimistic', pessimism: 2 });
    expect(waiting).toContain('data-state="pending"');
    expect(waiting).toContain('value="7"');
    expect(waiting.match(/not applied yet/g)).toHaveLength(1);
    Object.assign(usePending.getInitialState(), { pending: {} });
  });
});

describe('planning in numbers', () => {
  const plan = {
    insight: { ...NO_INSIGHT, candidates: 320, iterations: 3, particles: 5 },
    ...{ horizon: 25, ahead: 2 },
  };

  test('says what is computed and when a plan takes effect', () => {
    expect(words(<Workload plan={plan} />)).toBe(
      '320 candidates × 5 particles × 25 steps, 3 times. Plans take effect 2 steps after the observation.',
    );
    expect(words(<Workload plan={{ ...plan, ahead: 1 }} />)).toContain('1 step after the observation');
  });

  test('says how many late plans in a row there are until the rig holds', () => {
    const budget = { p50: 9, p99: 23, newest: 9, share: 0.45, tone: 'over' as const };
    const figures = (inRow: number) => (
      <BudgetFigures
        budget={budget}
        periodMs={20}
        counts={{ plans: 120, missed: 5 }}
        inRow={inRow}
        most={10}
      />
    );
    expect(words(figures(3))).toContain('In a row 3 / 10');
    expect(html(figures(3))).toMatch(/data-tone="bad" data-testid="missed-in-row"/);
    expect(html(figures(0))).not.toMatch(/data-tone="bad" data-testid="missed-in-row"/);
  });
});
