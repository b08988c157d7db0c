import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import { optionTitle } from '../../../shared/option-fields';
import {
  PLANNER_OPTIONS,
  type PlannerName,
  type PlannerOptions,
  type PropagationOptions,
  plannersThat,
  plannerTraits,
} from '../../../shared/plan';
import { Random } from '../../../shared/random';
import { sum } from '../../../shared/statistics';
import { predictedMembers } from '../../dynamics/classes';
import { spreadsOf } from '../../dynamics/data/training-data';
import { type ModelLayout, modelLayout, stateWidth } from '../../dynamics/layout';
import type { Predictor } from '../../dynamics/predictor';
import { deviationUnits } from '../../dynamics/recalibration';
import type { TensorFormula } from '../../task';
import type { TensorProgram, TensorSpec } from '../../tensor';
import { discounts, type ValueAtEnd } from '../guide/value-at-end';
import { floatLimits, type PlanSpace } from '../method';
import { plannedPrediction } from '../prediction';
import { summedReward } from '../reward';
import { limitViolation } from '../traced';
import type { Derivable } from './derivable';

/** What planners that differentiate trace: model, reward and penalties, as pure functions of tensors. */
export interface Problem {
  layout: ModelLayout;
  /** Numbers in a state. */
  width: number;
  observations: number;
  actions: number;
  /** Members that predict, the first axis of every prediction. */
  members: number;
  horizon: number;
  /** Constants of the graph: call it inside a program. */
  predictor(): Predictor;
  /** Sum the model's own reward instead of the task's formula. */
  learnedReward: boolean;
  /** The reward is `offset` + `varying`: the first every step pays, and no derivative knows of it. */
  offset: number;
  varying: TensorFormula;
  /** What the end of the horizon is worth, and the discount of the rewards before; null where it is worth nothing. */
  value: ValueAtEnd | null;
  /** Steps of an episode as long as the horizon, each times its discount. */
  wholeSteps: number;
  /** 1 or 0; null when nothing ends an episode. */
  terminated: TensorFormula | null;
  /** Of the observations' limits, [..., observations] → [...]. */
  violation: ReturnType<typeof limitViolation>;
  /** [observations] standard deviation of every channel in the model's data, SI units. */
  spread: Float64Array;
  /** [observations] what the members' deviation is a share of (dynamics/recalibration.ts), SI units. */
  deviationUnit: Float64Array;
  /** [actions] as float32 keeps within them. */
  low: Float64Array;
  high: Float64Array;
  /** Executed action: e_t = smoothing · e_{t−1} + (1 − smoothing) · u_t. */
  smoothing: number;
  /** [actions] weight of (e_t − e_{t−1})²: the rate penalty over the range squared. */
  rateWeight: Float64Array;
}

/**
 * @throws wrong-use for discrete actions, for an objective without a derivative, and for a reward without a slope
 */
export async function derivativeProblem(
  { method, smoothing, ratePenalty, horizon }: PlannerOptions,
  space: PlanSpace,
  derivable: Derivable,
): Promise<Problem> {
  const { model, setup, guide } = derivable;
  const value = guide?.value ?? null;
  const { propagation, task } = setup;
  requireDifferentiable(method, space, propagation);
  const layout = modelLayout(model.summary);
  const learnedReward = propagation.reward === 'learned';
  const { arrays, ...reward } = summedReward(model, task, learnedReward);
  const prediction = plannedPrediction(model, arrays);
  const problem: Problem = {
    layout,
    width: stateWidth(layout),
    observations: layout.angles.length,
    actions: layout.actions,
    members: predictedMembers(arrays),
    horizon,
    predictor: () => prediction.predictor(),
    learnedReward,
    ...{ value, wholeSteps: sum(discounts(value, horizon)) },
    ...reward,
    violation: limitViolation(setup.observationLimits ?? []),
    spread: spreadsOf(layout, model.normaliser.inputStd),
    deviationUnit: deviationUnits(model),
    ...floatLimits(space),
    smoothing,
    rateWeight: space.low.map((low, a) => ratePenalty / (space.high[a] - low || 1) ** 2),
  };
  if (!learnedReward && value === null && (await isFlat(problem, derivable))) {
    throw new ForesightError(
      'wrong-use',
      `The reward of task "${task.name}" has no slope: it changes in jumps or not at all, so ${titleOf(method)} cannot see which way is better.`,
      `Give the task a reward that changes smoothly, such as minus a squared distance, or plan with ${SAMPLING}.`,
    );
  }
  return problem;
}

/** As people know the planner. */
function titleOf(method: PlannerName): string {
  const schema = PLANNER_OPTIONS.find(({ shape }) => shape.method.value === method);
  return schema ? optionTitle(schema).title : method;
}

const SAMPLING = plannersThat(({ differentiates }) => !differentiates);

