import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromVector,
  type Hyperparameters,
} from '../../src/main/dynamics/classes/gaussian-process/hyperparameters';
import {
  KERNELS,
  type KernelName,
  type Points,
} from '../../src/main/dynamics/classes/gaussian-process/kernels';
import {
  marginalLikelihood,
  type Regression,
} from '../../src/main/dynamics/classes/gaussian-process/marginal-likelihood';
import {
  condition,
  type Posterior,
  predictAt,
} from '../../src/main/dynamics/classes/gaussian-process/posterior';
import { Rprop } from '../../src/main/dynamics/classes/gaussian-process/rprop';
import { tracedPosterior } from '../../src/main/dynamics/classes/gaussian-process/traced';
import { variationalBound } from '../../src/main/dynamics/classes/gaussian-process/variational-bound';
import { openEngine } from '../../src/main/tensor';
import {
  cholesky,
  choleskySlowly,
  inverseTransposed,
  solveRows,
  squareOfUpper,
} from '../../src/shared/linear-algebra/cholesky';
import { NO_BREATH } from '../../src/shared/linear-algebra/products';
import { Random } from '../../src/shared/random';

const SE = KERNELS['squared-exponential'];
const kernelName = fc.constantFrom<KernelName>('squared-exponential', 'matern52');

/** Noisy samples of a smooth function of the first two inputs. */
function regression(count: number, width: number, random: Random, noise = 0.1): Regression {
  const values = Float64Array.from({ length: count * width }, () => random.normal());
  const at = (i: number, d: number) => values[i * width + Math.min(d, width - 1)];
  return {
    points: { values, count, width },
    targets: Float64Array.from(
      { length: count },
      (_, i) => Math.sin(at(i, 0)) + 0.5 * at(i, 1) + noise * random.normal(),
    ),
  };
}

const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const hyper = (lengthScale: number, width: number, noiseVariance: number): Hyperparameters => ({
  lengthScales: new Float64Array(width).fill(lengthScale),
  signalVariance: 1,
  noiseVariance,
});

async function posteriorOf(kernel: KernelName, one: Regression, given: Hyperparameters): Promise<Posterior> {
  const limit = { tolerance: 0, count: one.points.count, candidates: all(one.points.count) };
  const found = await condition(KERNELS[kernel], one, given, limit, NO_BREATH);
  if (found === undefined) throw new Error('not positive definite');
  return found;
}

describe('linear algebra', () => {
  it('decomposes, solves and inverts positive definite matrices of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 150 }), fc.integer(), async (n, seed) => {
        const random = new Random(seed);
        const b = Float64Array.from({ length: n * n }, () => random.normal());
        const a = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            for (let k = 0; k < n; k++)
              a[i * n + j] = (a[i * n + j] ?? 0) + (b[i * n + k] ?? 0) * (b[j * n + k] ?? 0);
          }
          a[i * n + i] = (a[i * n + i] ?? 0) + n;
        }
        const l = a.slice();
        const whole = l.slice();
        expect(await choleskySlowly(l, n, NO_BREATH)).toBe(true);
        // Without breaths it is the same, to the bit.
        expect(cholesky(whole, n)).toBe(true);
        expect(whole).toEqual(l);
        const inverse = new Float64Array(n * n);
        const upper = new Float64Array(n * n);
        await inverseTransposed(l, n, upper, NO_BREATH);
        await squareOfUpper(upper, n, inverse, NO_BREATH);
        const row = Float64Array.from({ length: n }, () => random.normal());
        const solved = row.slice();
        await solveRows(l, n, solved, 1, NO_BREATH);
        const worst = { inverse: 0, solved: 0 };
        for (let i = 0; i < n; i++) {
          let back = 0;
          for (let k = 0; k <= i; k++) back += (l[i * n + k] ?? 0) * (solved[k] ?? 0);
          worst.solved = Math.max(worst.solved, Math.abs(back - (row[i] ?? 0)));
          for (let j = 0; j < n; j++) {
            let unit = i === j ? -1 : 0;
            for (let k = 0; k < n; k++) {
              unit += (a[i * n + k] ?? 0) * (inverse[Math.max(k, j) * n + Math.min(k, j)] ?? 0);
            }
            worst.inverse = Math.max(worst.inverse, Math.abs(unit));
          }
        }
        expect(worst.inverse).toBeLessThan(1e-9);
        expect(worst.solved).toBeLessThan(1e-9);
      }),
      { numRuns: 12 },
    );
  });

  it('says so when a matrix is not positive definite', async () => {
    expect(await choleskySlowly(Float64Array.of(1, 2, 2, 1), 2, NO_BREATH)).toBe(false);
    expect(await choleskySlowly(Float64Array.of(Number.NaN), 1, NO_BREATH)).toBe(false);
  });
});

