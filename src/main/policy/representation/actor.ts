import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../../shared/policy';
import type { Random } from '../../../shared/random';
import { expandState, stateInputCount } from '../../dynamics/layout';
import { initialMlp, mlp, mlpArrayShapes, named, type Tensors } from '../../dynamics/mlp';
import { jointActions, type PolicySpace } from './space';
import type { Arrays } from './types';

/** Normalised inputs beyond which a policy sees no difference: what it never met must not drive it out of all bounds. */
const MOST_DEVIATIONS = 10;
/** Range of the logarithm of a Gaussian's standard deviation (Haarnoja et al. 2018: −20 … 2; narrower is steadier). */
const LOG_STD = [-5, 2] as const;

/** [1 or members, batch, inputs] what a network sees of states [1, batch, stateWidth]. */
export function policyInputs(space: PolicySpace, tensors: Tensors, state: tf.Tensor3D): tf.Tensor3D {
  const inputs = expandState(space.layout, state);
  const normalised = tf.mul(tf.sub(inputs, named(tensors, 'input/mean')), named(tensors, 'input/scale'));
  return tf.clipByValue(normalised, -MOST_DEVIATIONS, MOST_DEVIATIONS) as tf.Tensor3D;
}

/** [1, batch, actions] from units of the ranges to SI units: `toPhysical` (space.ts) inside a graph, without its clipping. */
export function physicalAction({ actions }: PolicySpace, action: tf.Tensor3D): tf.Tensor3D {
  const half = tf.tensor3d(
    actions.map(({ low, high }) => (high - low) / 2),
    [1, 1, actions.length],
  );
  const centre = tf.tensor3d(
    actions.map(({ low, high }) => (high + low) / 2),
    [1, 1, actions.length],
  );
  return tf.add(tf.mul(action, half), centre);
}

/** Outputs of the actor's network. */
export function actorOutputs(space: PolicySpace, { kind }: Pick<ActorShape, 'kind'>): number {
  if (kind === 'categorical') return jointActions(space)?.length ?? 0;
  return kind === 'gaussian' ? 2 * space.actions.length : space.actions.length;
}

export const initialActor = (space: PolicySpace, shape: ActorShape, random: Random): Arrays =>
  initialMlp(
    shape,
    { members: 1, inputs: stateInputCount(space.layout), outputs: actorOutputs(space, shape) },
    random,
    'actor/',
  );

/** Shapes of all arrays of an actor by name, its normaliser's included. */
export function actorArrayShapes(space: PolicySpace, shape: ActorShape): Map<string, number[]> {
  const inputs = stateInputCount(space.layout);
  const sizes = { members: 1, inputs, outputs: actorOutputs(space, shape) };
  return new Map([
    ...mlpArrayShapes(shape, sizes, 'actor/'),
    ['input/mean', [1, 1, inputs]],
    ['input/scale', [1, 1, inputs]],
  ]);
}

/** Of a Gaussian actor: mean and log standard deviation before the tanh, [1, batch, actions] each. */
export function gaussianActor(
  space: PolicySpace,
  shape: ActorShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
): { mean: tf.Tensor3D; logStd: tf.Tensor3D } {
  const outputs = mlp(shape, tensors, inputs, 'actor/');
  const width = space.actions.length;
  const mean = tf.slice3d(outputs, [0, 0, 0], [-1, -1, width]);
  const raw = tf.slice3d(outputs, [0, 0, width], [-1, -1, width]);
  const [low, high] = LOG_STD;
  const logStd: tf.Tensor3D = tf.add(low, tf.mul((high - low) / 2, tf.add(tf.tanh(raw), 1)));
  return { mean, logStd };
}

/** Of a categorical actor: a logit for every joint action, [1, batch, joint actions]. */
export const actorLogits = (shape: ActorShape, tensors: Tensors, inputs: tf.Tensor3D): tf.Tensor3D =>
  mlp(shape, tensors, inputs, 'actor/');

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * A draw a = tanh(μ + σ ε) and its log density, Σ over actions of log N(μ + σ ε) − log(1 − a²), the latter as
 * 2 (log 2 − u − softplus(−2u)), which does not vanish where a is near 1 (Haarnoja et al. 2018, appendix C).
 * @param noise ε [1, batch, actions] standard normal
 * @returns action [1, batch, actions] in units of the ranges, logDensity [1, batch, 1]
 */
export function squashedSample(
  { mean, logStd }: { mean: tf.Tensor3D; logStd: tf.Tensor3D },
  noise: tf.Tensor3D,
): { action: tf.Tensor3D; logDensity: tf.Tensor3D } {
  const drawn: tf.Tensor3D = tf.add(mean, tf.mul(tf.exp(logStd), noise));
  const squash = tf.mul(2, tf.sub(tf.sub(Math.LN2, drawn), tf.softplus(tf.mul(-2, drawn))));
  const normal = tf.sub(tf.neg(tf.add(tf.mul(0.5, tf.square(noise)), HALF_LOG_TWO_PI)), logStd);
  return {
    action: tf.tanh(drawn),
    logDensity: tf.sum(tf.sub(normal, squash), 2, true),
  };
}

/** What the policy does without exploring, [1, batch, actions] in units of the ranges. Traceable. */
export function greedyAction(
  space: PolicySpace,
  shape: ActorShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
): tf.Tensor3D {
  if (shape.kind === 'gaussian') return tf.tanh(gaussianActor(space, shape, tensors, inputs).mean);
  const outputs = mlp(shape, tensors, inputs, 'actor/');
  if (shape.kind === 'deterministic') return tf.tanh(outputs);
  const joint = jointActions(space) ?? [];
  const table = tf.tensor2d(joint.map((action) => [...action]));
  return tf.gather(table as tf.Tensor, tf.argMax(outputs, 2)) as tf.Tensor3D;
}
