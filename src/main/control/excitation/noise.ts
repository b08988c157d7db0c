import type { Random } from '../../../shared/random';

/** Standard deviation of Ornstein–Uhlenbeck noise as a share of half the range: 0.3 % of it lies beyond, and is clipped. */
export const OU_DEVIATION = 1 / 3;

/**
 * Ornstein–Uhlenbeck noise, dx = −θ x dt + σ √(2θ) dW with θ = 2π · bandwidth, in its exact discretisation
 * x_{k+1} = a x_k + σ √(1 − a²) ξ, a = exp(−θ dt), ξ ~ N(0, 1) (G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36, 1930; D. T. Gillespie,
 * Phys. Rev. E 54, 1996). Stationary variance σ², autocorrelation σ² a^τ, power halved at the bandwidth.
 * @param bandwidth Hz
 * @param start x before the first value
 * @returns the next value of it; not clipped
 */
export function ornsteinUhlenbeck(
  bandwidth: number,
  periodSeconds: number,
  start: number,
  random: Random,
): () => number {
  const keep = Math.exp(-2 * Math.PI * bandwidth * periodSeconds);
  const noise = OU_DEVIATION * Math.sqrt(1 - keep * keep);
  let x = start;
  return () => {
    x = keep * x + noise * random.normal();
    return x;
  };
}

/**
 * A random walk in [−1, 1] that turns round at its ends: x_{k+1} = fold(x_k + √(2 D dt) ξ), ξ ~ N(0, 1). All values are as likely as each
 * other, variance 1/3. The slowest of its modes decays at the rate D π² / 4 (W. Feller, An Introduction to Probability Theory II, 2nd ed.
 * 1971, X.5: Brownian motion with reflecting barriers two apart); set equal to 2π · bandwidth that gives D = 8 · bandwidth / π, so that a walk
 * forgets as fast as Ornstein–Uhlenbeck noise of the same bandwidth.
 * @param bandwidth Hz
 * @param start x before the first value
 */
export function randomWalk(
  bandwidth: number,
  periodSeconds: number,
  start: number,
  random: Random,
): () => number {
  const step = Math.sqrt((16 * bandwidth * periodSeconds) / Math.PI);
  let x = start;
  return () => {
    x = fold(x + step * random.normal());
    return x;
  };
}

/** Reflected at −1 and 1 as often as it takes. */
function fold(value: number): number {
  const turned = (((value + 1) % 4) + 4) % 4;
  return turned <= 2 ? turned - 1 : 3 - turned;
}
