import * as tf from '@tensorflow/tfjs-core';
import type { OptionsOf } from '../../../shared/model-options';
import type { Random } from '../../../shared/random';
import { inputCount, type ModelLayout, targetCount } from '../layout';
import { constant, initialMlp, type MlpShape, mlp, type Tensors } from '../mlp';
import {
  type Gaussian,
  gaussianPredictor,
  normalisedInputs,
  physicalTargets,
  pickMembers,
} from '../predictor';
import { gaussianHead, gaussianLoss, initialVariance, outputCount } from './gaussian-network';
import { shapesOf } from './shapes';
import type { Arrays, BatchLoss, GradientClass, NoiseSpec } from './types';

/**
 * Classes that learn a distribution of any shape in two parts. A Gaussian network learns the conditional mean and standard
 * deviation of the normalised targets by maximum likelihood, and a second model learns the shape of what is left:
 *   y = μ_θ(x) + σ_θ(x) · z,   z ~ p_φ(z | x)
 *   −ln p(y | x) = Σ ln σ_θ(x) − ln p_φ(z | x)
 * z has mean 0 and variance 1 under every x, so whatever learns its density sees one scale however predictable the
 * plant is there. Without it a model of the next state would have to find the mean to a thousandth of the channel's
 * spread by itself, and its draws on a simulator without noise would be visibly noisy; with it they are as narrow as the
 * Gaussian network's. (Mean first, then a generative model of the residual: CorrDiff, Mardani et al. 2025; the learned
 * moments as a proposal for an energy-based model: Gustafsson et al. 2022.) z is a constant to p_φ's loss: the moments
 * learn from the Gaussian likelihood alone.
 *
 * `predict` is the moments, which are those of the whole distribution as far as they were learned: a plan over means
 * costs what it does with one Gaussian network. Only `sample` draws from p_φ.
 *
 * Arrays: "moments/layer<n>/…" with the bounds of its log variance (gaussian-network.ts), and those of p_φ.
 */
export interface ResidualMethod<Name extends ResidualClassName> {
  initialWeights(sizes: Sizes, options: OptionsOf<Name>, random: Random): Arrays;
  noise(sizes: Sizes, options: OptionsOf<Name>, batch: number): NoiseSpec[];
  /** `nll`: [1] nats a channel of z, or what stands for it. */
  loss(context: ResidualContext<Name>): BatchLoss;
  /** [1] the same on the hold-out. */
  judge(context: Omit<ResidualContext<Name>, 'noise'>): tf.Tensor1D;
  noiseWidth(targets: number, options: OptionsOf<Name>): number;
  /**
   * A draw of z for every row, [1, rows, targets].
   * @param context `noise` is [1, rows, noiseWidth]
   */
  draw(
    context: Omit<ResidualContext<Name>, 'noise' | 'residuals'> & { noise: tf.Tensor3D; targets: number },
  ): tf.Tensor3D;
}
type ResidualClassName = 'energy' | 'diffusion';
interface Sizes {
  inputs: number;
  targets: number;
}
export interface ResidualContext<Name extends ResidualClassName> {
  options: OptionsOf<Name>;
  tensors: Tensors;
  /** [1, rows, inputs] normalised */
  inputs: tf.Tensor3D;
  /** [1, rows, targets] z */
  residuals: tf.Tensor3D;
  noise: Tensors;
}

const MOMENTS = 'moments/';

export function residualClass<Name extends ResidualClassName>(
  name: Name,
  method: ResidualMethod<Name>,
): GradientClass<Name> {
  type Options = OptionsOf<Name>;
  const shapeOf = (options: Options): MlpShape => options as MlpShape;
  const moments = (layout: ModelLayout, options: Options, tensors: Tensors, inputs: tf.Tensor3D): Gaussian =>
    gaussianHead(tensors, mlp(shapeOf(options), tensors, inputs, MOMENTS), targetCount(layout), 'learned');
  const one: GradientClass<Name> = {
    kind: 'gradient',
    name,
    sampled: true,
    losses: ['one-step', 'dad'],
    members: () => 1,
    elites: () => 1,
    bootstrap: () => false,
    initialWeights(layout, options, random) {
      const [inputs, targets] = [inputCount(layout), targetCount(layout)];
      const outputs = outputCount(targets, 'learned');
      return new Map([
        ...initialMlp(shapeOf(options), { members: 1, inputs, outputs }, random, MOMENTS),
        ...initialVariance(1, targets, 'learned'),
        ...method.initialWeights({ inputs, targets }, options, random),
      ]);
    },
    noise: (layout, options, batch) =>
      method.noise({ inputs: inputCount(layout), targets: targetCount(layout) }, options, batch),
    loss({ layout, options, tensors, inputs, targets, noise }) {
      const gaussian = moments(layout, options, tensors, inputs);
      const first = gaussianLoss(tensors, gaussian, targets, 'learned');
      const residuals = standardised(gaussian, targets);
      const second = method.loss({ options, tensors, inputs, residuals, noise });
      return {
        objective: tf.add(first.objective, second.objective),
        nll: tf.add(second.nll, logScale(gaussian)),
      };
    },
    judge({ layout, options, tensors, inputs, targets }) {
      const gaussian = moments(layout, options, tensors, inputs);
      const residuals = standardised(gaussian, targets);
      return tf.add(method.judge({ options, tensors, inputs, residuals }), logScale(gaussian));
    },
    shapes: (layout, options) => shapesOf(one, layout, options),
    predictionArrays: ({ weights }, members) =>
      Object.fromEntries([...weights].map(([key, array]) => [key, pickMembers(array, members)])),
    noiseWidth: (layout, options) => method.noiseWidth(targetCount(layout), options),
    predictor(layout, options, tensors) {
      const gaussian = (inputs: tf.Tensor3D) => moments(layout, options, tensors, inputs);
      return {
        ...gaussianPredictor(layout, tensors, gaussian),
        sample(state, action, noise) {
          const inputs = normalisedInputs(layout, tensors, state, action);
          const { mean, logVariance } = gaussian(inputs);
          const z = method.draw({ options, tensors, inputs, noise, targets: targetCount(layout) });
          return physicalTargets(tensors, tf.add(mean, tf.mul(z, tf.exp(tf.mul(logVariance, 0.5)))));
        },
      };
    },
  };
  return one;
}

/** z of the targets, a constant to whatever is differentiated. */
function standardised({ mean, logVariance }: Gaussian, targets: tf.Tensor3D): tf.Tensor3D {
  const [m, v] = [constant(mean), constant(logVariance)];
  return tf.mul(tf.sub(targets, m), tf.exp(tf.mul(v, -0.5)));
}

/** Mean of ln σ(x): what a density loses by being stretched from z to y, nats a channel. [members] */
const logScale = ({ logVariance }: Gaussian): tf.Tensor1D =>
  tf.mul(tf.mean(logVariance, [1, 2]), 0.5) as tf.Tensor1D;
