import * as tf from '@tensorflow/tfjs-core';
import type { ClassName, OptionsOf } from '../../../shared/model-options';
import { inputCount, targetCount } from '../layout';
import { filled, initialMlp, type MlpShape, mlp, named, type Tensors } from '../mlp';
import { CERTAIN, type Gaussian, gaussianPredictor, pickMembers } from '../predictor';
import { shapesOf } from './shapes';
import type { BatchLoss, GradientClass } from './types';

/**
 * Networks whose output is a Gaussian, as `deterministic`, `gaussian` and `ensemble` are; they differ in how many lie
 * side by side and in where the variance comes from:
 *   learned  σ²(s, a): a second half of the outputs, log variances between soft bounds (PETS, Chua et al. 2018)
 *   fixed    σ²: one number a channel
 *   none     no likelihood: squared error
 *
 * Arrays beside those of the perceptron (mlp.ts): "logVariance/min" and "logVariance/max" [members, 1, targets], the soft
 * bounds, normalised units; or "logVariance/fixed" [members, 1, targets].
 */
export type Variance = 'learned' | 'fixed' | 'none';
type NetworkClassName = 'deterministic' | 'gaussian' | 'ensemble' | 'bayesian';

/** Where the soft bounds on the log variance begin, normalised units (PETS, mbrl-lib). */
const INITIAL_LOG_VARIANCE = { min: -10, max: 0.5 };
/** Weight of Σ (max − min) of the log variance's soft bounds (PETS). */
const BOUND_PENALTY = 0.01;
const LN_2PI = Math.log(2 * Math.PI);
/** Squared error below which a fit is as good as exact: 3e-7 of a channel's spread. */
const SMALLEST_SQUARE = 1e-13;

/** Outputs of the last layer. */
export const outputCount = (targets: number, variance: Variance): number =>
  variance === 'learned' ? 2 * targets : targets;

/** The arrays of the variance, before training. */
export function initialVariance(members: number, targets: number, variance: Variance) {
  const rows = (value: number) => filled([members, 1, targets], value);
  if (variance === 'none') return [];
  if (variance === 'fixed') return [['logVariance/fixed', rows(0)]] as const;
  return [
    ['logVariance/min', rows(INITIAL_LOG_VARIANCE.min)],
    ['logVariance/max', rows(INITIAL_LOG_VARIANCE.max)],
  ] as const;
}

/** The last layer's outputs [members, batch, outputs] as a Gaussian of the normalised targets. */
export function gaussianHead(
  tensors: Tensors,
  output: tf.Tensor3D,
  targets: number,
  variance: Variance,
): Gaussian {
  if (variance === 'none') return { mean: output, logVariance: tf.fill(output.shape, CERTAIN) };
  if (variance === 'fixed') {
    const fixed = named(tensors, 'logVariance/fixed');
    return { mean: output, logVariance: tf.add(tf.zerosLike(output), fixed) };
  }
  const [mean, raw] = tf.split(output, [targets, targets], 2) as [tf.Tensor3D, tf.Tensor3D];
  return { mean, logVariance: boundLogVariance(tensors, raw) };
}

/** Soft bounds (Chua et al. 2018, appendix A.1): the log variance neither explodes off the data nor collapses on it. */
function boundLogVariance(tensors: Tensors, raw: tf.Tensor3D): tf.Tensor3D {
  const max = named(tensors, 'logVariance/max');
  const min = named(tensors, 'logVariance/min');
  const below: tf.Tensor3D = tf.sub(max, tf.softplus(tf.sub(max, raw)));
  return tf.add(min, tf.softplus(tf.sub(below, min)));
}

/**
 * [members] loss of predicted Gaussians. Objective: squared error over variance plus log variance, mean over rows and
 * channels, twice the Gaussian negative log-likelihood without its constant, plus 0.01 Σ (max − min) of the bounds, which
 * is what PETS and mbrl-lib minimise; without a variance the squared error. Reported: nats a channel; without a variance
 * those of the best constant one, ½ (ln(2π mse) + 1), so that classes can be compared.
 */
export function gaussianLoss(
  tensors: Tensors,
  { mean, logVariance }: Gaussian,
  targets: tf.Tensor3D,
  variance: Variance,
): BatchLoss {
  const squares = tf.square(tf.sub(mean, targets));
  if (variance === 'none') {
    const perChannel = tf.mean(squares, 1);
    const nll = tf.mean(tf.log(tf.add(perChannel, SMALLEST_SQUARE)), 1);
    return {
      objective: tf.mean(squares, [1, 2]),
      nll: tf.mul(tf.add(nll, LN_2PI + 1), 0.5) as tf.Tensor1D,
    };
  }
  const surprise = tf.mean(tf.add(tf.mul(squares, tf.exp(tf.neg(logVariance))), logVariance), [1, 2]);
  const nll: tf.Tensor1D = tf.mul(tf.add(surprise, LN_2PI), 0.5);
  if (variance === 'fixed') return { objective: surprise as tf.Tensor1D, nll };
  const spread = tf.sub(named(tensors, 'logVariance/max'), named(tensors, 'logVariance/min'));
  return { objective: tf.add(surprise, tf.mul(tf.sum(spread, [1, 2]), BOUND_PENALTY)), nll };
}

/** A class of such networks with ordinary weights. */
export function networkClass<Name extends Exclude<NetworkClassName, 'bayesian'>>(
  name: Name,
  traits: {
    members(options: OptionsOf<Name>): number;
    elites(options: OptionsOf<Name>): number;
    bootstrap(options: OptionsOf<Name>): boolean;
    variance(options: OptionsOf<Name>): Variance;
  },
): GradientClass<Name> {
  type Options = OptionsOf<Name>;
  const shapeOf = (options: Options): MlpShape => options as ClassShape;
  const distribution: NonNullable<GradientClass<Name>['distribution']> = ({
    layout,
    options,
    tensors,
    inputs,
  }) =>
    gaussianHead(
      tensors,
      mlp(shapeOf(options), tensors, inputs),
      targetCount(layout),
      traits.variance(options),
    );
  const likelihood: NonNullable<GradientClass<Name>['likelihood']> = (
    { tensors, targets, options },
    predicted,
  ) => gaussianLoss(tensors, predicted, targets, traits.variance(options));
  const one: GradientClass<Name> = {
    kind: 'gradient',
    name,
    losses: ['one-step', 'k-step', 'dad'],
    members: traits.members,
    elites: traits.elites,
    bootstrap: traits.bootstrap,
    initialWeights(layout, options, random) {
      const targets = targetCount(layout);
      const variance = traits.variance(options);
      const members = traits.members(options);
      const sizes = { members, inputs: inputCount(layout), outputs: outputCount(targets, variance) };
      return new Map([
        ...initialMlp(shapeOf(options), sizes, random),
        ...initialVariance(members, targets, variance),
      ]);
    },
    noise: () => [],
    loss: (context) => likelihood(context, distribution(context)),
    judge: (context) => one.loss({ ...context, noise: {} }).nll,
    distribution,
    likelihood,
    shapes: (layout, options) => shapesOf(one, layout, options),
    predictionArrays: ({ weights }, members) =>
      Object.fromEntries([...weights].map(([key, array]) => [key, pickMembers(array, members)])),
    noiseWidth: targetCount,
    predictor: (layout, options, tensors) =>
      gaussianPredictor(layout, tensors, (inputs) =>
        distribution({ layout, options, tensors, inputs, noise: {} }),
      ),
  };
  return one;
}

type ClassShape = MlpShape & { name: ClassName };