function requireDifferentiable(
  method: PlannerName,
  { values }: PlanSpace,
  { objective }: PropagationOptions,
): void {
  const { objectives } = plannerTraits(method);
  const planner = titleOf(method);
  if (values.some((one) => one !== null)) {
    throw new ForesightError(
      'wrong-use',
      `An action of this rig takes single values only, and ${planner} needs actions that can change by a little.`,
      `Plan with ${SAMPLING}, which choose among discrete actions.`,
    );
  }
  if (!objectives.includes(objective)) {
    const what = objectives.includes('pessimistic')
      ? 'a mean and a variance over members'
      : "the members' mean";
    throw new ForesightError(
      'wrong-use',
      `${planner} cannot plan for the objective "${objective}": it follows the slope of ${what}.`,
      `Use the objective "${objectives.join('" or "')}", or plan with ${plannersThat((traits) => traits.objectives.includes(objective))}.`,
    );
  }
}

/** Transitions that the slope of the reward is looked for at. */
const PROBES = 512;

/** Is every derivative of the reward's formula zero, wherever one looks? Truth values and constants are. */
async function isFlat(problem: Problem, { engine, setup }: Derivable): Promise<boolean> {
  const { observations, actions, low, high, spread } = problem;
  const random = new Random(0);
  const spec = (name: string, width: number): TensorSpec => ({ name, shape: [PROBES, width] });
  const program: TensorProgram = ({ before, action, after }) => {
    const slopes = tf.grads((...z: tf.Tensor[]) => {
      const [o, a, n] = z as [tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.sum(touching(problem.varying(o, a, n), z));
    })([before as tf.Tensor, action as tf.Tensor, after as tf.Tensor]);
    return { steepest: tf.max(tf.stack(slopes.map((slope) => tf.max(tf.abs(slope))))) };
  };
  const specs = [spec('before', observations), spec('action', actions), spec('after', observations)];
  const compiled = await engine.compile(program, specs, { name: 'slope of the reward', threads: 1 });
  /** Near and far: a slope may be there only close to the goal, or only away from it. */
  const near = () => random.normal() * 10 ** random.uniformIn(-2, 1);
  const limits = setup.observationLimits ?? [];
  const states = () =>
    Float32Array.from({ length: PROBES * observations }, (_, i) => {
      const c = i % observations;
      const limit = limits[c];
      if (limit && random.uniform() < 0.5) return random.uniformIn(limit[0], limit[1]);
      return near() * (spread[c] || 1);
    });
  const { steepest } = await compiled.run({
    before: states(),
    action: Float32Array.from({ length: PROBES * actions }, (_, i) =>
      random.uniformIn(low[i % actions], high[i % actions]),
    ),
    after: states(),
  });
  await compiled.dispose();
  return steepest?.[0] === 0;
}

/** Step of the differences by which slopes of networks are differentiated, in spreads of a channel. */
const DIFFERENCE = 0.05;

/** [n] what a number of (state, action) usually changes by: its spread, or half its range; SI units. */
export function usualChanges({ width, actions, observations, spread, layout, low, high }: Problem): number[] {
  const observed = layout.history * observations;
  const half = (a: number) => (high[a] - low[a]) / 2 || 1;
  return Array.from({ length: width + actions }, (_, j) => {
    return j < observed ? spread[j % observations] || 1 : half((j - observed) % actions);
  });
}

/** [n] how far a number of (state, action) is moved for a difference, SI units. */
export const differenceSteps = (problem: Problem): number[] =>
  usualChanges(problem).map((change) => DIFFERENCE * change);

/** `y`, which now depends on all of `x`, by nothing: tfjs refuses the derivative by what has no effect. */
export function touching(y: tf.Tensor, x: readonly tf.Tensor[]): tf.Tensor {
  return x.reduce((sum, one) => tf.add(sum, tf.mul(tf.sum(one), 0)), y);
}

/** [..., actions] what is executed after `before` when `action` is asked for. */
export function smoothed({ smoothing }: Problem, before: tf.Tensor, action: tf.Tensor): tf.Tensor {
  return smoothing === 0 ? action : tf.add(tf.mul(before, smoothing), tf.mul(action, 1 - smoothing));
}

/** [steps of [..., actions]] → [...] what changes of the executed actions cost; null when nothing. */
export function ratePenalty(
  { rateWeight }: Problem,
  before: tf.Tensor,
  executed: tf.Tensor[],
): tf.Tensor | null {
  if (rateWeight.every((weight) => weight === 0)) return null;
  const costs = executed.map((action, t) =>
    tf.sum(tf.mul(tf.square(tf.sub(action, executed[t - 1] ?? before)), tf.tensor1d([...rateWeight])), -1),
  );
  return tf.addN(costs);
}
