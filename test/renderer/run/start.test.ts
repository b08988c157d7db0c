import '../window';
import { describe, expect, test } from 'vitest';
import {
  changePlanner,
  changeTask,
  formProblem,
  horizonOf,
  runInput,
  taskOf,
  useRunForm,
} from '../../../src/renderer/run/run-form';
import { offered, startProblem } from '../../../src/renderer/run/start';
import { RunInput } from '../../../src/shared/contract';
import { AdaptOptions } from '../../../src/shared/plan';
import type { PolicySummary } from '../../../src/shared/policy';
import type { Verdict } from '../../../src/shared/verdict';
import { model } from '../model';
import { policy } from '../policy';
import { rigFile } from '../rig-file';

const rig = rigFile('cartpole-balance');
const channels = (list: readonly { name: string; unit: string }[]) =>
  list.map(({ name, unit }) => ({ name, unit, angle: false, limits: null }));
const fitting = (parts: Parameters<typeof model>[0] = {}) =>
  model({ observations: channels(rig.observations), actions: channels(rig.actions), ...parts });
const other = model({
  name: 'swing',
  rig: 'pendulum',
  observations: [{ name: 'angle', unit: 'rad', angle: true, limits: null }],
});
const usual = useRunForm.getInitialState();
const asked = { dynamics: 'model', model: 'm', sees: false, policy: undefined, rig } as const;

describe('Start', () => {
  const problem = (parts: Partial<Parameters<typeof startProblem>[0]> = {}) =>
    startProblem({
      ...{ phase: 'ready', activity: 'idle', dynamics: 'model', model: fitting(), rig, wrong: null },
      ...parts,
    });

  test('is possible with a model that fits a rig that is ready', () => {
    expect(problem()).toBeNull();
    expect(problem({ dynamics: 'simulator', model: undefined })).toBeNull();
  });

  test('is refused for a model of another rig, with both names and what differs', () => {
    expect(problem({ model: other })).toMatch(
      /“swing” is a model of pendulum and not of cartpole-balance: .*other observations/,
    );
    expect(problem({ model: fitting({ periodSeconds: 0.05 }) })).toContain('a control period of 0.05 s');
  });

  test('is refused with the reason for whatever else is in the way', () => {
    expect(problem({ phase: 'lost' })).toContain('reconnect first');
    expect(problem({ phase: 'held' })).toContain('Resume');
    expect(problem({ activity: 'recording' })).toBe('A recording is going on.');
    expect(problem({ model: undefined })).toBe('Choose a model.');
    expect(problem({ wrong: 'Horizon must be a whole number from 1 to 200.' })).toContain('Horizon');
  });
});

describe('Start with a policy', () => {
  const own = policy({
    observations: channels(rig.observations),
    actions: rig.actions.map(({ name, unit, limits }) => ({
      name,
      unit,
      angle: false,
      limits,
      values: null,
    })),
  });
  const problem = (
    chosen: PolicySummary | undefined,
    parts: Partial<Parameters<typeof startProblem>[0]> = {},
  ) =>
    startProblem({
      ...{ phase: 'ready', activity: 'idle', dynamics: 'model', model: undefined, rig, wrong: null },
      policy: { drives: true, chosen },
      ...parts,
    });

  test('needs no model, and says what is missing', () => {
    expect(problem(own)).toBeNull();
    expect(problem(undefined)).toContain('Choose a policy');
    expect(problem(own, { policy: { drives: false, chosen: own } })).toBe('Choose a model.');
  });

  test('is refused for a policy of another rig, with both names and what differs', () => {
    const strange = { ...own, rig: 'pendulum', name: 'swing', observations: other.observations };
    expect(problem(strange)).toMatch(
      /“swing” is a policy of pendulum and not of cartpole-balance: .*other observations/,
    );
    expect(problem({ ...own, periodSeconds: 0.05 })).toContain('a control period of 0.05 s');
  });

  test('asks for one only where it drives, thinks along or guides the planner', () => {
    const input = (parts: Partial<typeof usual>) =>
      runInput({ ...usual, ...parts }, { ...asked, policy: 'p', horizon: 9 });
    expect(input({}).policy).toBeNull();
    expect(input({ driver: 'policy' })).toMatchObject({ driver: 'policy', policy: 'p' });
    expect(input({ beside: true })).toMatchObject({ driver: 'planner', policy: 'p', beside: true });
    const planners = { ...usual.planners, [usual.method]: { ...usual.planners[usual.method], proposals: 5 } };
    expect(input({ planners })).toMatchObject({ driver: 'planner', policy: 'p', beside: false });
  });
});

