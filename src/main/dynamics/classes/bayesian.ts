import * as tf from '@tensorflow/tfjs-core';
import type { OptionsOf } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { inputCount, type ModelLayout, targetCount } from '../layout';
import { activate, filled, initialMlp, mlp, named, type Tensors } from '../mlp';
import { type Gaussian, gaussianPredictor } from '../predictor';
import type { NamedArray } from '../types';
import { gaussianHead, gaussianLoss, initialVariance, outputCount } from './gaussian-network';
import { shapesOf } from './shapes';
import type { BatchContext, BatchLoss, GradientClass, NoiseSpec } from './types';

type Options = OptionsOf<'bayesian'>;

/** What stands behind the name of a weight: the mean and ρ of its posterior. */
const [MEAN, RHO] = ['/mean', '/rho'];
/**
 * ρ lives on the scale of the logarithm of σ and has far to go from small weights' certainty to the prior; a mean does not.
 * In these units of ρ one step size does for both.
 */
const RHO_UNIT = 30;

/** A weight array, its shape, and the numbers that go into each of its units. */
interface Weight {
  name: string;
  shape: [number, number, number];
  inputs: number;
}

/**
 * One network whose weights are not known: a Gaussian each, q(w) = N(μ, σ²) with σ = softplus(30 ρ), fitted to the posterior
 * by variational inference (Bayes by backprop, Blundell et al. 2015): with prior p(w) = N(0, priorStd² / inputs)
 *   min_{μ, ρ}  E_q[ −Σ ln p(y | x, w) ] + klWeight · KL(q ‖ p)
 * The expectation by one draw a step in which every row has a network of its own (flipout, Wen et al. 2018):
 *   W_row = μ + σ∘ε ∘ s rᵀ,   ε ~ N(0, 1) for all rows, signs s and r of the row
 * so rows of a batch are nearly independent, and a row that is unrolled over k steps stays one network. Everything else
 * is as in gaussian-network.ts: the variance head is made of weights too, its soft bounds are not.
 *
 * A model predicts with `posteriorSamples` networks that are drawn once, by a generator of the training's seed; as in an
 * ensemble their disagreement is what is not known. The hold-out is judged by the network of the means: it decides when to
 * stop, costs one pass and does not depend on luck.
 *
 * Honestly: with klWeight 1 (the evidence lower bound) a mean-field posterior of a network with more weights than
 * transitions falls back onto its prior and explains little of the data (Coker et al. 2022), also here. The default 0.05
 * is a cold posterior (Wenzel et al. 2020): it predicts as well as a plain network, and its networks part less off the
 * data than those of an ensemble.
 *
 * Arrays: "layer<n>/kernel/mean", "layer<n>/kernel/rho" [1, inputs, units], "layer<n>/bias/mean", "layer<n>/bias/rho"
 * [1, 1, units] and those of the variance (gaussian-network.ts).
 */
export const bayesian: GradientClass<'bayesian'> = {
  kind: 'gradient',
  name: 'bayesian',
  losses: ['one-step', 'k-step', 'dad'],
  members: () => 1,
  elites: () => 1,
  bootstrap: () => false,
  initialWeights(layout, options, random) {
    const sizes = { members: 1, inputs: inputCount(layout), outputs: outputsOf(layout, options) };
    const means = initialMlp(options, sizes, random);
    const arrays = new Map<string, NamedArray>(initialVariance(1, targetCount(layout), options.variance));
    for (const { name, shape, inputs } of weightsOf(layout, options)) {
      arrays.set(name + MEAN, means.get(name) as NamedArray);
      arrays.set(name + RHO, filled(shape, rhoOf(options.initialStd / Math.sqrt(inputs))));
    }
    return arrays;
  },
  noise(layout, options, batch) {
    const signs = layersOf(layout, options).map(
      ([inputs], layer): NoiseSpec => ({ name: signName(layer), shape: [1, batch, inputs], kind: 'uniform' }),
    );
    const last: NoiseSpec = {
      ...{ name: signName(signs.length), shape: [1, batch, outputsOf(layout, options)], kind: 'uniform' },
    };
    const normal = weightsOf(layout, options).map(
      ({ name, shape }): NoiseSpec => ({ name: `noise/${name}`, shape, kind: 'normal' }),
    );
    return [...signs, last, ...normal];
  },
  loss: (context) => evidence(context, distribution(context)),
  likelihood: evidence,
  judge: (context) =>
    gaussianLoss(
      context.tensors,
      distribution({ ...context, noise: {} }),
      context.targets,
      context.options.variance,
    ).nll,
  distribution,
  shapes: (layout, options) => shapesOf(bayesian, layout, options),
  predictionArrays: ({ summary, weights }, members) => {
    if (members.length !== 1 || members[0] !== 0) throw new RangeError(`members ${members} of one posterior`);
    const options = summary.options.class as Options;
    return drawNetworks(
      weights,
      options.posteriorSamples,
      new Random(summary.options.seed).fork('posterior'),
    );
  },
  noiseWidth: targetCount,
  foldable: (options) => ({ shape: options, variance: options.variance }),
  predictor: (layout, options, tensors) =>
    gaussianPredictor(layout, tensors, (inputs) =>
      gaussianHead(tensors, mlp(options, tensors, inputs), targetCount(layout), options.variance),
    ),
};

const signName = (layer: number): string => `sign/${layer}`;

