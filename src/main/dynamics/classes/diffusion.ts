import * as tf from '@tensorflow/tfjs-core';
import type { OptionsOf } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { named, type Tensors } from '../mlp';
import { conditionalMlp, conditionOf, initialConditionalMlp } from './conditional-mlp';
import { type ResidualContext, residualClass } from './residual-class';

type Options = OptionsOf<'diffusion'>;

/** Largest and smallest noise, in standard deviations of z. */
const [LARGEST, SMALLEST] = [5, 0.01];
const RANGE = Math.log(LARGEST / SMALLEST);
/** Noise levels that every transition of a batch is looked at with. */
const LEVELS_A_ROW = 8;
/** Noise levels that the hold-out is judged with, all its rows together, where it is small. */
const JUDGED = 4000;
const JUDGED_A_ROW = { min: 4, max: 32 };
/** Sines and cosines of the noise level that the network sees beside the level itself. */
const FREQUENCIES = 4;
const EMBEDDING = 1 + 2 * FREQUENCIES;
const LN_2PI_E = Math.log(2 * Math.PI) + 1;

/**
 * A diffusion model of the residual z (residual-class.ts) given state and action, trained by denoising score matching
 * (Vincent 2011; Song & Ermon 2019; Ho et al. 2020) with the preconditioning of Karras et al. 2022 (EDM, table 1), whose
 * data standard deviation is 1 here. Noise of standard deviation σ is added to z, and a network takes it off again:
 *   z_σ = z + σ n,  D_φ(z_σ; σ, x) = z_σ / (1 + σ²) + σ / √(1 + σ²) · F_φ(z_σ / √(1 + σ²), ln σ, x)
 *   min_φ E ‖F_φ − (σ z − n) / √(1 + σ²)‖²,  the score being ∇ ln p_σ(z_σ | x) = (D_φ − z_σ) / σ²
 * (at σ_data = 1 EDM's target is the "v" of Salimans & Ho 2022). `noiseLevels` levels lie evenly in ln σ; every
 * transition of a batch is seen at eight of them, spread evenly over the batch (Kingma et al. 2021).
 *
 * Sampler: `samplerSteps` Euler steps of the probability flow (Song et al. 2021) along the angle α = arctan σ, in which
 * what preconditioning scales, u = z_σ / √(1 + σ²), changes by F alone:
 *   u ~ N(0, 1) at σ_1;  u ← u + (α_k − α_{k+1}) · F_φ(u, ln σ_k, x);  at last z = D_φ
 * Levels are even in σ^⅓. A residual that is Gaussian has F = 0 and is drawn exactly in any number of steps; DDIM's step,
 * exact for a residual that is a point, draws it 15 % too narrow in ten. On mixtures of known density ten such steps
 * come nearer than ten of DDIM or of a second-order multistep method, which overshoots where the score turns sharply
 * between two modes. Deterministic: the same noise gives the same draw, and none is added at the end, so a spread below
 * 0.01 standard deviations of the residual is drawn as none. One draw costs `samplerSteps` + 1 networks.
 *
 * Reported: an upper bound on the negative log-likelihood, nats a channel, from the denoising errors at all levels
 * (Kong et al. 2023, with L(σ) the loss above per channel and the part beyond the outermost levels left out):
 *   −ln p(z) ≈ ½ ln 2πe − ∫ (1 − L(σ)) / (1 + σ²) d ln σ
 * which is comparable with the likelihood of the Gaussian classes. What noise of 0.01 hides does not count in it. The
 * hold-out is judged with fixed noise.
 */
export const diffusion = residualClass('diffusion', {
  initialWeights: ({ inputs, targets }, options, random) =>
    initialConditionalMlp(
      options,
      { conditions: inputs, variables: targets + EMBEDDING, outputs: targets },
      random,
    ),
  noise: ({ targets }, _options, batch) => [
    { name: 'level', shape: [1, 1, 1], kind: 'uniform' },
    { name: 'noise', shape: [1, batch * LEVELS_A_ROW, targets], kind: 'normal' },
  ],
  loss({ noise, ...context }) {
    const count = rowsOf(context) * LEVELS_A_ROW;
    const level = logLevels(context.options, stratified(count, named(noise, 'level')));
    const { errors, nll } = denoising(context, level, named(noise, 'noise'));
    return { objective: tf.mean(errors, [1, 2]), nll };
  },
  judge(context) {
    const rows = rowsOf(context);
    const { min, max } = JUDGED_A_ROW;
    const count = rows * Math.min(max, Math.max(min, Math.ceil(JUDGED / rows)));
    const shape: [number, number, number] = [1, count, context.residuals.shape[2]];
    const noise = new Random(0).fillNormal(new Float32Array(count * shape[2]));
    const level = logLevels(context.options, stratified(count, tf.zeros([1, 1, 1])));
    return denoising(context, level, tf.tensor3d(noise, shape)).nll;
  },
  noiseWidth: (targets) => targets,
  draw({ options, tensors, inputs, noise }) {
    const condition = conditionOf(tensors, inputs);
    const f = (u: tf.Tensor3D, sigma: number): tf.Tensor3D => {
      const level: tf.Tensor3D = tf.fill([1, u.shape[1], 1], Math.log(sigma));
      return network(options, tensors, condition, u, level);
    };
    return probabilityFlow(f, noise, samplerLevels(options));
  },
});

