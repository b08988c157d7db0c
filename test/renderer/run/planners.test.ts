import { beforeEach, describe, expect, test } from 'vitest';
import {
  ADAPT_FIELDS,
  ADAPT_LABELS,
  adaptFields,
  changedOptions,
  PLANNER_LABELS,
  PLANNERS,
  PROPAGATION_FIELDS,
  PROPAGATION_LABELS,
  plannerInfo,
  propagationFields,
} from '../../../src/renderer/run/planners';
import { changePlanner, plannerOf, useRunForm } from '../../../src/renderer/run/run-form';
import { optionFields } from '../../../src/shared/option-fields';
import { AdaptOptions, PLANNER_OPTIONS, PlannerOptions, PropagationOptions } from '../../../src/shared/plan';

const keys = (fields: readonly { key: string }[]) => fields.map(({ key }) => key);

describe('the planner form', () => {
  test.each(PLANNER_OPTIONS.map((schema) => [schema.shape.method.value, schema] as const))(
    'asks for every option of %s once, the telling ones first',
    (name, schema) => {
      const planner = plannerInfo(name);
      const asked = [planner?.main ?? [], planner?.budget ?? [], planner?.more ?? []].flat();
      expect(keys(asked).sort()).toEqual(keys(optionFields(schema)).sort());
      expect(keys(planner?.main ?? [])[0]).toBe('horizon');
      expect(planner?.description).toMatch(/\w.*\.$/);
    },
  );

  test('offers all planners there are and says which need a smooth reward', () => {
    expect(PLANNERS.map(({ name }) => name)).toEqual([
      ...['mppi', 'cem', 'icem', 'random-shooting', 'gradient-shooting', 'ilqr'],
    ]);
    expect(PLANNERS.filter(({ differentiates }) => differentiates).map(({ name }) => name)).toEqual([
      'gradient-shooting',
      'ilqr',
    ]);
  });

  test('has words of its own only for choices that there are', () => {
    const fields = [
      ...PLANNER_OPTIONS.flatMap((schema) => optionFields(schema)),
      ...PROPAGATION_FIELDS,
      ...ADAPT_FIELDS,
    ];
    const labels = { ...PLANNER_LABELS, ...PROPAGATION_LABELS, ...ADAPT_LABELS };
    for (const [key, names] of Object.entries(labels)) {
      const choices = fields.filter((field) => field.key === key).flatMap((field) => field.choices ?? []);
      expect(Object.keys(names).filter((name) => !choices.includes(name))).toEqual([]);
      expect(choices.filter((choice) => !(choice in names))).toEqual([]);
    }
  });

  test('leaves out what means nothing beside the rest', () => {
    const shown = (objective: PropagationOptions['objective']) =>
      keys(propagationFields({ objective }, 'model'));
    expect(shown('mean')).not.toContain('pessimism');
    expect(shown('pessimistic')).toContain('pessimism');
    expect(shown('pessimistic')).not.toContain('risk');
    expect(shown('cvar')).toContain('risk');
    expect(keys(propagationFields({ objective: 'mean' }, 'simulator'))).toEqual(['limitPenalty']);
    const channels = { sees: false, policy: true };
    expect(keys(adaptFields({ retrain: 'between' }, channels))).not.toContain('everySteps');
    expect(keys(adaptFields({ retrain: 'running' }, channels))).toContain('everySteps');
    expect(keys(adaptFields({ retrain: 'between' }, channels))).not.toContain('encoderMore');
    expect(keys(adaptFields({ retrain: 'between' }, channels))).not.toContain('policyMore');
    // A model of pictures is not watched, and only one that learns can learn to see on; a policy follows it where there is one.
    const pictures = { sees: true, policy: false };
    expect(keys(adaptFields({ retrain: 'off' }, pictures))).toEqual(['retrain']);
    expect(keys(adaptFields({ retrain: 'between' }, pictures))).toEqual(['retrain', 'encoderMore']);
    const both = { sees: true, policy: true };
    expect(keys(adaptFields({ retrain: 'off' }, both))).toEqual(['retrain']);
    expect(keys(adaptFields({ retrain: 'between' }, both))).toEqual(['retrain', 'encoderMore', 'policyMore']);
  });
});

describe('what is entered', () => {
  const fresh = useRunForm.getState();
  beforeEach(() => useRunForm.setState(fresh, true));

  test('is kept for each planner while another one is looked at', () => {
    changePlanner('horizon', 40);
    useRunForm.setState({ method: 'cem' });
    expect(plannerOf(useRunForm.getState())).toEqual(PlannerOptions.parse({ method: 'cem', budget: 'auto' }));
    changePlanner('eliteShare', 0.2);
    useRunForm.setState({ method: 'mppi' });
    expect(plannerOf(useRunForm.getState())).toMatchObject({ method: 'mppi', horizon: 40 });
    useRunForm.setState({ method: 'cem' });
    expect(plannerOf(useRunForm.getState())).toMatchObject({ method: 'cem', eliteShare: 0.2 });
  });

  test('begins with the defaults of the schemas and an automatic budget, of which nothing counts as changed', () => {
    for (const { name, more } of PLANNERS) {
      useRunForm.setState({ method: name });
      const options = plannerOf(useRunForm.getState());
      expect(options).toEqual(PlannerOptions.parse({ method: name, budget: 'auto' }));
      expect(changedOptions(options, more)).toBe(0);
      expect(changedOptions({ ...options, smoothing: 0.5 }, more)).toBe(1);
    }
    expect(fresh.propagation).toEqual(PropagationOptions.parse({}));
    expect(fresh.adapt).toEqual(AdaptOptions.parse({}));
  });
});
