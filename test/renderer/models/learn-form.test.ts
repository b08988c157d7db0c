import { describe, expect, test } from 'vitest';
import {
  type LearnForm,
  learnInput,
  learningOf,
  useLearnForm,
} from '../../../src/renderer/models/policy/learn-form';
import { OFFERED } from '../../../src/renderer/ui/algorithms';
import { evaluationWords } from '../../../src/renderer/ui/policy-words';
import { Eyes } from '../../../src/shared/eyes';
import { ALGORITHMS } from '../../../src/shared/policy';
import { PolicyTrainInput } from '../../../src/shared/policy-training';
import { model } from '../model';
import { policy } from '../policy';

const EYES = Eyes.parse({
  ...{ camera: 'side', width: 64, height: 64, size: 32, colour: 'grey', stack: 2, encoder: 'keypoints' },
  ...{ decoder: 'squares', latent: 2, ends: false, beside: [], observations: ['angle', 'velocity'] },
});
const MODELS = [
  model({ hash: 'c1', rig: 'cartpole-balance' }),
  model({ hash: 'p1', rig: 'pendulum' }),
  model({ hash: 'seen', rig: 'reacher', eyes: EYES }),
];
const POLICIES = [
  policy({ hash: 'older', rig: 'pendulum' }),
  policy({ hash: 'other', rig: 'hopper' }),
  policy({ hash: 'seeing', rig: 'reacher', eyes: EYES }),
  policy({ hash: 'told', rig: 'reacher' }),
];
const form = (parts: Partial<LearnForm> = {}): LearnForm => ({ ...useLearnForm.getInitialState(), ...parts });
const learning = (parts: Partial<LearnForm> = {}, current: string | null = 'pendulum') =>
  learningOf(form(parts), {
    rigs: ['pendulum', 'cartpole-balance', 'reacher', 'hopper'],
    models: MODELS,
    policies: POLICIES,
    current,
    recorded: new Set(['pendulum']),
  });

describe('what the Learn form comes to', () => {
  test('offers every algorithm that there is, each with a title, a sentence and its options', () => {
    expect(OFFERED.map(({ name }) => name).sort()).toEqual(Object.keys(ALGORITHMS).sort());
    for (const { title, description, fields } of OFFERED) {
      expect(title).not.toBe('');
      expect(description).not.toBe('');
      expect(fields.length).toBeGreaterThan(0);
    }
  });

  test('is for the rig in hand unless another one was chosen', () => {
    expect(learning().rig).toBe('pendulum');
    expect(learning({ rig: 'reacher' }).rig).toBe('reacher');
    expect(learning({ rig: 'gone' }, null)).toMatchObject({ rig: null, missing: 'Choose a rig.' });
  });

  test('learns from episodes only what can, and only where some are recorded', () => {
    expect(learning({ where: 'recorded' }).missing).toBeNull();
    expect(learning({ where: 'recorded', rig: 'reacher' }).missing).toContain('No episode');
    expect(learning({ where: 'recorded', algorithm: 'reinforce' }).where).toBe('simulation');
  });

  test('takes a model of the rig where the algorithm has a use for one, and says when it needs one that is not there', () => {
    expect(learning({ model: 'p1' }).model).toBeNull();
    expect(learning({ algorithm: 'mbpo', model: 'p1' }).model?.hash).toBe('p1');
    expect(learning({ algorithm: 'mbpo', model: 'c1' }).model).toBeNull();
    expect(learning({ algorithm: 'fitted-value' }).model?.hash).toBe('p1');
    expect(learning({ algorithm: 'fitted-value', rig: 'hopper' }).missing).toContain('train one');
  });

  test('learns in a model of pictures where one is chosen, where a planner that teaches plans on it', () => {
    const chosen = { algorithm: 'model-gradient', model: 'seen', rig: 'reacher' } as const;
    expect(learning(chosen)).toMatchObject({ where: 'model', model: { hash: 'seen' } });
    expect(learning(chosen).missing).toContain('No episode');
    expect(learning({ ...chosen, where: 'recorded' }).where).toBe('model');
    const input = learnInput(form(chosen), learning(chosen));
    expect(PolicyTrainInput.parse(input)).toMatchObject({ where: 'model', model: 'seen' });
    const taught = learning({ ...chosen, algorithm: 'distil' });
    expect(taught).toMatchObject({ where: 'model', values: { planOn: 'model' } });
    // What counts is what the form shows.
    expect(taught.options.distil).toMatchObject({ planOn: 'model' });
    expect(learning({ ...chosen, algorithm: 'distil', model: null }).values.planOn).toBe('simulator');
    expect(learning({ ...chosen, model: null }).where).toBe('simulation');
  });

  test('goes on from a policy of the rig that acts by the same, with an algorithm that can', () => {
    const offered = (parts: Partial<LearnForm>) => learning(parts).ancestors.map(({ hash }) => hash);
    const gradient = { algorithm: 'model-gradient', from: 'older' } as const;
    expect(offered(gradient)).toEqual(['older']);
    expect(learnInput(form(gradient), learning(gradient)).from).toBe('older');
    expect(offered({ ...gradient, rig: 'reacher', model: 'seen' })).toEqual(['seeing']);
    expect(offered({ ...gradient, rig: 'reacher' })).toEqual(['told']);
    // What was chosen for another algorithm, or for another rig, is not gone on from.
    expect(offered({ algorithm: 'sac', from: 'older' })).toEqual([]);
    const elsewhere = { ...gradient, rig: 'hopper' };
    expect(learnInput(form(elsewhere), learning(elsewhere)).from).toBeUndefined();
  });

  test('refuses a number out of range, of the algorithm in hand alone', () => {
    const options = { sac: { steps: 0 } };
    expect(learning({ options }).missing).toContain('Steps');
    expect(learning({ options, algorithm: 'td3' }).missing).toBeNull();
    expect(learning({ seed: -1 }).missing).toContain('Seed');
  });

  test('asks the core for what was entered, in a form that it takes', () => {
    for (const { name } of OFFERED) {
      const chosen = form({ algorithm: name, options: { [name]: { steps: 500 } } });
      const input = learnInput(chosen, learning(chosen));
      expect(PolicyTrainInput.parse(input)).toEqual(input);
      expect(input).toMatchObject({
        rig: 'pendulum',
        name: `pendulum-${name}`,
        algorithm: { name, steps: 500 },
      });
    }
  });
});

test('an evaluation is told with its interval, and one episode with what it does not say', () => {
  const found = {
    where: 'simulation',
    seed: 0,
    returns: [1, 3],
    steps: [9, 9],
    mean: 2,
    evaluatedAt: 0,
  } as const;
  const two = evaluationWords({ ...found, returns: [1, 3], steps: [9, 9], interval: [-10.7, 14.7] });
  expect(two).toContain('2 episodes in simulation');
  expect(two).toMatch(/between [−-]10.7\d* and 14.7\d* with 95 %/);
  const one = evaluationWords({ ...found, returns: [2], steps: [9], interval: null });
  expect(one).toContain('one episode says nothing');
});
