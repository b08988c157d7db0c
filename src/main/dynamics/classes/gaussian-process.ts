import { performance } from 'node:perf_hooks';
import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { Breath } from '../../../shared/linear-algebra/products';
import { mean } from '../../../shared/statistics';
import type { Rows } from '../data/training-data';
import { inputCount, targetCount } from '../layout';
import { named } from '../mlp';
import { normalisedInputs, physicalTargets } from '../predictor';
import type { Hyperparameters } from './gaussian-process/hyperparameters';
import { KERNELS, type Kernel } from './gaussian-process/kernels';
import type { Regression } from './gaussian-process/marginal-likelihood';
import { condition, type Posterior, predictAt } from './gaussian-process/posterior';
import { searchHyperparameters } from './gaussian-process/search';
import { tracedPosterior } from './gaussian-process/traced';
import type { Arrays, DirectClass, FitContext } from './types';

/** What may be left open of a point's variance for it to be left out: a share of the noise, of σ_f² what float32 can tell. */
const NEGLIGIBLE = { ofNoise: 1e-2, least: 1e-7 };
/** Points to choose from, and rows to be judged on, at most. */
const MOST_CANDIDATES = 10_000;
const MOST_JUDGED = 1000;
/** Between two reports of progress inside long algebra. */
const BREATH_MS = 100;
/** Of a target that never changes: certain, and nobody asks. */
const CONSTANT: Omit<Hyperparameters, 'lengthScales'> = { signalVariance: 1e-2, noiseVariance: 1e-8 };

type Fit = FitContext<'gaussian-process'>;

/**
 * One independent Gaussian process a target, with zero mean and one length scale an input (ARD):
 *   f ~ GP(0, σ_f² c(x, x')),  y = f(x) + ε,  ε ~ N(0, σ_n²)
 *   p(y* | x*, X, y) = N(k*ᵀ(K + σ_n² I)⁻¹ y,  σ_n² + k** − k*ᵀ(K + σ_n² I)⁻¹ k*)
 * (Rasmussen & Williams 2006, equations 2.25 and 2.26). σ_n² is the noise (`logVariance`), the rest of the variance is
 * what is not known (`ignorance`): small at data, σ_f² far from it.
 *
 * Hyper-parameters: −ln p(y | X) by gradient (marginal-likelihood.ts, equation 5.9) with iRprop⁺, first on 400 transitions
 * chosen at random, then a tenth as many steps on up to 1500 of them (search.ts). Up to `exactUpTo` transitions the
 * posterior is conditioned on every one exactly; beyond, through inducing points that are chosen greedily by variance,
 * with the collapsed bound of Titsias 2009 (variational-bound.ts) on up to 5000 transitions in place of the likelihood.
 *
 * Prediction in float32: a pivoted Cholesky decomposition keeps as many points as carry more than a hundredth of
 * the noise or 1e-7 of σ_f² (posterior.ts); of 1000 transitions some 50 to 150 with the squared exponential, two or three
 * times that with the rougher Matérn. A prediction costs targets · points · inputs differences and, where the
 * spread is asked for, 2 · targets · points² multiplications. Measured on one thread, 150 candidates × 25 steps, 4
 * targets and 6 inputs, against a network of 2 × 128 units: with 74 points 3 times as long without the spread and 8 times with
 * it, with 105 points 6 and 10 times, with 343 points 26 and 45 times. A plan that tries candidates
 * always asks for it: up to some 100 points it is made in real time at 20 Hz.
 *
 * Arrays, all [1, targets, …], normalised units: "points" [points, inputs], "lengthScales" [inputs], "signalVariance" and
 * "noiseVariance" [], "alpha" [points], "whitening" and "shrinking" [points, points] (W and V of posterior.ts).
 */
