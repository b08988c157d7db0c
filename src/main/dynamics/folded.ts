import * as tf from '@tensorflow/tfjs-core';
import { expandInputs, type ModelLayout } from './layout';
import { type MlpShape, mlp, named, type Tensors } from './mlp';
import { CERTAIN, type Prediction, type Predictor } from './predictor';
import type { NamedArray } from './types';

/**
 * Prediction of a Gaussian network in as few operations as it takes, for plans: what is subtracted, multiplied and added before
 * and behind the network is in its first and last layer's weights,
 *
 *   W₀ (x − μ) / σ + b₀ = (W₀ / σ) x + (b₀ − W₀ μ / σ)        (W h + b) σ' + μ' = (W σ') h + (b σ' + μ')
 *
 * computed in float64 and rounded once. The variance of the soft bounds (gaussian-network.ts), whose log variance takes two
 * softplus and are undone by an exponential, is one of each:
 *
 *   ln v = min + ln(1 + e^{max − min} / (1 + e^{max − raw}))   ⇔   v = e^min + e^{max − ln(1 + e^{max − raw})}
 *
 * with σ'² and a recalibration's factors in e^min and max, and max − raw what the network gives. (Not as a sigmoid of raw − max:
 * ONNX Runtime's has an absolute error of 1e-7, which is most of a small variance.) Exported files, verdicts and training keep the arrays that are in
 * the model's file: those are its weights, and nobody waits for them.
 */

/** A class whose `predict` is one perceptron over the normalised inputs, with its own arrays (mlp.ts). */
export interface FoldableNetwork {
  shape: MlpShape;
  /** Where the variance comes from (gaussian-network.ts). */
  variance: 'learned' | 'fixed' | 'none';
}

/** Arrays of a graph that plans with a folded network, and the predictor over them. */
export interface FoldedNetwork {
  arrays: Record<string, NamedArray>;
  predictor(tensors: Tensors): Predictor;
}

/**
 * A mean of more than so many deviations is subtracted from the inputs as it always was: beside products of such size the
 * small channels of a sum would lose digits.
 */
const LARGEST_SHIFT = 32;
/** Deviations whose squares float32 has room for. */
const [SMALLEST_SCALE, LARGEST_SCALE] = [1e-15, 1e15];
/** Factors on the inputs that leave a weight a normal float32. */
const [SMALLEST_FACTOR, LARGEST_FACTOR] = [1e-30, 1e30];
/** A variance is a normal float32. */
const [SMALLEST_VARIANCE, LARGEST_VARIANCE] = [1e-37, 1e37];

/**
 * @param arrays those of `predictionArrays`
 * @param recalibration [observations] factors on the deviation (recalibration.ts)
 * @returns undefined where float32 has no room for the squares of the targets' deviations, or for weights times the inputs' factors
 */
export function foldedNetwork(
  layout: ModelLayout,
  { shape, variance }: FoldableNetwork,
  arrays: Record<string, NamedArray>,
  recalibration: readonly number[] | null,
): FoldedNetwork | undefined {
  const within = (name: string, least: number, most: number) =>
    values(arrays, name).every((one) => one === 0 || (one > least && one < most));
  if (!within('target/std', SMALLEST_SCALE, LARGEST_SCALE)) return undefined;
  if (!within('input/scale', SMALLEST_FACTOR, LARGEST_FACTOR)) return undefined;
  const last = `layer${shape.hiddenLayers}`;
  const { first, shift } = foldedInputs(arrays);
  const whole = { ...arrays, ...first };
  const folded = { ...shift, ...hiddenLayers(whole, shape), ...foldedOutputs(whole, last, variance) };
  return {
    arrays: { ...folded, ...foldedVariance(arrays, variance, recalibration) },
    predictor: (tensors) => foldedPredictor(layout, { shape, variance }, tensors),
  };
}

/** The first layer over inputs as they are, and what is still to be subtracted from them: "input/mean" [1, 1, inputs]. */
function foldedInputs(arrays: Record<string, NamedArray>) {
  const { shape, values: kernel } = array(arrays, 'layer0/kernel');
  const bias = array(arrays, 'layer0/bias');
  const [members = 0, inputs = 0, units = 0] = shape;
  const [mean, scale] = [values(arrays, 'input/mean'), values(arrays, 'input/scale')];
  const far = Array.from(mean, (one, i) => Math.abs(one * scale[i]) > LARGEST_SHIFT);
  const [weights, biases] = [new Float32Array(kernel.length), new Float32Array(bias.values.length)];
  for (let member = 0; member < members; member++) {
    for (let unit = 0; unit < units; unit++) {
      let sum = bias.values[member * units + unit];
      for (let i = 0; i < inputs; i++) {
        const at = (member * inputs + i) * units + unit;
        const weight = kernel[at] * scale[i];
        weights[at] = weight;
        if (!far[i]) sum -= weight * mean[i];
      }
      biases[member * units + unit] = sum;
    }
  }
  const subtracted = {
    shape: [1, 1, inputs],
    values: Float32Array.from(mean, (one, i) => (far[i] ? one : 0)),
  };
  return {
    first: {
      'layer0/kernel': { shape, values: weights },
      'layer0/bias': { shape: bias.shape, values: biases },
    },
    shift: (far.includes(true) ? { 'input/mean': subtracted } : {}) as Record<string, NamedArray>,
  };
}

function hiddenLayers(
  arrays: Record<string, NamedArray>,
  { hiddenLayers: count }: MlpShape,
): Record<string, NamedArray> {
  const names = Array.from({ length: count }, (_, layer) => [`layer${layer}/kernel`, `layer${layer}/bias`]);
  return Object.fromEntries(names.flat().map((name) => [name, array(arrays, name)]));
}

