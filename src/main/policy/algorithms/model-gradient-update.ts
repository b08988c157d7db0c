import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../../shared/policy';
import type { Random } from '../../../shared/random';
import { constant, named, type Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import { gradientOf, HALVES, type Half, wordsOf } from '../../dynamics/updates/halves';
import { gradientsOf, type State, type UpdateShape, withOptimiser } from '../../dynamics/updates/updates';
import type { TensorSpec } from '../../tensor';
import type { ImaginedModel, Imagining } from '../imagine/model';
import { lambdaReturns, type Unrolled, unrolledRollout, unrolledSpecs } from '../imagine/unrolled';
import { plainNormaliser } from '../normaliser';
import { fillActionNoise } from '../representation/acting';
import { initialActor, policyInputs } from '../representation/actor';
import { entropy, logDensity } from '../representation/density';
import { jointActions, type PolicySpace } from '../representation/space';
import type { Arrays } from '../representation/types';
import { initialValue, stateValue } from '../representation/value';
import type { Lab } from '../types';
import { chosen, movedTargets, targetsOf } from './sac-update';

type Options = Lab<'model-gradient'>['options'];
export type ModelGradientMetric = 'value' | 'entropy' | 'reward' | 'valueLoss' | 'slope';

/** Length of the actor's gradient, in units of the deviation of returns, beyond which it is cut. */
const LONGEST = 10;
/** Deviation of returns below which they count as all alike. */
const ALIKE = 1e-6;
/** An action nearer to a limit than this is taken to be this near. */
const NEAREST = 1e-6;

/** Updates in a call: two threads write in two places in turn. */
export const UPDATES_AT_ONCE = 2;
const feedOf = (half: Half, name: string): string => `${half}/${name}`;

const networkOf = ({ hiddenLayers, hiddenUnits, activation }: Options) => ({
  ...{ hiddenLayers, hiddenUnits, activation },
});

export const modelGradientActor = (space: PolicySpace, options: Options): ActorShape => ({
  kind: jointActions(space) ? 'categorical' : 'gaussian',
  ...networkOf(options),
});

/** Actor, value, its target, optimisers and no gradients yet, before training. */
export function initialModelGradient(space: PolicySpace, options: Options, random: Random): Arrays {
  const actor = initialActor(space, modelGradientActor(space, options), random.fork('actor'));
  const value = initialValue(space, networkOf(options), random.fork('value'));
  const learned = new Map([...actor, ...value]);
  const none = HALVES.flatMap((half) =>
    [...learned].map(
      ([name, { shape, values }]) =>
        [gradientOf(half, name), { shape, values: new Float32Array(values.length) }] as const,
    ),
  );
  return withOptimiser(learned, new Map([...targetsOf(value), ...plainNormaliser(space), ...none]));
}

/** Steps that the program unrolls: shorter rollouts use a part of them. */
const longestRollout = ({ rolloutFirst, rolloutLast }: Options): number =>
  Math.max(rolloutFirst, rolloutLast);

/** Rows of half a batch: a block of equal size for every member. */
const rowsOf = ({ batchSize }: Options, { members }: ImaginedModel): number =>
  Math.ceil(batchSize / 2 / members) * members;

/** What half a batch is fed with beside the model's arrays, for `modelGradientFeeds`. */
function feedSpecs(
  imagining: Imagining,
  model: ImaginedModel,
  shape: ActorShape,
  options: Options,
): TensorSpec[] {
  const steps = longestRollout(options);
  return [
    ...unrolledSpecs(imagining, model, shape, { rows: rowsOf(options, model), steps }),
    { name: 'entropyNoise', shape: [1, rowsOf(options, model) * steps, imagining.space.actions.length] },
  ];
}

/** What both halves are fed with: how far rollouts go. */
const lengthSpecs = (options: Options): TensorSpec[] => {
  const shape = [longestRollout(options)];
  return [
    { name: 'lambda', shape },
    { name: 'counts', shape },
  ];
};

/**
 * All feeds of a call.
 * @param startsOf so many states that happened, in random order
 * @param length of the rollouts, at most `longestRollout`
 */
export function modelGradientFeeds(
  imagining: Imagining,
  model: ImaginedModel,
  shape: ActorShape,
  options: Options,
  { startsOf, length, random }: { startsOf(rows: number): Float32Array; length: number; random: Random },
): State {
  const fed: State = {};
  const forAll = (name: string, words: number, fill: (values: Float32Array) => void) => {
    const values = new Float32Array(UPDATES_AT_ONCE * words);
    for (let update = 0; update < UPDATES_AT_ONCE; update++) {
      fill(values.subarray(update * words, (update + 1) * words));
    }
    fed[name] = values;
  };
  for (const half of HALVES) {
    for (const { name, shape: dims } of feedSpecs(imagining, model, shape, options)) {
      forAll(feedOf(half, name), wordsOf(dims), (values) => {
        if (name === 'actionNoise') fillActionNoise(shape, values, random);
        else if (name.endsWith('Noise')) random.fillNormal(values);
        else if (name === 'start') values.set(startsOf(rowsOf(options, model)));
        else dealBlocks(values, model.members, random);
      });
    }
  }
  const steps = longestRollout(options);
  forAll('lambda', steps, (values) => values.fill(options.returnLambda, 0, length - 1));
  forAll('counts', steps, (values) => values.fill(1, 0, length));
  for (const [name, { values }] of model.arrays) forAll(name, values.length, (to) => to.set(values));
  return fed;
}

function dealBlocks(values: Float32Array, members: number, random: Random): void {
  for (let from = 0; from < values.length; from += members) {
    const order = values.subarray(from, from + members);
    order.forEach((_, block) => {
      order[block] = block;
    });
    random.shuffle(order);
  }
}

/**
 * One update (model-gradient.ts) as a traced program, for models of this key: a step by the gradients of the update before, of
 * which there are none at first, and then the gradients of a batch, half by half. Each half needs nothing of the other, so that
 * with two threads they are computed beside each other.
 * @param updates that are going to be made, over which the learning rate may fall
 */
export function modelGradientUpdates(
  imagining: Imagining,
  model: ImaginedModel,
  options: Options,
  arrays: Arrays,
  updates: number,
): UpdateShape<ModelGradientMetric> {
  const shape = modelGradientActor(imagining.space, options);
  const names = (prefix: string) => [...arrays.keys()].filter((name) => name.startsWith(prefix));
  const learned = { actor: names('actor/'), value: names('value/') };
  const specs = feedSpecs(imagining, model, shape, options);
  return {
    ...{ name: 'policy gradient in the model', arrays, unroll: UPDATES_AT_ONCE },
    learningRate: options.learningRate,
    falls: { schedule: options.learningSchedule, steps: updates },
    feeds: [
      ...HALVES.flatMap((half) => specs.map((spec) => ({ ...spec, name: feedOf(half, spec.name) }))),
      ...lengthSpecs(options),
      ...[...model.arrays].map(([name, array]) => ({ name, shape: array.shape })),
    ],
    beside: { arrays: [gradientOf('beside', '')], metrics: [], always: true },
    step(current, feeds, schedule) {
      const mean = (name: string) => {
        const [one, other] = HALVES.map((half) => named(current, gradientOf(half, name)));
        return tf.mul(0.5, tf.add(one as tf.Tensor, other as tf.Tensor));
      };
      const meansOf = (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, mean(name)]));
      const { cut, slope } = cutTo(LONGEST, meansOf(learned.actor));
      const after = adamStep(current, { ...cut, ...meansOf(learned.value) }, schedule, () => 0);
      const next = { ...after, ...movedTargets(learned.value, current, after, options.targetRate) };
      const known = { ...current, ...next };
      const half = (which: Half) => {
        const own = specs.map(({ name }) => [name, named(feeds, feedOf(which, name))]);
        return slopes(imagining, model, options, learned, known, { ...feeds, ...Object.fromEntries(own) });
      };
      const [here, beside] = [half('here'), half('beside')];
      const gradients = { here: here.gradients, beside: beside.gradients };
      const kept = HALVES.flatMap((which) =>
        Object.entries(gradients[which]).map(([name, one]) => [gradientOf(which, name), one]),
      );
      return {
        next: { ...next, ...Object.fromEntries(kept) },
        metrics: { ...here.metrics, slope } as Record<ModelGradientMetric, tf.Tensor>,
      };
    },
  };
}