test("models that fit come first, the rig's own before those of another with the same channels", () => {
  const twin = fitting({ hash: 'b'.repeat(64), rig: 'cartpole-serial', createdAt: 9 });
  const old = fitting({ hash: 'c'.repeat(64), createdAt: 1 });
  const { fitting: fit, others } = offered([other, twin, old], rig);
  expect(fit).toEqual([old, twin]);
  expect(others).toEqual([other]);
});

describe('how far a run looks ahead', () => {
  const judged = (trusted: number): Verdict => ({
    ...{ tone: 'partly', tested: true, sentence: '', next: '', warnings: [] },
    channels: [{ name: 'x', trusted, measured: 25 }],
  });

  test('is as far as the model can be trusted, and no farther than the planner usually does', () => {
    expect(horizonOf(usual, judged(18))).toBe(18);
    expect(horizonOf(usual, judged(200))).toBe(25);
    expect(horizonOf(usual, null)).toBe(25);
  });

  test('is not so short that a plan gets nowhere', () => {
    expect(horizonOf(usual, judged(2))).toBe(10);
  });

  test('is what a person said, from then on', () => {
    changePlanner('horizon', 40);
    expect(horizonOf(useRunForm.getState(), judged(18))).toBe(40);
    useRunForm.setState(usual);
  });
});

describe('what the form asks for', () => {
  test('is in the words of the contract, with an automatic budget until somebody says otherwise', () => {
    const input = runInput(usual, { ...asked, horizon: 12 });
    expect(RunInput.parse(input)).toEqual(input);
    expect(input.planner).toMatchObject({ budget: 'auto', horizon: 12 });
    expect(input).not.toHaveProperty('task');
  });

  test('asks of what was set for another model only what this one offers', () => {
    const set = { retrain: 'between', onChange: 'retrain', encoderMore: 50, policyMore: 40 };
    const adapt = AdaptOptions.parse(set);
    const adaptOf = (parts: object, sees: boolean) =>
      runInput({ ...usual, adapt, ...parts }, { ...asked, sees, horizon: 9 }).adapt;
    const own = { retrain: 'between' };
    expect(adaptOf({}, true)).toEqual(AdaptOptions.parse({ ...own, encoderMore: 50 }));
    expect(adaptOf({}, false)).toEqual(AdaptOptions.parse({ ...own, onChange: 'retrain' }));
    const follows = AdaptOptions.parse({ ...own, encoderMore: 50, policyMore: 40 });
    expect(adaptOf({ driver: 'policy' }, true)).toEqual(follows);
  });

  test('keeps a changed task to the rig that it was changed for', () => {
    changeTask(rig.name, { ...rig.task, reward: '1' });
    const form = useRunForm.getState();
    expect(taskOf(form, rig).reward).toBe('1');
    expect(taskOf(form, rigFile('pendulum')).reward).toBe(rigFile('pendulum').task.reward);
    expect(runInput(form, { ...asked, horizon: 9 }).task?.reward).toBe('1');
    changeTask(rig.name, null);
    expect(taskOf(useRunForm.getState(), rig)).toBe(rig.task);
  });

  test.each([
    ['a horizon of 0', { horizon: 0 }, 'Horizon must be a whole number from 1 to 200.'],
    ['99,999 candidates', { candidates: 99_999 }, 'Candidates must be a whole number from 2 to 20000.'],
    ['an emptied horizon', { horizon: Number.NaN }, 'Horizon must be a whole number from 1 to 200.'],
  ])('is refused with %s', (_, change, said) => {
    const form = { ...usual, planners: { ...usual.planners, mppi: { ...usual.planners.mppi, ...change } } };
    expect(formProblem(form, rig, { dynamics: 'model', sees: false })).toBe(said);
    expect(formProblem(usual, rig, { dynamics: 'model', sees: false })).toBeNull();
  });

  test('is refused with episodes, seeds, steps or options of uncertainty out of their range', () => {
    expect(formProblem({ ...usual, episodes: 0 }, rig, { dynamics: 'model', sees: false })).toMatch(
      /^Episodes must be/,
    );
    expect(formProblem({ ...usual, seed: 0.5 }, rig, { dynamics: 'model', sees: false })).toMatch(
      /^Seed must be/,
    );
    const tasks = { [rig.name]: { ...rig.task, maxSteps: 0 } };
    expect(formProblem({ ...usual, tasks }, rig, { dynamics: 'model', sees: false })).toMatch(
      /^Steps at most must be/,
    );
    const propagation = { ...usual.propagation, particles: 99 };
    expect(formProblem({ ...usual, propagation }, rig, { dynamics: 'model', sees: false })).toMatch(
      /^Particles must be/,
    );
    expect(formProblem({ ...usual, propagation }, rig, { dynamics: 'simulator', sees: false })).toBeNull();
  });
});