/**
 * The last layer: "mean/kernel" and "mean/bias" give the targets in SI units; where the variance is learned, "both/…" gives
 * them and behind them max − raw.
 */
function foldedOutputs(
  arrays: Record<string, NamedArray>,
  last: string,
  variance: FoldableNetwork['variance'],
): Record<string, NamedArray> {
  const kernel = array(arrays, `${last}/kernel`);
  const bias = array(arrays, `${last}/bias`);
  const [members = 0, units = 0, outputs = 0] = kernel.shape;
  const [mean, std] = [array(arrays, 'target/mean').values, array(arrays, 'target/std').values];
  const targets = mean.length;
  const most = variance === 'learned' ? array(arrays, 'logVariance/max').values : undefined;
  const cut = (columns: number, name: string): Record<string, NamedArray> => {
    const weights = new Float32Array(members * units * columns);
    const biases = new Float32Array(members * columns);
    for (let member = 0; member < members; member++) {
      for (let column = 0; column < columns; column++) {
        const scale = column < targets ? std[column] : -1;
        const shift = column < targets ? mean[column] : (most?.[member * targets + column - targets] ?? 0);
        biases[member * columns + column] = bias.values[member * outputs + column] * scale + shift;
        for (let unit = 0; unit < units; unit++) {
          const row = member * units + unit;
          weights[row * columns + column] = kernel.values[row * outputs + column] * scale;
        }
      }
    }
    return {
      [`${name}/kernel`]: { shape: [members, units, columns], values: weights },
      [`${name}/bias`]: { shape: [members, 1, columns], values: biases },
    };
  };
  return { ...cut(targets, 'mean'), ...(most && cut(2 * targets, 'both')) };
}

/**
 * [members, 1, targets] or [1, 1, targets] in SI units: "variance/least", and where it is learned "logVariance/most", the
 * logarithm of what is added to it at most.
 */
function foldedVariance(
  arrays: Record<string, NamedArray>,
  variance: FoldableNetwork['variance'],
  recalibration: readonly number[] | null,
): Record<string, NamedArray> {
  const std = values(arrays, 'target/std');
  const squares = Array.from(
    std,
    (one, target) => Math.max(one ** 2, Math.exp(CERTAIN)) * (recalibration?.[target] ?? 1) ** 2,
  );
  const inUnits = ({ shape, values: logs }: NamedArray): NamedArray => ({
    shape,
    values: Float32Array.from(logs, (log, i) =>
      Math.min(LARGEST_VARIANCE, Math.max(SMALLEST_VARIANCE, Math.exp(log) * squares[i % squares.length])),
    ),
  });
  switch (variance) {
    case 'none': {
      const certain = new Float32Array(std.length).fill(CERTAIN);
      return { 'variance/least': inUnits({ shape: [1, 1, std.length], values: certain }) };
    }
    case 'fixed':
      return { 'variance/least': inUnits(array(arrays, 'logVariance/fixed')) };
    case 'learned': {
      const most = array(arrays, 'logVariance/max');
      const added = most.values.map((log, i) => log + Math.log(squares[i % squares.length]));
      return {
        'variance/least': inUnits(array(arrays, 'logVariance/min')),
        'logVariance/most': { shape: most.shape, values: added },
      };
    }
  }
}

function foldedPredictor(
  layout: ModelLayout,
  { shape, variance }: FoldableNetwork,
  tensors: Tensors,
): Predictor {
  const last = `layer${shape.hiddenLayers}`;
  const outputs = (layer: string, state: tf.Tensor3D, action: tf.Tensor3D): tf.Tensor3D => {
    const inputs = expandInputs(layout, state, action);
    const far = tensors['input/mean'];
    const ends = {
      [`${last}/kernel`]: named(tensors, `${layer}/kernel`),
      [`${last}/bias`]: named(tensors, `${layer}/bias`),
    };
    return mlp(shape, { ...tensors, ...ends }, far ? tf.sub(inputs, far) : inputs);
  };
  const mean = (state: tf.Tensor3D, action: tf.Tensor3D) => outputs('mean', state, action);
  const predict = (state: tf.Tensor3D, action: tf.Tensor3D): Required<Omit<Prediction, 'ignorance'>> => {
    if (variance !== 'learned') {
      const centre = mean(state, action);
      const least = tf.add(tf.zerosLike(centre), named(tensors, 'variance/least')) as tf.Tensor3D;
      return { mean: centre, std: tf.sqrt(least), logVariance: tf.log(least) };
    }
    const both = outputs('both', state, action);
    const [centre, below] = tf.split(both, 2, 2) as [tf.Tensor3D, tf.Tensor3D];
    const added = tf.exp(tf.sub(named(tensors, 'logVariance/most'), tf.softplus(below)));
    const total: tf.Tensor3D = tf.add(added, named(tensors, 'variance/least'));
    return { mean: centre, std: tf.sqrt(total), logVariance: tf.log(total) };
  };
  return {
    mean,
    predict,
    sample(state, action, noise) {
      const predicted = predict(state, action);
      return tf.add(predicted.mean, tf.mul(noise, predicted.std));
    },
  };
}

function array<T>(arrays: Record<string, T>, name: string): T {
  const found = arrays[name];
  if (found === undefined) throw new RangeError(`there is no array "${name}"`);
  return found;
}

const values = (arrays: Record<string, NamedArray>, name: string): Float32Array => array(arrays, name).values;