export const gaussianProcess: DirectClass<'gaussian-process'> = {
  kind: 'direct',
  name: 'gaussian-process',
  losses: ['one-step', 'dad'],
  knowsIgnorance: true,
  members: () => 1,
  elites: () => 1,
  shapes(layout, _options, found) {
    const [targets, inputs] = [targetCount(layout), inputCount(layout)];
    const points = found.get('points')?.[2] ?? 1;
    return new Map([
      ['points', [1, targets, points, inputs]],
      ['lengthScales', [1, targets, inputs]],
      ['signalVariance', [1, targets]],
      ['noiseVariance', [1, targets]],
      ['alpha', [1, targets, points]],
      ['whitening', [1, targets, points, points]],
      ['shrinking', [1, targets, points, points]],
    ]);
  },
  fit,
  predictionArrays: ({ weights }) => Object.fromEntries(weights),
  noiseWidth: targetCount,
  predictor(layout, options, tensors) {
    const predict = (state: tf.Tensor3D, action: tf.Tensor3D) => {
      const inputs = normalisedInputs(layout, tensors, state, action);
      const { mean, latent } = tracedPosterior(options.kernel, tensors, inputs);
      const noise = tf.reshape(tf.log(named(tensors, 'noiseVariance')), [1, 1, targetCount(layout)]);
      const logVariance = tf.add(noise, named(tensors, 'target/logVariance'));
      return {
        mean: physicalTargets(tensors, mean),
        logVariance: tf.add(tf.zerosLike(mean), logVariance) as tf.Tensor3D,
        ignorance: tf.mul(latent, tf.square(named(tensors, 'target/std'))) as tf.Tensor3D,
      };
    };
    return {
      predict,
      mean: (state, action) => predict(state, action).mean,
      sample(state, action, noise) {
        const { mean, logVariance, ignorance } = predict(state, action);
        return tf.add(mean, tf.mul(noise, tf.sqrt(tf.add(tf.exp(logVariance), ignorance))));
      },
    };
  },
};

async function fit({ layout, options, train, holdOut, random, progress }: Fit) {
  const kernel = KERNELS[options.kernel];
  const curve: { epoch: number; train: number; holdOut: number | null }[] = [];
  let at: [step: number, steps: number, loss: number] = [0, options.iterations, 0];
  let breathed = performance.now();
  const breath: Breath = () => {
    if (performance.now() - breathed < BREATH_MS) return;
    breathed = performance.now();
    return progress(...at);
  };
  const outputs = regressionsOf(train, layout);
  const moving = outputs.filter(changes);
  const { found, losses } = await searchHyperparameters(
    moving,
    { ...options, kernel, random: random.fork('search') },
    async (...now) => {
      at = now;
      curve.push({ epoch: now[0], train: now[2], holdOut: null });
      await progress(...now);
    },
    breath,
  );
  const posteriors: Posterior[] = [];
  for (const output of outputs) {
    const hyperparameters = found[moving.indexOf(output)] ?? constant(output);
    const rows = random.fork('candidates').shuffle(Int32Array.from({ length: train.rows }, (_, i) => i));
    const rho = hyperparameters.noiseVariance / hyperparameters.signalVariance;
    const limit = {
      tolerance: Math.max(NEGLIGIBLE.ofNoise * rho, NEGLIGIBLE.least),
      count: train.rows <= options.exactUpTo ? train.rows : options.inducingPoints,
      candidates: rows.subarray(0, MOST_CANDIDATES),
    };
    const posterior = await condition(kernel, output, hyperparameters, limit, breath);
    if (posterior === undefined) throw notPositiveError();
    posteriors.push(posterior);
  }
  const judged = holdOut && (await judge(kernel, posteriors, regressionsOf(holdOut, layout), breath));
  return {
    weights: arraysOf(posteriors, inputCount(layout)),
    losses: [judged ?? meanOf(losses)],
    curve,
    epochs: curve.length,
    notes: notesOf(train.rows, options, posteriors),
  };
}