describe('the marginal likelihood', () => {
  it('of two points is that of a two-dimensional Gaussian', async () => {
    const points: Points = { values: Float64Array.of(0, 1), count: 2, width: 1 };
    const [y0, y1] = [0.3, -0.8];
    const [lengthScale, signal, noise] = [0.7, 1.5, 0.2];
    const theta = Float64Array.of(Math.log(lengthScale), Math.log(signal), Math.log(noise / signal));
    for (const [kernel, c] of [
      ['squared-exponential', Math.exp(-0.5 / 0.49)],
      ['matern52', (1 + Math.sqrt(5) / 0.7 + 5 / 3 / 0.49) * Math.exp(-Math.sqrt(5) / 0.7)],
    ] as const) {
      const [variance, covariance] = [signal + noise, signal * c];
      const determinant = variance ** 2 - covariance ** 2;
      const square = (variance * (y0 ** 2 + y1 ** 2) - 2 * covariance * y0 * y1) / determinant;
      const expected = (0.5 * square + 0.5 * Math.log(determinant) + Math.log(2 * Math.PI)) / 2;
      const data = { points, targets: Float64Array.of(y0, y1) };
      const { value } = await marginalLikelihood(KERNELS[kernel], data, theta, NO_BREATH);
      expect(value).toBeCloseTo(expected, 12);
    }
  });

  it('and its variational bound have the gradients that finite differences give', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          kernel: kernelName,
          rows: fc.integer({ min: 3, max: 90 }),
          width: fc.integer({ min: 1, max: 3 }),
          inducing: fc.integer({ min: 1, max: 90 }),
          logs: fc.array(fc.double({ min: -0.7, max: 0.7, noNaN: true }), { minLength: 5, maxLength: 5 }),
          logNoise: fc.double({ min: -5, max: 1, noNaN: true }),
          seed: fc.integer(),
        }),
        async ({ kernel, rows, width, inducing, logs, logNoise, seed }) => {
          const data = regression(rows, width, new Random(seed));
          const few = Math.min(inducing, rows);
          const z = { values: data.points.values.slice(0, few * width), count: few, width };
          const theta = Float64Array.of(...logs.slice(0, width + 1), logNoise);
          for (const loss of [
            (at: Float64Array) => marginalLikelihood(KERNELS[kernel], data, at, NO_BREATH),
            (at: Float64Array) => variationalBound(KERNELS[kernel], data, z, at, NO_BREATH),
          ]) {
            const { gradient } = await loss(theta);
            for (let i = 0; i < theta.length; i++) {
              const shifted = async (by: number) =>
                (await loss(theta.map((v, k) => (k === i ? v + by : v)))).value;
              const slope = ((await shifted(1e-4)) - (await shifted(-1e-4))) / 2e-4;
              expect(Math.abs(slope - gradient[i]) / Math.max(1, Math.abs(slope))).toBeLessThan(1e-5);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('equals the bound where every point is an inducing point, and lies above it otherwise', async () => {
    const data = regression(60, 2, new Random(2));
    const theta = Float64Array.of(0.1, 0.2, 0.3, -3);
    const exact = await marginalLikelihood(SE, data, theta, NO_BREATH);
    const whole = await variationalBound(SE, data, data.points, theta, NO_BREATH);
    expect(whole.value).toBeCloseTo(exact.value, 6);
    let before = whole.value;
    for (const count of [40, 20, 5]) {
      const z = { values: data.points.values.slice(0, 2 * count), count, width: 2 };
      const { value } = await variationalBound(SE, data, z, theta, NO_BREATH);
      expect(value).toBeGreaterThan(before);
      before = value;
    }
  });

  it('is climbed to the length scales that the data was drawn with', async () => {
    const random = new Random(7);
    const [n, truth] = [250, Float64Array.of(Math.log(0.8), Math.log(4), 0, Math.log(0.01))];
    const points = {
      values: Float64Array.from({ length: 2 * n }, () => 2 * random.normal()),
      count: n,
      width: 2,
    };
    // A draw from the process itself: L times white noise.
    const { lengthScales } = fromVector(truth);
    const k = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const gap = (d: number) =>
          ((points.values[2 * i + d] ?? 0) - (points.values[2 * j + d] ?? 0)) / (lengthScales[d] ?? 1);
        k[i * n + j] = Math.exp(-0.5 * (gap(0) ** 2 + gap(1) ** 2)) + (i === j ? 0.01 : 0);
      }
    }
    await choleskySlowly(k, n, NO_BREATH);
    const white = Float64Array.from({ length: n }, () => random.normal());
    const targets = white.map((_, i) =>
      white.reduce((sum, w, j) => (j > i ? sum : sum + (k[i * n + j] ?? 0) * w), 0),
    );
    const search = new Rprop(new Float64Array(4), {
      low: new Float64Array(4).fill(-9),
      high: new Float64Array(4).fill(4),
    });
    for (let step = 0; step < 60; step++) {
      search.update(await marginalLikelihood(SE, { points, targets }, search.theta, NO_BREATH));
    }
    for (const [i, value] of search.best.theta.entries()) {
      // A patch of this size holds few independent pieces of the function, so σ_f² and all that is relative to it is known least.
      expect(Math.abs(value - (truth[i] ?? 0))).toBeLessThan(i < 2 ? 0.3 : 1);
    }
  });
});

