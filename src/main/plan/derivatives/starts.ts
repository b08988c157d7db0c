import type { Random } from '../../../shared/random';
import { correlatedNoise } from '../methods/noise';

/** β of the noise over time: what is white averages out before it gets anywhere. */
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
  const noise = new Float64Array(actions.length);
  correlatedNoise(CORRELATION, low.length)(random, noise);
  return actions.map((action, j) => {
    const [lowest, highest] = [low[j % low.length], high[j % low.length]];
    return Math.min(highest, Math.max(lowest, action + (deviation * noise[j] * (highest - lowest)) / 2));
  });
}
