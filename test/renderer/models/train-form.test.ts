import { describe, expect, test } from 'vitest';
import {
  CLASSES,
  changedCount,
  DEFAULTS,
  goOnFrom,
  keptOptions,
  type TrainForm,
  trainInput,
  trainingOf,
  useTrainForm,
  withClass,
  withLoss,
} from '../../../src/renderer/models/train-form';
import { TrainInput } from '../../../src/shared/contract';
import { model } from '../model';

const OVERVIEW = [
  { name: 'arm', episodes: 3, usable: 0, steps: 0 },
  { name: 'pendulum', episodes: 1, usable: 1, steps: 100 },
  { name: 'cartpole', episodes: 3, usable: 2, steps: 70 },
];
const NONE = { ids: [], steps: 0 };
const MODELS = [model({ hash: 'c1', rig: 'cartpole' }), model({ hash: 'p1', rig: 'pendulum' })];
const form = (parts: Partial<TrainForm> = {}): TrainForm => ({ ...useTrainForm.getInitialState(), ...parts });
const training = (parts: Partial<TrainForm> = {}, current: string | null = null) =>
  trainingOf(form(parts), { overview: OVERVIEW, chosen: NONE, models: MODELS, current });

describe('what the Train form comes to', () => {
  test('is the rig in hand, and the newest with episodes where there is none', () => {
    expect(training({}, 'pendulum').rig).toBe('pendulum');
    expect(training({}, 'arm-without-episodes').rig).toBe('cartpole');
    expect(training({ rig: 'pendulum' }, 'cartpole').rig).toBe('pendulum');
  });

  test('leaves a rig that was chosen when its episodes are gone', () => {
    expect(training({ rig: 'deleted-since' }, 'pendulum').rig).toBe('pendulum');
  });

  test('takes every finished episode of the rig, and offers no rig without one', () => {
    const { rigs, offered, taken, transitions } = training({ rig: 'cartpole' });
    expect({ rigs, offered, taken, transitions }).toEqual({
      ...{ rigs: ['pendulum', 'cartpole'], offered: 2, taken: 2, transitions: 70 },
    });
  });

  test('takes those that are of use of the chosen ones, where some are chosen', () => {
    const asked = form({ rig: 'cartpole', which: 'some', ids: [1, 3] });
    const chosen = { ids: [3], steps: 40 };
    const come = trainingOf(asked, { overview: OVERVIEW, chosen, models: MODELS, current: null });
    expect(come).toMatchObject({ offered: 2, taken: 1, transitions: 40 });
    expect(trainInput(asked, come).episodes).toEqual([3]);
  });

  test('says what is missing before it can start', () => {
    expect(training({ rig: 'cartpole' }).missing).toBeNull();
    expect(training({ which: 'some' }).missing).toMatch(/Choose/);
    expect(training({ rig: 'cartpole', last: 2 }).missing).toMatch(/from 0 to 0.9/);
    expect(training({ rig: 'cartpole', last: 0 }).missing).toBeNull();
    expect(trainingOf(form(), { overview: [], chosen: NONE, models: [], current: null }).missing).toMatch(
      /Record/,
    );
  });

  test('goes on only from a model of the same rig, also when another rig is chosen afterwards', () => {
    expect(training({ rig: 'cartpole', from: 'c1' }).from?.hash).toBe('c1');
    const other = form({ rig: 'pendulum', from: 'c1' });
    const came = trainingOf(other, { overview: OVERVIEW, chosen: NONE, models: MODELS, current: null });
    expect(came.from).toBeNull();
    expect(trainInput(other, came)).not.toHaveProperty('from');
  });
});

describe('what the core is asked for', () => {
  test('fits the contract, with the rig as the name of a model that was given none', () => {
    const asked = form({ rig: 'cartpole', name: '  ' });
    const input = trainInput(asked, training({ rig: 'cartpole' }));
    expect(TrainInput.parse(input)).toEqual(input);
    expect(input).toMatchObject({ name: 'cartpole', rig: 'cartpole' });
    expect(input).not.toHaveProperty('episodes');
  });

  test('names the episodes where some were chosen', () => {
    const asked = form({ rig: 'cartpole', which: 'some', ids: [2], name: ' mine ' });
    const chosen = { ids: [2], steps: 30 };
    const came = trainingOf(asked, { overview: OVERVIEW, chosen, models: MODELS, current: null });
    expect(trainInput(asked, came)).toMatchObject({ name: 'mine', episodes: [2] });
  });
});

describe('options that were kept', () => {
  const kept = (parts: object) => keptOptions(JSON.parse(JSON.stringify({ ...DEFAULTS, ...parts })));

  test('come back, and one that is out of its range costs none of the others', () => {
    const own = { ...DEFAULTS.class, hiddenUnits: 99_999, hiddenLayers: 3 };
    const options = kept({ class: own, epochs: 7 });
    expect(options).toMatchObject({ class: { hiddenUnits: 99_999, hiddenLayers: 3 }, epochs: 7 });
    expect(training({ rig: 'cartpole', options }).missing).toMatch(/Units a layer must be .* from 4 to 1024/);
  });

  test('of another version give way to those of today where they are not offered any more', () => {
    const own = { ...DEFAULTS.class, variance: 'guessed', hiddenLayers: 3, gone: 1 };
    expect(kept({ class: own })).toEqual({ ...DEFAULTS, class: { ...DEFAULTS.class, hiddenLayers: 3 } });
    expect(kept({ class: { name: 'oracle' }, epochs: 7 })).toEqual({ ...DEFAULTS, epochs: 7 });
    expect(keptOptions(undefined)).toEqual(DEFAULTS);
  });
});

describe('the options of a training', () => {
  test.each(CLASSES.map(({ name }) => name))('start for %s with the defaults of its own', (name) => {
    const options = withClass(DEFAULTS, name);
    expect(options.class.name).toBe(name);
    expect(changedCount(options)).toBe(name === DEFAULTS.class.name ? 0 : 1);
  });

  test('are counted where they differ', () => {
    const changed = { ...withLoss(DEFAULTS, 'k-step'), class: { ...DEFAULTS.class, hiddenUnits: 7 } };
    expect(changedCount(changed as typeof DEFAULTS)).toBe(2);
  });

  test('are those of the model that is gone on from', () => {
    const ancestor = model({ options: withClass(DEFAULTS, 'deterministic') });
    expect(goOnFrom(ancestor)).toEqual({ from: ancestor.hash, options: ancestor.options });
    expect(goOnFrom(null)).toEqual({ from: null });
  });
});
