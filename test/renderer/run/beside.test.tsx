import '../window';
import { describe, expect, test } from 'vitest';
import { BesideWords } from '../../../src/renderer/run/Beside';
import type { ActionView, PlanView } from '../../../src/shared/telemetry';
import { words } from '../render';

const actions = [{ name: 'torque', title: 'Torque', unit: 'N m' }];
const acting = (action: number, drives: boolean): ActionView => ({
  ...{ pilot: 'policy', episode: 1, step: 5, planMs: 1, periodMs: 50, ahead: 0 },
  ...{ actions: [[action], [9]], insight: null, known: true, drives },
});
const plan = (pilot: PlanView['pilot'], action: number) =>
  ({ pilot, episode: 1, step: 5, actions: [[action], [9]] }) as PlanView;

describe('who thinks along', () => {
  test('a planner is shown with what it would command first, beside what is commanded', () => {
    const shown = words(
      <BesideWords beside={plan('planner', 1.25)} drives={acting(-0.5, true)} actions={actions} />,
    );
    expect(shown).toMatch(
      /^The planner thinks along and would command Torque 1\.25 N m · commanded .0\.500 N m$/,
    );
  });

  test('a policy is called one with and without a model to see its futures in', () => {
    for (const beside of [plan('policy', 1), acting(1, false)]) {
      const shown = words(<BesideWords beside={beside} drives={plan('planner', 2)} actions={actions} />);
      expect(shown).toMatch(
        /^The policy thinks along and would command Torque 1\.00 N m · commanded 2\.00 N m$/,
      );
    }
  });

  test('a planner in latent states is called one, too', () => {
    const beside: ActionView = { ...acting(1, false), pilot: 'planner' };
    expect(words(<BesideWords beside={beside} drives={null} actions={actions} />)).toMatch(
      /^The planner thinks along and would command Torque 1\.00 N m$/,
    );
  });

  test('before anything was commanded, what it would do stands alone', () => {
    expect(words(<BesideWords beside={acting(1, false)} drives={null} actions={actions} />)).toMatch(
      /Torque 1\.00 N m$/,
    );
  });
});