/** Noise levels that the sampler stops at, largest first: of those that were learned the nearest to even in σ^⅓. */
export function samplerLevels({ samplerSteps, noiseLevels }: Options): number[] {
  const [first, last] = [Math.cbrt(LARGEST), Math.cbrt(SMALLEST)];
  return Array.from({ length: samplerSteps }, (_, step) => {
    const share = samplerSteps === 1 ? 0 : step / (samplerSteps - 1);
    const sigma = (first + share * (last - first)) ** 3;
    const index = Math.round((Math.log(sigma / SMALLEST) / RANGE) * (noiseLevels - 1));
    return SMALLEST * Math.exp((RANGE * index) / (noiseLevels - 1));
  });
}

/**
 * The sampler above, [1, rows, targets] from standard normals of that shape.
 * @param f F(u, σ)
 * @param levels σ_1 > σ_2 > …
 */
export function probabilityFlow(
  f: (u: tf.Tensor3D, sigma: number) => tf.Tensor3D,
  noise: tf.Tensor3D,
  levels: readonly number[],
): tf.Tensor3D {
  let u = noise;
  for (const [step, sigma] of levels.entries()) {
    const next = levels[step + 1];
    const angle = Math.atan(sigma);
    const velocity = f(u, sigma);
    if (next === undefined) return tf.add(tf.mul(u, Math.cos(angle)), tf.mul(velocity, Math.sin(angle)));
    u = tf.add(u, tf.mul(velocity, angle - Math.atan(next)));
  }
  throw new RangeError('a sampler needs at least one noise level');
}

type Context = Omit<ResidualContext<'diffusion'>, 'noise'>;
const rowsOf = ({ residuals }: Context): number => residuals.shape[1];

/**
 * @param logSigma [1, rows · n, 1], the n levels of a row one after the other
 * @param noise [1, rows · n, targets]
 * @returns squared errors of F_φ [1, rows · n, targets], and the bound [1]
 */
function denoising(
  { options, tensors, inputs, residuals }: Context,
  logSigma: tf.Tensor3D,
  noise: tf.Tensor3D,
): { errors: tf.Tensor3D; nll: tf.Tensor1D } {
  const [, rows, targets] = residuals.shape;
  const each = noise.shape[1] / rows;
  const repeated = tf.tile(tf.reshape(residuals, [rows, 1, targets]), [1, each, 1]);
  const z: tf.Tensor3D = tf.reshape(repeated, noise.shape);
  const sigma = tf.exp(logSigma);
  const scale = tf.rsqrt(tf.add(tf.square(sigma), 1));
  const noisy: tf.Tensor3D = tf.mul(tf.add(z, tf.mul(sigma, noise)), scale);
  const wanted = tf.mul(tf.sub(tf.mul(sigma, z), noise), scale);
  const f = network(options, tensors, conditionOf(tensors, inputs), noisy, logSigma);
  const errors: tf.Tensor3D = tf.square(tf.sub(f, wanted));
  const gain = tf.mul(tf.mean(tf.mul(tf.sub(1, errors), tf.square(scale)), [1, 2]), RANGE);
  return { errors, nll: tf.sub(0.5 * LN_2PI_E, gain) };
}

/** F_φ, [1, rows · n, targets], of what EDM's preconditioning has scaled. */
function network(
  options: Options,
  tensors: Tensors,
  condition: tf.Tensor3D,
  scaled: tf.Tensor3D,
  logSigma: tf.Tensor3D,
): tf.Tensor3D {
  /** 0 to π from the smallest noise to the largest. */
  const place: tf.Tensor3D = tf.mul(tf.sub(logSigma, Math.log(SMALLEST)), Math.PI / RANGE);
  const waves = Array.from({ length: FREQUENCIES }, (_, k) => {
    const angle = tf.mul(place, k + 1);
    return [tf.sin(angle), tf.cos(angle)] as tf.Tensor3D[];
  });
  const level: tf.Tensor3D = tf.sub(tf.mul(place, 2 / Math.PI), 1);
  return conditionalMlp(options, tensors, condition, tf.concat([scaled, level, ...waves.flat()], 2));
}

/** ln σ of the levels that numbers in [0, 1) pick, [1, count, 1]. */
function logLevels({ noiseLevels }: Options, uniform: tf.Tensor3D): tf.Tensor3D {
  const index = tf.minimum(tf.floor(tf.mul(uniform, noiseLevels)), noiseLevels - 1);
  return tf.add(tf.mul(index, RANGE / (noiseLevels - 1)), Math.log(SMALLEST));
}

/** Numbers that fill [0, 1) evenly whatever the offset, neighbours far apart (golden ratio), [1, count, 1]. */
function stratified(count: number, offset: tf.Tensor3D): tf.Tensor3D {
  const golden = (Math.sqrt(5) - 1) / 2;
  const fixed = Float32Array.from({ length: count }, (_, i) => (i * golden) % 1);
  const shifted = tf.add(tf.tensor3d(fixed, [1, count, 1]), offset);
  return tf.sub(shifted, tf.floor(shifted));
}
