import type { Random } from '../../../shared/random';

/** Fills [steps, width] row-major with standard normals, every column a series of its own. */
export type NoiseOverTime = (random: Random, out: Float64Array) => void;

/**
 * Gaussian noise with the power spectrum 1/f^β over `steps` steps (Timmer and König 1995; Pinneri et al. 2020, section
 * 3.1): 0 is white, 1 pink, 2 Brownian. A real series is the sum of its frequencies f_k = k / T,
 *
 *   x_t = Σ_k √v_k (a_k cos 2π f_k t + b_k sin 2π f_k t),   a_k, b_k ~ N(0, 1)
 *   v_k = m_k f_k^{−β} / Z,   k = 0 … ⌊T/2⌋
 *
 * with m_k the 2 terms ±f_k that a frequency stands for (1 for the constant and, T being even, for f = ½), the constant as
 * strong as the lowest frequency, and Z such that Σ v_k = 1: every step has unit variance, whatever β and T. The sum is
 * written out, not transformed: horizons are short and of any length. A series of T steps has the period T, so that
 * beyond β = 0 its end is as like its beginning as neighbours are, as in the authors' program.
 * @param width series side by side
 */
export function colouredNoise(steps: number, exponent: number, width: number): NoiseOverTime {
  const highest = Math.floor(steps / 2);
  const power = Array.from({ length: highest + 1 }, (_, k) => {
    const terms = k === 0 || 2 * k === steps ? 1 : 2;
    return terms * (Math.max(k, 1) / steps) ** -exponent;
  });
  const total = power.reduce((sum, p) => sum + p, 0);
  const amplitude = power.map((p) => Math.sqrt(p / total));
  const cos = Float64Array.from({ length: steps }, (_, t) => Math.cos((2 * Math.PI * t) / steps));
  const sin = Float64Array.from({ length: steps }, (_, t) => Math.sin((2 * Math.PI * t) / steps));
  const drawn = new Float64Array(2 * amplitude.length);
  return (random, out) => {
    out.fill(0);
    for (let column = 0; column < width; column++) {
      random.fillNormal(drawn);
      for (let k = 0; k <= highest; k++) {
        const a = amplitude[k] * drawn[2 * k];
        const b = amplitude[k] * drawn[2 * k + 1];
        for (let t = 0, turn = 0; t < steps; t++) {
          const j = t * width + column;
          out[j] = out[j] + a * cos[turn] + b * sin[turn];
          turn += k;
          if (turn >= steps) turn -= steps;
        }
      }
    }
  };
}

/** n_t = β n_{t−1} + √(1−β²) ε_t, n_0 ~ N(0, 1), so that all steps vary alike (Nagabandi et al. 2019, eq. 5). */
export function correlatedNoise(correlation: number, width: number): NoiseOverTime {
  const fresh = Math.sqrt(1 - correlation ** 2);
  return (random, out) => {
    random.fillNormal(out);
    for (let j = width; j < out.length; j++) out[j] = correlation * out[j - width] + fresh * out[j];
  };
}

/** Independent standard normals, those beyond ± `bound` drawn again. */
export function truncatedNoise(bound: number): NoiseOverTime {
  return (random, out) => {
    random.fillNormal(out);
    for (let j = 0; j < out.length; j++) {
      while (Math.abs(out[j]) > bound) out[j] = random.normal();
    }
  };
}
