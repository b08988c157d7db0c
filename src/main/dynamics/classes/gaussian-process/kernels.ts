import type { OptionsOf } from '../../../../shared/model-options';

export type KernelName = OptionsOf<'gaussian-process'>['kernel'];

/** A stationary covariance of unit variance as a function of the squared scaled distance r² = Σ_d (x_d − x'_d)² / ℓ_d². */
export interface Kernel {
  value(r2: number): number;
  /** −2 dk/dr², so that ∂k/∂ln ℓ_d = slope · (x_d − x'_d)² / ℓ_d². */
  slope(r2: number): number;
}

/** Rasmussen & Williams 2006, equations 4.9 and 4.17. */
export const KERNELS: Record<KernelName, Kernel> = {
  'squared-exponential': {
    value: (r2) => Math.exp(-0.5 * r2),
    slope: (r2) => Math.exp(-0.5 * r2),
  },
  matern52: {
    value(r2) {
      const s = Math.sqrt(5 * r2);
      return (1 + s + (5 / 3) * r2) * Math.exp(-s);
    },
    slope(r2) {
      const s = Math.sqrt(5 * r2);
      return (5 / 3) * (1 + s) * Math.exp(-s);
    },
  },
};

/** Inputs of a Gaussian process, [count, width] row-major. */
export interface Points {
  values: Float64Array;
  count: number;
  width: number;
}

/** Every column divided by its length scale. */
export function scaled({ values, count, width }: Points, lengthScales: ArrayLike<number>): Points {
  const result = new Float64Array(values.length);
  for (let d = 0; d < width; d++) {
    const factor = 1 / lengthScales[d];
    for (let i = 0; i < count; i++) result[i * width + d] = values[i * width + d] * factor;
  }
  return { values: result, count, width };
}

/** The points of these rows. */
export function pointsOf({ values, width }: Points, rows: ArrayLike<number>): Points {
  const picked = new Float64Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    picked.set(values.subarray(row * width, (row + 1) * width), i * width);
  }
  return { values: picked, count: rows.length, width };
}

export function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  const { width } = a;
  let sum = 0;
  for (let d = 0, ai = i * width, bj = j * width; d < width; d++, ai++, bj++) {
    const difference = a.values[ai] - b.values[bj];
    sum += difference * difference;
  }
  return sum;
}

/**
 * Covariances of scaled points, unit variance, into `out` [a.count, b.count].
 * @param lower leave out what lies above the diagonal
 */
export function covariances(kernel: Kernel, a: Points, b: Points, out: Float64Array, lower = false): void {
  for (let i = 0; i < a.count; i++) {
    const end = lower ? i + 1 : b.count;
    for (let j = 0; j < end; j++) out[i * b.count + j] = kernel.value(squaredDistance(a, i, b, j));
  }
}

/**
 * Adds Σ_ij G_ij ∂k(a_i, b_j)/∂ln ℓ_d to gradient[d], for scaled points and unit variance; G counts twice below the
 * diagonal and what lies above it is left out where `lower` is set.
 */
export function addLengthScaleGradient(
  kernel: Kernel,
  a: Points,
  b: Points,
  weights: Float64Array,
  gradient: Float64Array,
  lower = false,
): void {
  const { width } = a;
  for (let i = 0; i < a.count; i++) {
    const end = lower ? i : b.count;
    for (let j = 0; j < end; j++) {
      const weight = (lower ? 2 : 1) * weights[i * b.count + j];
      const change = weight * kernel.slope(squaredDistance(a, i, b, j));
      for (let d = 0, ai = i * width, bj = j * width; d < width; d++, ai++, bj++) {
        const difference = a.values[ai] - b.values[bj];
        gradient[d] = gradient[d] + change * difference * difference;
      }
    }
  }
}