/** One regression a target, over the same inputs. */
function regressionsOf({ rows, inputs, targets }: Rows, layout: Fit['layout']): Regression[] {
  const width = targetCount(layout);
  const points = { values: Float64Array.from(inputs), count: rows, width: inputCount(layout) };
  return Array.from({ length: width }, (_, target) => ({
    points,
    targets: Float64Array.from({ length: rows }, (_, row) => targets[row * width + target]),
  }));
}

const changes = ({ targets }: Regression): boolean => targets.some((value) => value !== 0);

const constant = ({ points }: Regression): Hyperparameters => ({
  ...CONSTANT,
  lengthScales: new Float64Array(points.width).fill(1),
});

/** Negative log-likelihood, nats a channel that changes, of rows that were not learned from. */
async function judge(
  kernel: Kernel,
  posteriors: readonly Posterior[],
  heldOut: readonly Regression[],
  breath: Breath,
): Promise<number> {
  const losses: number[] = [];
  for (const [output, { points, targets }] of heldOut.entries()) {
    const posterior = posteriors[output] as Posterior;
    if (!changes({ points, targets })) continue;
    const count = Math.min(MOST_JUDGED, points.count);
    const rows = { ...points, count, values: points.values.subarray(0, count * points.width) };
    const { mean: means, latent } = await predictAt(kernel, posterior, rows, breath);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const variance = latent[i] + posterior.hyperparameters.noiseVariance;
      const error = targets[i] - means[i];
      sum += 0.5 * (Math.log(2 * Math.PI * variance) + error ** 2 / variance);
    }
    losses.push(sum / count);
  }
  return meanOf(losses);
}

/** The posteriors as arrays of a model file; those with fewer points end in points that weigh nothing. */
function arraysOf(posteriors: readonly Posterior[], inputs: number): Arrays {
  const targets = posteriors.length;
  const most = Math.max(...posteriors.map(({ points }) => points.count));
  const array = (...shape: number[]) => ({
    shape: [1, targets, ...shape],
    values: new Float32Array(targets * shape.reduce((a, b) => a * b, 1)),
  });
  const points = array(most, inputs);
  const lengthScales = array(inputs);
  const [signalVariance, noiseVariance] = [array(), array()];
  const alpha = array(most);
  const [whitening, shrinking] = [array(most, most), array(most, most)];
  posteriors.forEach((one, target) => {
    const { count } = one.points;
    points.values.set(one.points.values, target * most * inputs);
    lengthScales.values.set(one.hyperparameters.lengthScales, target * inputs);
    signalVariance.values[target] = one.hyperparameters.signalVariance;
    noiseVariance.values[target] = one.hyperparameters.noiseVariance;
    alpha.values.set(one.alpha, target * most);
    for (let row = 0; row < count; row++) {
      const to = (target * most + row) * most;
      whitening.values.set(one.whitening.subarray(row * count, (row + 1) * count), to);
      shrinking.values.set(one.shrinking.subarray(row * count, (row + 1) * count), to);
    }
  });
  return new Map(
    Object.entries({ points, lengthScales, signalVariance, noiseVariance, alpha, whitening, shrinking }),
  );
}

function notesOf(rows: number, options: Fit['options'], posteriors: readonly Posterior[]): string[] {
  const most = Math.max(...posteriors.map(({ points }) => points.count));
  if (rows <= options.exactUpTo) {
    return [`The Gaussian process is exact over ${rows} transitions; ${most} of them carry its predictions.`];
  }
  return [
    `The Gaussian process stands on ${most} inducing points, because ${rows} transitions are more than ${options.exactUpTo}.`,
  ];
}

const notPositiveError = (): ForesightError =>
  new ForesightError(
    'bad-data',
    'The Gaussian process could not be fitted: its covariance is not positive definite in float64.',
    'Look for wild values in the episodes, or choose another kernel or fewer inducing points.',
  );

/** 0 where no target ever changes: there is nothing to be wrong about. */
const meanOf = (losses: readonly number[]): number => (losses.length === 0 ? 0 : mean(losses));
