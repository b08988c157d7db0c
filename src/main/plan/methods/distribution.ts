import { nearestValue } from '../../../shared/discrete';
import { normalCdf } from '../../../shared/normal';
import { floatLimits, type Plan, type PlanSpace, shiftedPlan } from '../method';
import type { Chosen } from './choice';

/**
 * What planners that sample draw from: independent over steps and channels; a Gaussian for a continuous action, a chance a
 * value for a discrete one.
 */
export interface Distribution {
  /** [horizon, actions]; of a discrete channel the value that was planned before. */
  mean: Float64Array;
  /** [horizon, actions]; without meaning for discrete channels. */
  std: Float64Array;
  /** [actions][horizon, values]: how likely each value is, null for continuous channels. */
  chances: (Float64Array | null)[];
}

/**
 * Where an iteration begins: around the previous plan, shifted, with deviations as share `std` of half the action range.
 * A discrete channel has its planned value, and with `surprise` any value at all.
 */
export function startDistribution(
  space: PlanSpace,
  previous: Plan | null,
  step: number,
  { std, surprise }: { std: number; surprise: number },
): Distribution {
  const { horizon, low, high } = space;
  const mean = Float64Array.from(shiftedPlan(space, previous, step));
  const width = low.length;
  return {
    mean,
    std: mean.map((_, j) => (std * (high[j % width] - low[j % width])) / 2),
    chances: space.values.map((values, a) => {
      if (!values) return null;
      const chances = new Float64Array(horizon * values.length).fill(surprise / values.length);
      for (let t = 0; t < horizon; t++) {
        const planned = values.indexOf(nearestValue(values, mean[t * width + a]));
        const at = t * values.length + planned;
        chances[at] = chances[at] + (1 - surprise);
      }
      return chances;
    }),
  };
}

/**
 * One sequence of the distribution. A discrete channel has the value at the quantile Φ(n_t): its noise has then the same
 * correlation over time as a continuous channel's, and each step exactly the chances that it should have.
 * @param noise [horizon, actions] standard normals
 * @param out [sequences, horizon, actions]
 * @param begin where in it the sequence begins
 */
export function drawSequence(
  space: PlanSpace,
  { mean, std, chances }: Distribution,
  noise: Float64Array,
  out: Float32Array,
  begin = 0,
): void {
  const { low, high } = floatLimits(space);
  const width = low.length;
  for (let a = 0; a < width; a++) {
    const values = space.values[a];
    const chance = chances[a];
    const [least, most] = [low[a], high[a]];
    for (let j = a, t = 0; j < mean.length; j += width, t++) {
      if (values && chance) {
        out[begin + j] = values[quantile(chance, t * values.length, values.length, noise[j])];
      } else {
        out[begin + j] = Math.min(most, Math.max(least, mean[j] + std[j] * noise[j]));
      }
    }
  }
}

/** Index of the value at the quantile Φ(normal). */
function quantile(chances: Float64Array, begin: number, count: number, normal: number): number {
  let left = normalCdf(normal);
  for (let v = 0; v < count - 1; v++) {
    left -= chances[begin + v];
    if (left < 0) return v;
  }
  return count - 1;
}

/**
 * The distribution that fits weighted sequences best: weighted mean and variance, weighted frequencies of values, mixed
 * with share `momentum` of the old ones. Every value keeps the chance `surprise` / values, so that none is ever lost.
 * @param sequences [n, horizon, actions]
 * @param chosen of them
 */
export function refit(
  space: PlanSpace,
  old: Distribution,
  sequences: Float32Array,
  { candidates, weights }: Chosen,
  { momentum, surprise }: { momentum: number; surprise: number },
): Distribution {
  const size = old.mean.length;
  const width = space.low.length;
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  for (let rank = 0; rank < candidates.length; rank++) {
    const [weight, from] = [weights[rank], candidates[rank] * size];
    for (let j = 0; j < size; j++) mean[j] += weight * sequences[from + j];
  }
  for (let rank = 0; rank < candidates.length; rank++) {
    const [weight, from] = [weights[rank], candidates[rank] * size];
    for (let j = 0; j < size; j++) {
      const apart = sequences[from + j] - mean[j];
      variance[j] += weight * apart * apart;
    }
  }
  const counts = space.values.map((values, a) => {
    if (!values) return null;
    const count = new Float64Array(space.horizon * values.length);
    candidates.forEach((candidate, rank) => {
      for (let t = 0; t < space.horizon; t++) {
        const value = values.indexOf(nearestValue(values, sequences[candidate * size + t * width + a]));
        count[t * values.length + value] += weights[rank];
      }
    });
    return count;
  });
  const mix = (before: number, now: number) => momentum * before + (1 - momentum) * now;
  return {
    // The planned value of a discrete channel stays what it was: it decides between equally likely ones.
    mean: old.mean.map((before, j) => (space.values[j % width] ? before : mix(before, mean[j]))),
    std: old.std.map((before, j) => Math.sqrt(mix(before ** 2, variance[j]))),
    chances: counts.map((count, a) => {
      const before = old.chances[a];
      const values = space.values[a];
      if (!count || !before || !values) return null;
      return count.map((now, at) => (1 - surprise) * mix(before[at], now) + surprise / values.length);
    }),
  };
}

/** The plan in the middle of a distribution: means, and of discrete channels the likeliest value. */
export function middleOf(space: PlanSpace, { mean, chances }: Distribution): Float32Array {
  const { low, high } = floatLimits(space);
  const width = low.length;
  return Float32Array.from(mean, (middle, j) => {
    const a = j % width;
    const values = space.values[a];
    const chance = chances[a];
    if (!values || !chance) return Math.min(high[a], Math.max(low[a], middle));
    const begin = Math.floor(j / width) * values.length;
    let best = values.indexOf(nearestValue(values, middle));
    for (let v = 0; v < values.length; v++) {
      if (chance[begin + v] > chance[begin + best]) best = v;
    }
    return values[best];
  });
}
