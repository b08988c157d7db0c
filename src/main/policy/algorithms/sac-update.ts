import * as tf from '@tensorflow/tfjs-core';
import type { AlgorithmOptionsOf } from '../../../shared/policy';
import type { Random } from '../../../shared/random';
import { stateWidth } from '../../dynamics/layout';
import { filled, type Tensors } from '../../dynamics/mlp';
import { adamStep } from '../../dynamics/training/adam';
import {
  gradientsOf,
  type Schedule,
  type State,
  type UpdateShape,
  withOptimiser,
} from '../../dynamics/updates/updates';
import type { TensorSpec } from '../../tensor';
import { plainNormaliser } from '../normaliser';
import type { TransitionBatch } from '../replay';
import { noiseWidthOf } from '../representation/acting';
import {
  actorLogits,
  actorOutputs,
  gaussianActor,
  initialActor,
  policyInputs,
  squashedSample,
} from '../representation/actor';
import { type CriticShape, criticValues, type Dropping, initialCritics } from '../representation/critic';
import { jointActions, type PolicySpace } from '../representation/space';
import type { Arrays } from '../representation/types';

/** What of the options makes an update; other methods that train SAC's networks have the same (MBPO). */
export type SacUpdateOptions = Pick<
  AlgorithmOptionsOf<'sac'>,
  | 'critics'
  | 'criticsInTarget'
  | 'layerNorm'
  | 'dropout'
  | 'targetRate'
  | 'discount'
  | 'learningRate'
  | 'batchSize'
  | 'hiddenLayers'
  | 'hiddenUnits'
  | 'activation'
>;
export type SacMetric = 'criticLoss' | 'value' | 'entropy' | 'temperature';

/** Updates in one call of the engine. */
const UNROLL = 8;
/**
 * log α before training, α = 0.1. From 1 it falls by its learning rate with every update, and for the first ten thousand the entropy
 * would be worth more than most rewards.
 */
export const INITIAL_TEMPERATURE = Math.log(0.1);
/** Whole numbers that a dropout's factors are below. */
const FACTORS = 97;
/** More than any value; what is not drawn into the target is that much larger. */
const OUT_OF_REACH = 1e9;
/**
 * Entropy that a discrete actor is to keep, as a share of that of a random one. Christodoulou's 0.98 (1910.07207) leaves it
 * hardly any choice.
 */
const DISCRETE_ENTROPY = 0.5;

export const sacActorShape = (space: PolicySpace, options: SacUpdateOptions) =>
  ({ kind: jointActions(space) ? 'categorical' : 'gaussian', ...networkOf(options) }) as const;

const networkOf = ({ hiddenLayers, hiddenUnits, activation }: SacUpdateOptions) => ({
  ...{ hiddenLayers, hiddenUnits, activation },
});

const criticShapeOf = (options: SacUpdateOptions): CriticShape => ({
  ...networkOf(options),
  layerNorm: options.layerNorm,
});

/** Actor, critics, targets, log temperature and optimisers before training. */
export function initialSac(space: PolicySpace, options: SacUpdateOptions, random: Random): Arrays {
  const actor = initialActor(space, sacActorShape(space, options), random.fork('actor'));
  const critics = initialCritics(space, criticShapeOf(options), options.critics, random.fork('critics'));
  const trained: Arrays = new Map([...actor, ...critics]).set(
    'temperature',
    filled([1, 1, 1], INITIAL_TEMPERATURE),
  );
  return withOptimiser(trained, new Map([...targetsOf(critics), ...plainNormaliser(space)]));
}

/** Copies of the critics, "target/critic/…". */
export const targetsOf = (arrays: Arrays): Arrays =>
  new Map(
    [...arrays].map(([name, { shape, values }]) => [`target/${name}`, { shape, values: values.slice() }]),
  );

/** What a batch of transitions is fed as. */
export const batchSpecs = ({ layout, actions }: PolicySpace, rows: number): TensorSpec[] => [
  { name: 'state', shape: [1, rows, stateWidth(layout)] },
  { name: 'action', shape: [1, rows, actions.length] },
  { name: 'reward', shape: [1, rows, 1] },
  { name: 'next', shape: [1, rows, stateWidth(layout)] },
  { name: 'continues', shape: [1, rows, 1] },
];

/**
 * All feeds of some updates.
 * @param batch of updates × batchSize transitions, whatever they are mixed from
 */
