import * as tf from '@tensorflow/tfjs-core';
import { nextState, observationOf, rewardOf } from '../../dynamics/layout';
import type { CompiledProgram, Engine, TensorProgram, TensorSpec } from '../../tensor';
import { ROUNDING, relativeReturns } from '../reward';
import { aliveSteps, discountedSteps, input, whileAlive, worthOfEnd } from '../traced';
import { type Problem, ratePenalty, smoothed } from './problem';

/** Scores of action sequences and which way they grow. */
export interface ReturnGradient {
  /** [starts] the objective, relative to each other (reward.ts); not finite where the prediction diverged. */
  scores: Float64Array;
  /** [starts, horizon, actions] ∂ score / ∂ action. */
  gradient: Float32Array;
}

/** What may change between two calls. */
export interface ObjectiveWeights {
  /** λ of the members' variance; 0 unless the objective is pessimistic. */
  pessimism: number;
  limitPenalty: number;
}

export interface CompiledReturn {
  /** @param actions [starts, horizon, actions] */
  gradient(
    start: Float32Array,
    before: Float64Array,
    actions: Float32Array,
    weights: ObjectiveWeights,
  ): Promise<ReturnGradient>;
  scores(
    start: Float32Array,
    before: Float64Array,
    actions: Float32Array,
    weights: ObjectiveWeights,
  ): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/**
 * The return of `starts` action sequences and its derivative by every action, by reverse accumulation through the whole
 * unrolled rollout: one graph, one call. Every member predicts every sequence all along, by its means:
 *
 *   J(u) = 1/M Σ_m Σ_t alive_t r(s^m_t, e_t, s^m_{t+1}) − λ Σ_t mean_c Var_m[s^m_{t+1,c}] / σ_c² − penalties,
 *   s^m_{t+1} = f_m(s^m_t, e_t),   e_t = smoothing e_{t−1} + (1 − smoothing) u_t
 *
 * with discounted rewards and the value of s^m_H where there is one (guide/value-at-end.ts).
 * alive_t, a truth value, counts as a constant. Steps that only some members reach count in the variance by their share.
 */
export async function compileReturn(
  engine: Engine,
  problem: Problem,
  { starts, pessimistic, threads }: { starts: number; pessimistic: boolean; threads: number },
): Promise<CompiledReturn> {
  const { horizon, actions, width } = problem;
  const specs: TensorSpec[] = [
    { name: 'start', shape: [width] },
    { name: 'before', shape: [actions] },
    { name: 'actions', shape: [starts, horizon, actions] },
    { name: 'weights', shape: [2] },
  ];
  const objective = (inputs: Record<string, tf.Tensor>, u: tf.Tensor) =>
    objectives(problem, inputs, u, pessimistic);
  const forward: TensorProgram = (inputs) => objective(inputs, input(inputs, 'actions'));
  const backward: TensorProgram = (inputs) => {
    let kept: ReturnType<typeof objective> | undefined;
    const total = (u: tf.Tensor): tf.Scalar => {
      const found = objective(inputs, u);
      for (const tensor of Object.values(found)) tf.keep(tensor);
      kept = found;
      return tf.sum(found.sums);
    };
    const gradient = tf.grad(total)(input(inputs, 'actions'));
    if (kept === undefined) throw new Error('tfjs did not evaluate the objective');
    return { ...kept, gradient };
  };
  const size = `${starts} × ${horizon}`;
  const score = await engine.compile(forward, specs, { name: `return ${size}`, threads });
  const slope = await engine.compile(backward, specs, { name: `gradient of the return ${size}`, threads });
  const run = (
    program: CompiledProgram,
    start: Float32Array,
    before: Float64Array,
    chosen: Float32Array,
    { pessimism, limitPenalty }: ObjectiveWeights,
  ) =>
    program.run({
      start,
      before: Float32Array.from(before),
      actions: chosen,
      weights: Float32Array.of(pessimism, limitPenalty),
    });
  const summed = { offset: problem.offset, steps: problem.wholeSteps, rounding: ROUNDING.float32 };
  return {
    async gradient(...given) {
      const { sums, steps, gradient } = await run(slope, ...given);
      return { scores: relativeReturns(sums, summed, steps).returns, gradient: gradient as Float32Array };
    },
    async scores(...given) {
      const { sums, steps } = await run(score, ...given);
      return relativeReturns(sums, summed, steps).returns;
    },
    async dispose() {
      await Promise.all([score.dispose(), slope.dispose()]);
    },
  };
}

/**
 * From actions [starts, horizon, actions]: [starts] "sums", the objective without the constant part of the reward, and
 * where episodes end and that part matters "steps" of them, the members' mean.
 */
function objectives(
  problem: Problem,
  inputs: Record<string, tf.Tensor>,
  u: tf.Tensor,
  pessimistic: boolean,
): { sums: tf.Tensor; steps?: tf.Tensor } {
  const { layout, members, width, actions } = problem;
  const [starts] = u.shape as [number, number, number];
  const predictor = problem.predictor();
  const everywhere = (x: tf.Tensor, size: number) =>
    tf.mul(tf.reshape(x, [1, 1, size]), tf.ones([members, starts, 1])) as tf.Tensor3D;
  const weights = input(inputs, 'weights');
  const weight = (i: number) => tf.reshape(tf.slice(weights, [i], [1]), []);
  const previous = tf.reshape(input(inputs, 'before'), [1, actions]);
  let state = everywhere(input(inputs, 'start'), width);
  let last = tf.mul(previous, tf.ones([starts, 1]));
  const executed: tf.Tensor[] = [];
  const [before, after, taken, learned]: tf.Tensor[][] = [[], [], [], []];
  for (const asked of tf.unstack(u, 1)) {
    last = smoothed(problem, last, asked);
    executed.push(last);
    const action = tf.mul(tf.reshape(last, [1, starts, actions]), tf.ones([members, 1, 1])) as tf.Tensor3D;
    const target = predictor.mean(state, action);
    const next = nextState(layout, state, action, target);
    before.push(observationOf(layout, state));
    after.push(observationOf(layout, next));
    taken.push(action);
    if (problem.learnedReward) learned.push(tf.squeeze(rewardOf(layout, target), [2]));
    state = next;
  }
  // [horizon, members, starts, channels]
  const [s, a, n] = [tf.stack(before), tf.stack(taken), tf.stack(after)];
  const endings = problem.terminated?.(s, a, n) ?? null;
  const alive = endings && aliveSteps(endings);
  const { value, horizon } = problem;
  const rewards = problem.learnedReward ? tf.stack(learned) : problem.varying(s, a, n);
  let gains = discountedSteps(value, rewards);
  if (problem.violation) gains = tf.sub(gains, tf.mul(problem.violation(n), weight(1)));
  let total: tf.Tensor = tf.mean(tf.sum(whileAlive(alive, gains), 0), 0);
  if (value) {
    const worth = tf.squeeze(value.of(state), [2]);
    total = tf.add(total, tf.mean(worthOfEnd(value, horizon, worth, endings), 0));
  }
  if (pessimistic) total = tf.sub(total, tf.mul(variance(problem, n, alive), weight(0)));
  const rates = ratePenalty(problem, previous, executed);
  const sums = rates ? tf.sub(total, rates) : total;
  if (!alive || problem.offset === 0) return { sums };
  return { sums, steps: tf.mean(tf.sum(discountedSteps(value, tf.cast(alive, 'float32')), 0), 0) };
}

/**
 * [starts] Σ_t mean over channels of Σ_{m alive} (s_m − μ)² / members / unit², μ the mean of those alive: as the
 * sampling planners take it over their particles.
 * @param states [horizon, members, starts, observations]
 * @param alive [horizon, members, starts]
 */
function variance(
  { deviationUnit: unit, members }: Problem,
  states: tf.Tensor,
  alive: tf.Tensor | null,
): tf.Tensor {
  const living = alive && tf.tile(tf.expandDims(alive, 3), [1, 1, 1, unit.length]);
  const count = living ? tf.maximum(tf.sum(tf.cast(living, 'float32'), 1, true), 1) : tf.scalar(members);
  const mean = tf.div(tf.sum(whileAlive(living, states), 1, true), count);
  const squares = tf.sum(whileAlive(living, tf.square(tf.sub(states, mean))), 1);
  const weights = [...unit].map((one) => (one === 0 ? 0 : 1 / (one ** 2 * unit.length * members)));
  return tf.sum(tf.sum(tf.mul(squares, tf.tensor1d(weights)), 2), 0);
}