/** Gradients of half a batch, actor's and value's. */
function slopes(
  imagining: Imagining,
  model: ImaginedModel,
  options: Options,
  learned: Record<'actor' | 'value', readonly string[]>,
  current: Tensors,
  feeds: Tensors,
): { gradients: Tensors; metrics: Tensors } {
  const { space } = imagining;
  const { discount, entropyBonus, estimator } = options;
  const shape = modelGradientActor(space, options);
  const network = networkOf(options);
  const steps = longestRollout(options);
  const joint = jointActions(space);
  const taken = (action: tf.Tensor3D): tf.Tensor3D => {
    if (joint) return chosen(joint, action);
    const inside = tf.clipByValue(action, NEAREST - 1, 1 - NEAREST);
    return tf.mul(0.5, tf.sub(tf.log(tf.add(1, inside)), tf.log(tf.sub(1, inside)))) as tf.Tensor3D;
  };
  const all = (list: readonly tf.Tensor[]): tf.Tensor3D => tf.concat([...list] as tf.Tensor3D[], 1);
  const known = { ...current, ...feeds };
  const [lambdas, counts] = [feeds.lambda, feeds.counts].map((x) => tf.split(x as tf.Tensor1D, steps, 0));
  /** What a policy's rollouts come to: [1, steps · rows, …] of the states that it acted in. */
  const imagined = (tensors: Tensors) => {
    const rolled: Unrolled = unrolledRollout(imagining, model, shape, tensors, feeds);
    const inputs = policyInputs(space, tensors, all(rolled.states));
    const values = tf.split(stateValue(network, tensors, inputs, 'target/value/'), steps + 1, 1);
    const returns = all(lambdaReturns(rolled, values as tf.Tensor3D[], lambdas as tf.Tensor[], discount));
    // A step counts where the task has not ended, within the length of the rollouts.
    const weights = rolled.alive.map((alive, step) =>
      tf.mul(alive, tf.reshape((counts as tf.Tensor[])[step] as tf.Tensor, [1, 1, 1])),
    );
    const acted = rolled.states.slice(0, -1);
    const before = all(values.slice(0, -1));
    return { rolled, acted: all(acted), before, returns, weights: all(weights) };
  };
  const averageOf = (x: tf.Tensor, weights: tf.Tensor) => tf.div(tf.sum(tf.mul(x, weights)), tf.sum(weights));
  const spreadOf = (returns: tf.Tensor, weights: tf.Tensor) => {
    const apart = tf.square(tf.sub(returns, averageOf(returns, weights)));
    return constant(tf.maximum(tf.sqrt(averageOf(apart, weights)), ALIKE));
  };
  const fixed = estimator === 'likelihood-ratio' ? imagined(known) : undefined;
  const learnedActor = gradientsOf(learned.actor, known, (tensors) => {
    const found = fixed ?? imagined(tensors);
    const { acted, returns, weights, before, rolled } = found;
    const spread = spreadOf(returns, weights);
    const inputs = policyInputs(space, tensors, acted);
    const gain = fixed
      ? tf.mul(tf.sub(returns, before), logDensity(space, shape, tensors, inputs, taken(all(rolled.actions))))
      : returns;
    const surprise = entropy(space, shape, tensors, inputs, feeds.entropyNoise as tf.Tensor3D);
    const wanted = tf.add(tf.div(gain, spread), tf.mul(entropyBonus, surprise));
    return {
      loss: tf.neg(averageOf(wanted, weights)),
      extra: {
        ...{ acted: constant(acted), returns: constant(returns), weights: constant(weights) },
        ...{ entropy: averageOf(surprise, weights), reward: averageOf(all(rolled.rewards), weights) },
      },
    };
  });
  const { acted, returns, weights, ...actorMetrics } = learnedActor.extra;
  const learnedValue = gradientsOf(learned.value, known, (tensors) => {
    const value = stateValue(network, tensors, policyInputs(space, tensors, acted as tf.Tensor3D));
    const squares = tf.square(tf.sub(value, returns as tf.Tensor));
    return {
      loss: averageOf(squares, weights as tf.Tensor),
      extra: { value: averageOf(value, weights as tf.Tensor) },
    };
  });
  const { value } = learnedValue.extra;
  return {
    gradients: { ...learnedActor.gradients, ...learnedValue.gradients },
    metrics: { ...actorMetrics, value, valueLoss: learnedValue.loss },
  };
}

/** Gradients cut to a length of at most `most` over all of them (Pascanu et al. 2013), and how long they were. */
function cutTo(most: number, gradients: Tensors): { cut: Tensors; slope: tf.Tensor } {
  const slope = tf.sqrt(tf.addN(Object.values(gradients).map((one) => tf.sum(tf.square(one)))));
  const factor = tf.div(most, tf.maximum(slope, most));
  const cut = Object.fromEntries(Object.entries(gradients).map(([name, one]) => [name, tf.mul(one, factor)]));
  return { cut, slope };
}