export function sacFeeds(
  space: PolicySpace,
  options: SacUpdateOptions,
  batch: TransitionBatch,
  updates: number,
  random: Random,
): State {
  const fed: State = { ...batch };
  for (const { name, shape } of noiseSpecs(space, options)) {
    const values = new Float32Array(updates * shape.reduce((a, b) => a * b, 1));
    if (name === 'drawn') drawCritics(values, options, random);
    else if (name.startsWith('noise')) random.fillNormal(values);
    else random.fillUniform(values);
    fed[name] = name === 'dropFactors' ? values.map((value) => 1 + Math.floor(FACTORS * value)) : values;
  }
  return fed;
}

/** Which critics every update's target is made of, `criticsInTarget` of them: 0 for those, `OUT_OF_REACH` for others. */
function drawCritics(values: Float32Array, { critics, criticsInTarget }: SacUpdateOptions, random: Random) {
  const order = Array.from({ length: critics }, (_, critic) => critic);
  for (let first = 0; first < values.length; first += critics) {
    random.shuffle(order);
    order.forEach((critic, place) => {
      values[first + critic] = place < criticsInTarget ? 0 : OUT_OF_REACH;
    });
  }
}

function noiseSpecs(space: PolicySpace, options: SacUpdateOptions): TensorSpec[] {
  const { critics, criticsInTarget, dropout, batchSize, hiddenLayers, hiddenUnits } = options;
  const specs: TensorSpec[] = [];
  if (!jointActions(space)) {
    const shape = [1, batchSize, noiseWidthOf(space, { kind: 'gaussian', ...networkOf(options) })];
    specs.push({ name: 'noise', shape }, { name: 'noiseNext', shape });
  }
  if (criticsInTarget < critics) specs.push({ name: 'drawn', shape: [critics, 1, 1] });
  if (dropout > 0) {
    const layers = EVALUATIONS.length * hiddenLayers;
    specs.push(
      { name: 'dropOffsets', shape: [layers, critics, batchSize, 1] },
      { name: 'dropFactors', shape: [layers, critics, batchSize, 1] },
      { name: 'dropUnits', shape: [layers, critics, 1, hiddenUnits] },
    );
  }
  return specs;
}

/** Evaluations of the critics in an update, of which each drops out units of its own. */
const EVALUATIONS = ['critics', 'targets', 'actor'] as const;

function droppingOf(
  { dropout, hiddenLayers }: SacUpdateOptions,
  feeds: Tensors,
  evaluation: (typeof EVALUATIONS)[number],
): Dropping | undefined {
  if (dropout === 0) return undefined;
  const from = EVALUATIONS.indexOf(evaluation) * hiddenLayers;
  const layersOf = (name: string) =>
    tf.unstack(feeds[name] as tf.Tensor4D).slice(from, from + hiddenLayers) as tf.Tensor3D[];
  return {
    share: dropout,
    ...{ offsets: layersOf('dropOffsets'), factors: layersOf('dropFactors'), units: layersOf('dropUnits') },
  };
}