describe('the posterior', () => {
  it('of one point is what two jointly Gaussian numbers say about each other', async () => {
    const one = { points: { values: Float64Array.of(0.5), count: 1, width: 1 }, targets: Float64Array.of(2) };
    const posterior = await posteriorOf('squared-exponential', one, hyper(1, 1, 0.1));
    const at = { values: Float64Array.of(0.5, 1.5), count: 2, width: 1 };
    const { mean, latent } = await predictAt(SE, posterior, at, NO_BREATH);
    for (const [i, c] of [1, Math.exp(-0.5)].entries()) {
      expect(mean[i]).toBeCloseTo((c * 2) / 1.1, 5);
      expect(latent[i]).toBeCloseTo(1 - c ** 2 / 1.1, 5);
    }
  });

  it('is the textbook’s k** − k(K + σ²I)⁻¹k for any data', async () => {
    await fc.assert(
      fc.asyncProperty(kernelName, fc.integer({ min: 2, max: 80 }), fc.integer(), async (kernel, n, seed) => {
        const random = new Random(seed);
        const data = regression(n, 2, random);
        const posterior = await posteriorOf(kernel, data, hyper(0.8, 2, 0.01));
        const at = {
          values: Float64Array.from({ length: 20 }, () => 2 * random.normal()),
          count: 10,
          width: 2,
        };
        const { mean, latent } = await predictAt(KERNELS[kernel], posterior, at, NO_BREATH);
        const c = (a: Points, i: number, b: Points, j: number) => {
          const gap = (d: number) => ((a.values[2 * i + d] ?? 0) - (b.values[2 * j + d] ?? 0)) / 0.8;
          return KERNELS[kernel].value(gap(0) ** 2 + gap(1) ** 2);
        };
        const k = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) k[i * n + j] = c(data.points, i, data.points, j) + (i === j ? 0.01 : 0);
        }
        await choleskySlowly(k, n, NO_BREATH);
        const y = data.targets.slice();
        await solveRows(k, n, y, 1, NO_BREATH);
        for (let i = 0; i < at.count; i++) {
          const v = Float64Array.from({ length: n }, (_, j) => c(at, i, data.points, j));
          await solveRows(k, n, v, 1, NO_BREATH);
          const expected = v.reduce((sum, part, j) => sum + part * (y[j] ?? 0), 0);
          const std = Math.sqrt(1.01 - v.reduce((sum, part) => sum + part ** 2, 0));
          expect(Math.abs((mean[i] ?? Number.NaN) - expected) / std).toBeLessThan(0.02);
          expect(Math.abs(Math.sqrt((latent[i] ?? Number.NaN) + 0.01) / std - 1)).toBeLessThan(0.01);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('in float32 has the standard deviation of float64 within 1 % near data', async () => {
    const engine = await openEngine();
    for (const kernel of ['squared-exponential', 'matern52'] as const) {
      const random = new Random(3);
      const [n, width, noise] = [400, 4, 1e-3];
      const data = regression(n, width, random, Math.sqrt(noise));
      const given = hyper(3, width, noise);
      const limit = { tolerance: 1e-2 * noise, count: n, candidates: all(n) };
      const compressed = (await condition(KERNELS[kernel], data, given, limit, NO_BREATH)) as Posterior;
      const count = 100;
      const values = Float64Array.from({ length: count * width }, (_, i) =>
        Math.fround((data.points.values[i] ?? 0) + 0.1 * random.normal()),
      );
      const exact = await posteriorOf(kernel, data, given);
      const truth = await predictAt(KERNELS[kernel], exact, { values, count, width }, NO_BREATH);
      const r = compressed.points.count;
      const array = (from: Float64Array, shape: number[]) => tf.tensor(Float32Array.from(from), shape);
      const compiled = await engine.compile(
        ({ x }) => {
          const arrays = {
            points: array(compressed.points.values, [1, 1, r, width]),
            lengthScales: array(given.lengthScales, [1, 1, width]),
            signalVariance: tf.tensor([1], [1, 1]),
            alpha: array(compressed.alpha, [1, 1, r]),
            whitening: array(compressed.whitening, [1, 1, r, r]),
            shrinking: array(compressed.shrinking, [1, 1, r, r]),
          };
          return { ...tracedPosterior(kernel, arrays, x as tf.Tensor3D) };
        },
        [{ name: 'x', shape: [1, count, width] }],
        { name: 'posterior' },
      );
      const { mean, latent } = await compiled.run({ x: Float32Array.from(values) });
      await compiled.dispose();
      const errors = Array.from({ length: count }, (_, i) => {
        const std = Math.sqrt((truth.latent[i] ?? 0) + noise);
        expect(Math.abs((mean?.[i] ?? Number.NaN) - (truth.mean[i] ?? 0)) / std).toBeLessThan(0.05);
        return Math.abs(Math.sqrt((latent?.[i] ?? Number.NaN) + noise) / std - 1);
      });
      expect(Math.max(...errors)).toBeLessThan(0.01);
    }
  });

  it('knows least far away: the latent variance grows to that of the prior', async () => {
    const data = regression(100, 1, new Random(5));
    const posterior = await posteriorOf('matern52', data, hyper(0.6, 1, 0.01));
    const at = { values: Float64Array.of(0, 3, 4, 6, 20), count: 5, width: 1 };
    const { latent, mean } = await predictAt(KERNELS.matern52, posterior, at, NO_BREATH);
    expect(latent[0]).toBeLessThan(0.01);
    for (let i = 1; i < 5; i++) expect(latent[i]).toBeGreaterThan(latent[i - 1]);
    expect(latent[4]).toBeCloseTo(1, 6);
    expect(mean[4]).toBeCloseTo(0, 6);
  });

  it('stands twins, and needs no point twice', async () => {
    const { points, targets } = regression(40, 2, new Random(6));
    const twice = {
      points: { ...points, values: Float64Array.of(...points.values, ...points.values), count: 80 },
      targets: Float64Array.of(...targets, ...targets),
    };
    const limit = { tolerance: 1e-5, count: 80, candidates: all(80) };
    const posterior = await condition(SE, twice, hyper(1, 2, 1e-3), limit, NO_BREATH);
    expect(posterior?.points.count).toBeLessThanOrEqual(40);
    const { mean } = await predictAt(SE, posterior as Posterior, points, NO_BREATH);
    const worst = Math.max(...mean.map((value, i) => Math.abs(value - (targets[i] ?? 0))));
    expect(worst).toBeLessThan(0.4);
  });
});
