import { normalCdf } from '../../../shared/normal';
import { deviation, mean, variance } from '../../../shared/statistics';

/** A predictive distribution of one number: Gaussians with equal weights. A variance of 0 is a point. */
export interface Mixture {
  means: Float64Array;
  variances: Float64Array;
}

const LN_2PI = Math.log(2 * Math.PI);

export function mixtureMean({ means }: Mixture): number {
  return mean(means);
}

/** Law of total variance: the mean of the variances and the variance of the means. */
export function mixtureVariance(mixture: Mixture): number {
  return mean(mixture.variances) + variance(mixture.means);
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
    // A point mass itself, 0 / 0, counts as its middle.
    const below = normalCdf((y - means[i]) / Math.sqrt(variances[i]));
    sum += Number.isNaN(below) ? 0.5 : below;
  }
  return sum / means.length;
}

/** The value that a share `q` lies below, by bisection. */
export function mixtureQuantile(mixture: Mixture, q: number): number {
  const { means, variances } = mixture;
  const widest = Math.sqrt(variances.reduce((a, b) => Math.max(a, b), 0));
  let low = means.reduce((a, b) => Math.min(a, b)) - 10 * widest;
  let high = means.reduce((a, b) => Math.max(a, b)) + 10 * widest;
  const close = 1e-9 * (high - low);
  while (high - low > close) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (mixtureCdf(mixture, middle) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Of Silverman's bandwidth; 0.9 and −1/5 are his (1986, eq. 3.31). */
export function silvermanBandwidth(points: ArrayLike<number>): number {
  const sorted = Float64Array.from(points).sort();
  const count = sorted.length;
  const quartile = (q: number) => sorted[Math.min(count - 1, Math.round(q * (count - 1)))];
  const range = (quartile(0.75) - quartile(0.25)) / 1.34;
  const std = deviation(sorted);
  return 0.9 * (range > 0 ? Math.min(std, range) : std) * count ** -0.2;
}

/**
 * The mixture with a Gaussian kernel on every mean, so that a few particles are not a staircase. The means are drawn
 * together by as much as the kernels widen them (Jones 1991), which keeps mean and variance as they were.
 * @param factor on Silverman's bandwidth
 */
export function smoothed({ means, variances }: Mixture, factor = 1): Mixture {
  const count = means.length;
  const centre = mean(means);
  const spread = variance(means);
  if (count < 2 || spread === 0) return { means, variances };
  const kernel = Math.min((factor * silvermanBandwidth(means)) ** 2, spread);
  const shrink = Math.sqrt(1 - kernel / spread);
  return {
    means: means.map((x) => centre + shrink * (x - centre)),
    variances: variances.map((one) => one + kernel),
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
      const width = (factor * silvermanBandwidth(samples)) ** 2;
      if (width === 0) continue;
      for (let i = 0; i < samples.length; i++) {
        let sum = 0;
        for (let j = 0; j < samples.length; j++) {
          if (j === i) continue;
          sum += Math.exp(-0.5 * ((samples[i] - samples[j]) ** 2 / width));
        }
        // A sample alone beyond reach of all others counts as far away, not as impossible.
        score += Math.log(Math.max(sum, 1e-12) / (samples.length - 1)) - 0.5 * Math.log(width);
      }
    }
    if (score > best.score) best = { factor, score };
  }
  return best.factor;
}