const outputsOf = (layout: ModelLayout, { variance }: Options): number =>
  outputCount(targetCount(layout), variance);

/** Inputs and units of every layer. */
function layersOf(layout: ModelLayout, options: Options): [inputs: number, units: number][] {
  const hidden = Array<number>(options.hiddenLayers).fill(options.hiddenUnits);
  const widths = [inputCount(layout), ...hidden, outputsOf(layout, options)];
  return widths.slice(1).map((units, layer) => [widths[layer], units]);
}

const weightsOf = (layout: ModelLayout, options: Options): Weight[] =>
  layersOf(layout, options).flatMap(([inputs, units], layer): Weight[] => [
    { name: `layer${layer}/kernel`, shape: [1, inputs, units], inputs },
    { name: `layer${layer}/bias`, shape: [1, 1, units], inputs },
  ]);

/** ρ of a standard deviation. */
const rhoOf = (std: number): number => (std + Math.log(-Math.expm1(-std))) / RHO_UNIT;

/** Standard deviations of a weight array. */
const deviations = (tensors: Tensors, name: string): tf.Tensor3D =>
  tf.softplus(tf.mul(named(tensors, name + RHO), RHO_UNIT));

/** The evidence lower bound a row and channel, the other way round and twice, which is the scale of gaussianLoss. */
function evidence(
  { layout, options, tensors, targets, rows }: Omit<BatchContext<'bayesian'>, 'inputs'>,
  predicted: Gaussian,
): BatchLoss {
  const { objective, nll } = gaussianLoss(tensors, predicted, targets, options.variance);
  const share = (2 * options.klWeight) / (rows * targetCount(layout));
  const penalty = tf.mul(divergence(layout, options, tensors), share);
  return { objective: tf.add(objective, penalty), nll };
}

/**
 * A Gaussian for every row, each of a network of its own that was drawn from the posterior (flipout); without noise of
 * the network of the posterior's means.
 */
function distribution({
  layout,
  options,
  tensors,
  inputs,
  noise,
}: Pick<BatchContext<'bayesian'>, 'layout' | 'options' | 'tensors' | 'inputs' | 'noise'>): Gaussian {
  const last = options.hiddenLayers;
  let hidden = inputs;
  for (let layer = 0; layer <= last; layer++) {
    const output = flipout(tensors, noise, layer, hidden);
    hidden = layer < last ? activate(options.activation, output) : output;
  }
  return gaussianHead(tensors, hidden, targetCount(layout), options.variance);
}

function flipout(tensors: Tensors, noise: Tensors, layer: number, inputs: tf.Tensor3D): tf.Tensor3D {
  const name = `layer${layer}`;
  const [kernel, bias] = [named(tensors, `${name}/kernel${MEAN}`), named(tensors, `${name}/bias${MEAN}`)];
  const mean: tf.Tensor3D = tf.add(tf.matMul(inputs, kernel), bias);
  if (noise[signName(layer)] === undefined) return mean;
  const sign = (at: number): tf.Tensor3D => tf.sign(tf.sub(named(noise, signName(at)), 0.5));
  const deviation = (weight: string): tf.Tensor3D =>
    tf.mul(deviations(tensors, `${name}/${weight}`), named(noise, `noise/${name}/${weight}`));
  const spread = tf.add(tf.matMul(tf.mul(inputs, sign(layer)), deviation('kernel')), deviation('bias'));
  return tf.add(mean, tf.mul(spread, sign(layer + 1)));
}

/** KL(q‖p), nats, over all weights, [1]. */
function divergence(layout: ModelLayout, options: Options, tensors: Tensors): tf.Tensor1D {
  const parts = weightsOf(layout, options).map(({ name, inputs }) =>
    gaussianDivergence(
      named(tensors, name + MEAN),
      deviations(tensors, name),
      options.priorStd / Math.sqrt(inputs),
    ),
  );
  return tf.addN(parts) as tf.Tensor1D;
}

/**
 * Σ ln(σ_p/σ) + (σ² + μ²) / 2σ_p² − ½, of a diagonal Gaussian from N(0, σ_p²).
 * @param mean [members, …]
 * @returns [members]
 */
export function gaussianDivergence(mean: tf.Tensor3D, std: tf.Tensor3D, priorStd: number): tf.Tensor1D {
  const squares = tf.mul(tf.add(tf.square(mean), tf.square(std)), 0.5 / priorStd ** 2);
  const each = tf.sub(squares, tf.log(tf.mul(std, Math.exp(0.5) / priorStd)));
  return tf.sum(each, [1, 2]);
}

/** Networks drawn from the posterior, beside each other along the first axis; what has no posterior is repeated. */
function drawNetworks(
  weights: Map<string, NamedArray>,
  count: number,
  random: Random,
): Record<string, NamedArray> {
  const drawn: Record<string, NamedArray> = {};
  for (const [key, { shape, values }] of weights) {
    if (key.endsWith(RHO)) continue;
    const all = new Float32Array(count * values.length);
    const name = key.endsWith(MEAN) ? key.slice(0, -MEAN.length) : key;
    const rho = weights.get(name + RHO)?.values;
    for (let i = 0; i < all.length; i++) {
      const at = i % values.length;
      const deviation = rho ? Math.log1p(Math.exp(RHO_UNIT * rho[at])) * random.normal() : 0;
      all[i] = values[at] + deviation;
    }
    drawn[name] = { shape: [count, ...shape.slice(1)], values: all };
  }
  return drawn;
}
