import type { Territory } from '../../dynamics/known-territory';
import { type ModelLayout, stateAfter } from '../../dynamics/layout';

/**
 * Steps before a mean trajectory leaves what a model knows.
 * @param start [stateWidth]
 * @param mean [horizon + 1, observations], the start first
 * @param actions [horizon, actions]
 */
export async function knownSteps(
  territory: Territory,
  layout: ModelLayout,
  { start, mean, actions }: { start: Float32Array; mean: Float32Array; actions: Float32Array },
): Promise<number> {
  const width = layout.angles.length;
  const horizon = actions.length / layout.actions;
  const states = new Float32Array(horizon * start.length);
  let state = start;
  for (let t = 0; t < horizon; t++) {
    states.set(state, t * start.length);
    const action = actions.subarray(t * layout.actions, (t + 1) * layout.actions);
    state = stateAfter(layout, state, action, mean.subarray((t + 1) * width, (t + 2) * width));
  }
  const deviations = await territory.deviations(states, actions);
  // Written so that a deviation that is no number is beyond the limit.
  const left = deviations.findIndex((deviation) => !(deviation <= territory.limit));
  return left < 0 ? horizon : left;
}
