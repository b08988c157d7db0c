import { nearestValue } from '../../shared/discrete';
import { floatLimits, type PlanSpace } from './method';

/**
 * From action sequences as a planner thinks of them to what would be executed: smoothed, of discrete channels a value
 * that there is, within the limits. Candidates are scored after this; warm starts are kept before it, because
 * smoothing what was smoothed already would turn every plan into its first action, step by step.
 *
 *   a'_t = κ a'_{t−1} + (1 − κ) a_t,   a'_{−1} the action before the plan      κ = `smoothing`
 *
 * Discrete channels are not smoothed: between two values of a list there may be nothing, and a value that is far from the
 * last one could never be reached.
 * @param actions [n, horizon, actions]
 * @param before [actions] the action before the plan's first
 * @param out where to write; may be `actions` itself
 */
export function mapActions(
  space: PlanSpace,
  { smoothing }: { smoothing: number },
  actions: Float32Array,
  before: Float64Array,
  out = new Float32Array(actions.length),
): Float32Array {
  const { low, high } = floatLimits(space);
  const width = low.length;
  for (let a = 0; a < width; a++) {
    const list = space.values[a];
    const [least, most] = [low[a], high[a]];
    for (let j = a, t = 0; j < actions.length; j += width, t = t + 1 === space.horizon ? 0 : t + 1) {
      const action = actions[j];
      if (list) {
        out[j] = nearestValue(list, action);
        continue;
      }
      const last = t === 0 ? before[a] : out[j - width];
      const smooth = smoothing === 0 ? action : smoothing * last + (1 - smoothing) * action;
      out[j] = Math.min(most, Math.max(least, smooth));
    }
  }
  return out;
}

/**
 * How much sequences change from step to step: Σ_t Σ_a ((a_t − a_{t−1}) / (high − low))², the first change being the one
 * from `before`.
 * @param actions [n, horizon, actions] as they would be executed
 * @returns [n]
 */
export function rateCosts(space: PlanSpace, actions: Float32Array, before: Float64Array): Float32Array {
  const { low, high } = space;
  const width = low.length;
  const size = space.horizon * width;
  const costs = new Float32Array(actions.length / size);
  for (let i = 0; i < costs.length; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) {
      const a = j % width;
      const last = j < width ? before[a] : actions[i * size + j - width];
      const change = actions[i * size + j] - last;
      sum += (change / (high[a] - low[a])) ** 2;
    }
    costs[i] = sum;
  }
  return costs;
}
