import type { Random } from '../../../shared/random';

/** β of the noise over time, n_t = β n_{t−1} + √(1 − β²) ε_t: what is white averages out before it gets anywhere. */
const CORRELATION = 0.8;

/**
 * A sequence around another, with noise that is correlated over time, within the limits.
 * @param actions [horizon, actions]
 * @param deviation as a share of half of every action's range
 */
export function drawnAround(
  actions: Float32Array,
  deviation: number,
  { low, high }: { low: Float64Array; high: Float64Array },
  random: Random,
): Float32Array {
  const width = low.length;
  const fresh = Math.sqrt(1 - CORRELATION ** 2);
  const noise = new Float64Array(width);
  return actions.map((action, j) => {
    const a = j % width;
    const [lowest, highest] = [low[a], high[a]];
    const drawn = random.normal();
    const next = j < width ? drawn : CORRELATION * noise[a] + fresh * drawn;
    noise[a] = next;
    return Math.min(highest, Math.max(lowest, action + (deviation * next * (highest - lowest)) / 2));
  });
}