/** One update of SAC, as its pseudocode has it (sac.ts), as a traced program. */
export function sacUpdates(
  space: PolicySpace,
  options: SacUpdateOptions,
  arrays: Arrays,
): UpdateShape<SacMetric> {
  const { batchSize, critics, criticsInTarget, discount, dropout, targetRate } = options;
  const shape = sacActorShape(space, options);
  const criticShape = criticShapeOf(options);
  const joint = jointActions(space);
  const names = (prefix: string) => [...arrays.keys()].filter((name) => name.startsWith(prefix));
  const [actorNames, criticNames] = [names('actor/'), names('critic/')];
  const entropyGoal = joint
    ? DISCRETE_ENTROPY * Math.log(joint.length)
    : -actorOutputs(space, { kind: 'deterministic' });
  // Many critics, or noisy ones: the actor climbs their mean (REDQ, DroQ), otherwise the least of them.
  const least = (values: tf.Tensor3D): tf.Tensor3D => tf.min(values, 0, true);
  const climbed = criticsInTarget < critics || dropout > 0 ? meanOf : least;

  /**
   * What states are worth to an actor, E[Q − α log π], and E[log π], [1, batch, 1] each: by one draw of its actions, or over
   * all joint actions.
   */
  const worth = (
    actor: Tensors,
    inputs: tf.Tensor3D,
    noise: tf.Tensor | undefined,
    alpha: tf.Tensor,
    valuesOf: (action: tf.Tensor3D | null) => tf.Tensor3D,
  ): { value: tf.Tensor3D; surprise: tf.Tensor3D } => {
    if (shape.kind === 'gaussian') {
      const drawn = squashedSample(gaussianActor(space, shape, actor, inputs), noise as tf.Tensor3D);
      const value: tf.Tensor3D = tf.sub(valuesOf(drawn.action), tf.mul(alpha, drawn.logDensity));
      return { value, surprise: drawn.logDensity };
    }
    const logits = actorLogits(shape, actor, inputs);
    const logShares = tf.sub(logits, tf.logSumExp(logits, 2, true));
    const shares = tf.exp(logShares);
    const values = tf.sub(valuesOf(null), tf.mul(alpha, logShares));
    return {
      value: tf.sum(tf.mul(shares, values), 2, true),
      surprise: tf.sum(tf.mul(shares, logShares), 2, true),
    };
  };

  return {
    ...{ name: 'SAC', arrays, unroll: UNROLL, learningRate: options.learningRate },
    // The actor climbs the critics as they were before: it need not wait for theirs.
    beside: { arrays: ['actor/', 'temperature'], metrics: ['entropy', 'temperature'] },
    feeds: [...batchSpecs(space, batchSize), ...noiseSpecs(space, options)],
    step(current: Tensors, feeds: Tensors, schedule: Schedule) {
      const inputs = policyInputs(space, current, feeds.state as tf.Tensor3D);
      const inputsNext = policyInputs(space, current, feeds.next as tf.Tensor3D);
      const action = feeds.action as tf.Tensor3D;
      const alpha = tf.exp(current.temperature as tf.Tensor);

      const next = worth(current, inputsNext, feeds.noiseNext, alpha, (actionNext) => {
        const dropping = droppingOf(options, feeds, 'targets');
        const values = criticValues(criticShape, current, inputsNext, actionNext, 'target/critic/', dropping);
        return least(feeds.drawn ? tf.add(values, feeds.drawn) : values);
      });
      const target = tf.add(
        feeds.reward as tf.Tensor,
        tf.mul(discount, tf.mul(feeds.continues as tf.Tensor, next.value)),
      );
      const learnedCritics = gradientsOf(criticNames, current, (tensors) => {
        const dropping = droppingOf(options, feeds, 'critics');
        const given = joint ? null : action;
        const all = criticValues(criticShape, tensors, inputs, given, 'critic/', dropping);
        const values = joint ? tf.sum(tf.mul(all, chosen(joint, action)), 2, true) : all;
        const squares = tf.mean(tf.square(tf.sub(values, target)), [1, 2]);
        return { loss: tf.sum(squares), extra: { value: tf.mean(values) } };
      });
      const learnedActor = gradientsOf(actorNames, current, (tensors) => {
        const { value, surprise } = worth(tensors, inputs, feeds.noise, alpha, (drawn) => {
          const dropping = droppingOf(options, feeds, 'actor');
          return climbed(criticValues(criticShape, current, inputs, drawn, 'critic/', dropping));
        });
        return { loss: tf.neg(tf.mean(value)), extra: { surprise: tf.mean(surprise) } };
      });
      const { surprise } = learnedActor.extra;
      // d/d log α of −α (log π + H̄).
      const temperature = tf.neg(tf.mul(alpha, tf.add(surprise, entropyGoal)));

      const gradients = { ...learnedCritics.gradients, ...learnedActor.gradients, temperature };
      const after = adamStep(current, gradients, schedule, () => 0);
      return {
        next: { ...after, ...movedTargets(criticNames, current, after, targetRate) },
        metrics: {
          criticLoss: learnedCritics.loss,
          value: learnedCritics.extra.value,
          entropy: tf.neg(surprise),
          temperature: tf.mean(alpha),
        },
      };
    },
  };
}

const meanOf = (values: tf.Tensor3D): tf.Tensor3D => tf.mean(values, 0, true);

/** Q̄ ← Q̄ + τ (Q − Q̄), by name "target/…". */
export function movedTargets(
  names: readonly string[],
  current: Tensors,
  after: Tensors,
  rate: number,
): Tensors {
  const moved: Tensors = {};
  for (const name of names) {
    const [old, own] = [current[`target/${name}`] as tf.Tensor, after[name] as tf.Tensor];
    moved[`target/${name}`] = tf.add(old, tf.mul(rate, tf.sub(own, old)));
  }
  return moved;
}

/**
 * 1 at the joint action that is nearest to each that was executed (the guard may have changed it), 0 elsewhere.
 * @returns [1, batch, joint actions]
 */
export function chosen(joint: readonly Float32Array[], action: tf.Tensor3D): tf.Tensor3D {
  const [, batch, width] = action.shape;
  const table = tf.tensor4d(
    joint.flatMap((values) => [...values]),
    [1, 1, joint.length, width],
  );
  const apart = tf.sub(tf.reshape(action, [1, batch, 1, width]), table);
  const nearest = tf.argMin(tf.sum(tf.square(apart), 3), 2);
  return tf.cast(tf.oneHot(nearest as tf.Tensor2D, joint.length), 'float32') as tf.Tensor3D;
}
