import * as tf from '@tensorflow/tfjs-core';
import type { ClassName, OptionsOf } from '../../../shared/model-options';
import type { FoldableNetwork } from '../folded';
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
export type Variance = FoldableNetwork['variance'];
type NetworkClassName =
  | 'deterministic'
  | 'gaussian'
  | 'ensemble'
  | 'latent-frame'
  | 'latent-recurrent'
  | 'bayesian';

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

/**
 * Soft bounds (Chua et al. 2018, appendix A.1): the log variance neither explodes off the data nor collapses on it,
 *   b = max − softplus(max − raw),  ln σ² = min + softplus(b − min)
 * with its gradient in as few passes over the batch as it takes: with p = σ(b − min) and q = σ(max − raw),
 *   d raw = p q dy,  d max = Σ p (1 − q) dy,  d min = Σ (1 − p) dy
 */
function boundLogVariance(tensors: Tensors, raw: tf.Tensor3D): tf.Tensor3D {
  const [max, min] = [named(tensors, 'logVariance/max'), named(tensors, 'logVariance/min')];
  const room = (given: Bounded) => tf.sub(given.max, given.raw);
  const above = (given: Bounded) => tf.sub(tf.sub(given.max, tf.softplus(room(given))), given.min);
  const operation = tf.customGrad((...given) => {
    const [x, high, low, save] = given as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([x, high, low]);
    return {
      value: tf.add(low, tf.softplus(above({ raw: x, max: high, min: low }))),
      // From the inputs anew and not from what the value was computed with, so that its own gradient is right; in a graph
      // equal nodes are one.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, high, low] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const at: Bounded = { raw: x, max: high, min: low };
        const below = tf.mul(dy, tf.sigmoid(above(at)));
        const slope = tf.mul(below, tf.sigmoid(room(at)));
        const overRows = (one: tf.Tensor) => tf.sum(one, 1, true);
        return [slope, overRows(tf.sub(below, slope)), overRows(tf.sub(dy, below))];
      },
    };
  });
  return operation(raw, max, min) as tf.Tensor3D;
}

interface Bounded {
  raw: tf.Tensor;
  max: tf.Tensor;
  min: tf.Tensor;
}

/**
 * [members] mean over rows and channels of (μ − y)² / σ² + ln σ², with its gradient in few passes over the batch: with
 * w = (μ − y) / σ² and n numbers a member,
 *   d μ = −d y = 2 w ds / n,  d ln σ² = (1 − w (μ − y)) ds / n
 */
function surpriseOf({ mean, logVariance }: Gaussian, targets: tf.Tensor3D): tf.Tensor1D {
  const [, rows, channels] = mean.shape;
  const weighted = (m: tf.Tensor, v: tf.Tensor, y: tf.Tensor) => {
    const error = tf.sub(m, y);
    return { error, scaled: tf.mul(error, tf.exp(tf.neg(v))) };
  };
  const operation = tf.customGrad((...given) => {
    const [m, v, y, save] = given as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([m, v, y]);
    const { error, scaled } = weighted(m, v, y);
    return {
      value: tf.mean(tf.add(tf.mul(scaled, error), v), [1, 2]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [m, v, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const { error, scaled } = weighted(m, v, y);
        const share = tf.div(tf.reshape(dy, [-1, 1, 1]), rows * channels);
        const slope = tf.mul(scaled, tf.mul(share, 2));
        return [slope, tf.mul(share, tf.sub(1, tf.mul(scaled, error))), tf.neg(slope)];
      },
    };
  });
  return operation(mean, logVariance, targets) as tf.Tensor1D;
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
  if (variance === 'none') {
    const squares = tf.square(tf.sub(mean, targets));
    const perChannel = tf.mean(squares, 1);
    const nll = tf.mean(tf.log(tf.add(perChannel, SMALLEST_SQUARE)), 1);
    return {
      objective: tf.mean(squares, [1, 2]),
      nll: tf.mul(tf.add(nll, LN_2PI + 1), 0.5) as tf.Tensor1D,
    };
  }
  const surprise = surpriseOf({ mean, logVariance }, targets);
  const nll: tf.Tensor1D = tf.mul(tf.add(surprise, LN_2PI), 0.5);
  if (variance === 'fixed') return { objective: surprise, nll };
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
    foldable: (options) => ({ shape: shapeOf(options), variance: traits.variance(options) }),
    predictor: (layout, options, tensors) =>
      gaussianPredictor(layout, tensors, (inputs) =>
        distribution({ layout, options, tensors, inputs, noise: {} }),
      ),
  };
  return one;
}

type ClassShape = MlpShape & { name: ClassName };
