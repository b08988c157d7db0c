import type { Random } from '../../../shared/random';
import { stateFrom } from '../../dynamics/layout';
import type { Rollout, RolloutSource } from '../source';
import type { PlanRequest } from '../types';

/** What was observed and, after that, predicted until a plan takes effect; and what is executed meanwhile. */
export interface Course {
  /** [rows][observations], oldest first */
  observations: ArrayLike<number>[];
  /** [rows − 1][actions] */
  actions: ArrayLike<number>[];
}

/** Where a plan begins, [stateWidth]: at the end of `predictedCourse`. */
export async function predictedStart(
  source: Pick<RolloutSource, 'layout'>,
  step: Rollout,
  request: PlanRequest,
  rest: ArrayLike<number>,
  random: Random,
): Promise<Float32Array> {
  const { observations, actions } = await predictedCourse(source, step, request, rest, random);
  return stateFrom(source.layout, observations, actions, rest);
}

/**
 * Carries the newest observation through the actions already decided: mean over the members at every step.
 * @param step one step of every member, as many candidates as members, with trajectories
 * @param rest [actions] what the rig is taken to have done before it was observed
 */
export async function predictedCourse(
  { layout }: Pick<RolloutSource, 'layout'>,
  step: Rollout,
  { observation, past, pending }: PlanRequest,
  rest: ArrayLike<number>,
  random: Random,
): Promise<Course> {
  const observations: ArrayLike<number>[] = [...(past?.observations ?? []), observation];
  const actions: ArrayLike<number>[] = [...(past?.actions ?? [])];
  const state = () => stateFrom(layout, observations, actions, rest);
  const members = step.choice.candidates;
  for (const action of pending) {
    const repeated = Float32Array.from(
      { length: members * action.length },
      (_, i) => action[i % action.length] ?? 0,
    );
    const { states = new Float32Array(0) } = await step.evaluate(state(), repeated, random);
    observations.push(meanOver(states, members, layout.angles.length));
    actions.push(action);
  }
  return { observations, actions };
}

/** Mean of [rows, width] over its rows. */
function meanOver(values: Float32Array, rows: number, width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += values[i * width + j];
    return sum / rows;
  });
}
