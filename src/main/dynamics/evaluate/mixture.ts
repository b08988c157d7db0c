/** A predictive distribution of one number: Gaussians with equal weights. A variance of 0 is a point. */
export interface Mixture {
  means: Float64Array;
  variances: Float64Array;
}

const LN_2PI = Math.log(2 * Math.PI);

export function mixtureMean({ means }: Mixture): number {
  return means.reduce((a, b) => a + b, 0) / means.length;
}

/** Law of total variance: the mean of the variances and the variance of the means. */
export function mixtureVariance(mixture: Mixture): number {
  const { means, variances } = mixture;
  const mean = mixtureMean(mixture);
  let sum = 0;
  for (let i = 0; i < means.length; i++) sum += variances[i] + (means[i] - mean) ** 2;
  return sum / means.length;
}

/** ln p(y); −∞ for a point mass elsewhere. */
export function logDensity({ means, variances }: Mixture, y: number): number {
  const terms = Array.from(means, (mean, i) => logNormal(y, mean, variances[i]));
  return logSumExp(terms) - Math.log(means.length);
}

export const logNormal = (y: number, mean: number, variance: number): number =>
  -0.5 * (LN_2PI + Math.log(variance) + (y - mean) ** 2 / variance);

export function logSumExp(terms: readonly number[]): number {
  const largest = terms.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

/** Probability of a value of at most y. */
export function mixtureCdf({ means, variances }: Mixture, y: number): number {
  let sum = 0;
  for (let i = 0; i < means.length; i++) {
    sum += normalCdf((y - means[i]) / Math.sqrt(variances[i]));
  }
  return sum / means.length;
}

/** The value that a share `q` lies below, by bisection. */
export function mixtureQuantile(mixture: Mixture, q: number): number {
  const { means, variances } = mixture;
  const deviation = Math.sqrt(variances.reduce((a, b) => Math.max(a, b), 0));
  let low = means.reduce((a, b) => Math.min(a, b)) - 10 * deviation;
  let high = means.reduce((a, b) => Math.max(a, b)) + 10 * deviation;
  const close = 1e-9 * (high - low);
  while (high - low > close) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (mixtureCdf(mixture, middle) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Φ(x) = ½ erfc(−x/√2), erfc by the rational Chebyshev approximation of Numerical Recipes (erfcc; relative error below
 * 1.2e-7 everywhere). NaN, the place of a point mass itself, counts as its middle.
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return 0.5;
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const polynomial = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = 0.5 * t * Math.exp(-z * z + polynomial);
  return x > 0 ? 1 - tail : tail;
}

const ERFC = [
  ...[-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806],
  ...[0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277],
];

/** Of Silverman's bandwidth; 0.9 and −1/5 are his (1986, eq. 3.31). */
export function silvermanBandwidth(points: ArrayLike<number>): number {
  const sorted = Float64Array.from(points).sort();
  const count = sorted.length;
  const mean = sorted.reduce((a, b) => a + b, 0) / count;
  const deviation = Math.sqrt(sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
  const quartile = (q: number) => sorted[Math.min(count - 1, Math.round(q * (count - 1)))];
  const range = (quartile(0.75) - quartile(0.25)) / 1.34;
  return 0.9 * (range > 0 ? Math.min(deviation, range) : deviation) * count ** -0.2;
}

/**
 * The mixture with a Gaussian kernel on every mean, so that a few particles are not a staircase. The means are drawn
 * together by as much as the kernels widen them (Jones 1991), which keeps mean and variance as they were.
 * @param factor on Silverman's bandwidth
 */
export function smoothed({ means, variances }: Mixture, factor = 1): Mixture {
  const count = means.length;
  const mean = means.reduce((a, b) => a + b, 0) / count;
  const spread = means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  if (count < 2 || spread === 0) return { means, variances };
  const kernel = Math.min((factor * silvermanBandwidth(means)) ** 2, spread);
  const shrink = Math.sqrt(1 - kernel / spread);
  return {
    means: means.map((x) => mean + shrink * (x - mean)),
    variances: variances.map((variance) => variance + kernel),
  };
}

const BANDWIDTH_FACTORS = [1, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1];

/**
 * The factor on Silverman's bandwidth under which samples of a model predict each other best (leave-one-out likelihood;
 * Silverman 1986, 3.4.4): his rule is for one mode, and a model that samples may have several.
 * @param sets samples at several states
 */
export function bandwidthFactor(sets: readonly ArrayLike<number>[]): number {
  let best = { factor: 1, score: Number.NEGATIVE_INFINITY };
  for (const factor of BANDWIDTH_FACTORS) {
    let score = 0;
    for (const samples of sets) {
      const variance = (factor * silvermanBandwidth(samples)) ** 2;
      if (variance === 0) continue;
      for (let i = 0; i < samples.length; i++) {
        let sum = 0;
        for (let j = 0; j < samples.length; j++) {
          if (j === i) continue;
          sum += Math.exp(-0.5 * ((samples[i] - samples[j]) ** 2 / variance));
        }
        // A sample alone beyond reach of all others counts as far away, not as impossible.
        score += Math.log(Math.max(sum, 1e-12) / (samples.length - 1)) - 0.5 * Math.log(variance);
      }
    }
    if (score > best.score) best = { factor, score };
  }
  return best.factor;
}
