import * as tf from '@tensorflow/tfjs-core';
import { nextState, observationOf, rewardOf, shorterWay } from '../../dynamics/layout';
import type { Engine, TensorProgram, TensorSpec } from '../../tensor';
import { discounts } from '../guide/value-at-end';
import { ROUNDING, relativeReturns } from '../reward';
import { aliveSteps, discountedSteps, input, whileAlive, worthOfEnd } from '../traced';
import { type Problem, ratePenalty, smoothed } from './problem';

/** Trajectories tried side by side: what each asks for, and how it reacts to being elsewhere. */
export interface Trial {
  /** [stateWidth] */
  start: Float32Array;
  /** [actions] executed before the first step. */
  before: Float32Array;
  /** [horizon, rows, actions] asked for where the state is the nominal one. */
  actions: Float32Array;
  /** [rows] 1 where the gains are followed, 0 where the actions are as they are. */
  feedback: Float32Array;
  /** [horizon, stateWidth], [horizon, actions]: what the gains are around. */
  states: Float32Array;
  executed: Float32Array;
  /** [horizon, actions, stateWidth + actions] */
  gains: Float32Array;
  /** [horizon, observations] what a unit of noise variance costs. Zero without the model's noise. */
  noiseCost: Float32Array;
  limitPenalty: number;
}

export interface TrialResult {
  /** [rows] relative to each other (reward.ts); not finite where the prediction diverged. */
  scores: Float64Array;
  /** [horizon, rows, stateWidth] s_0 … */
  states: Float32Array;
  /** [horizon, rows, actions] asked for, within the limits. */
  actions: Float32Array;
  /** [horizon, rows, actions] executed. */
  executed: Float32Array;
  /** [horizon, rows] 1, or 0 after the end of the episode. */
  alive: Float32Array;
  /** [rows] 1 where the episode goes on after the last step. */
  goesOn: Float32Array;
}

export interface CompiledTrial {
  readonly rows: number;
  run(trial: Trial): Promise<TrialResult>;
  dispose(): Promise<void>;
}

/**
 * Rollouts under time-varying feedback, all step sizes of a line search in one call:
 *   u_t = clip(ū_t + α k_t + K_t (x_t − x̄_t)),   s_{t+1} = 1/M Σ_m f_m(s_t, e_t),
 * differences of angles by the shorter way. The score is Σ alive r − penalties − Σ noiseCost · Σ(s_t, e_t), with
 * discounted rewards and the value of the end where there is one.
 */
export async function compileTrial(
  engine: Engine,
  problem: Problem,
  { rows, noise, threads }: { rows: number; noise: boolean; threads: number },
): Promise<CompiledTrial> {
  const { horizon, width, actions, observations } = problem;
  const specs: TensorSpec[] = [
    { name: 'start', shape: [width] },
    { name: 'before', shape: [actions] },
    { name: 'actions', shape: [horizon, rows, actions] },
    { name: 'feedback', shape: [rows] },
    { name: 'states', shape: [horizon, width] },
    { name: 'executed', shape: [horizon, actions] },
    { name: 'gains', shape: [horizon, actions, width + actions] },
    { name: 'limitPenalty', shape: [1] },
  ];
  if (noise) specs.push({ name: 'noiseCost', shape: [horizon, observations] });
  const program = trialProgram(problem, rows, noise);
  const summed = { offset: problem.offset, steps: problem.wholeSteps, rounding: ROUNDING.float32 };
  const compiled = await engine.compile(program, specs, {
    name: `line search ${rows} × ${horizon}`,
    threads,
  });
  return {
    rows,
    async run({ limitPenalty, noiseCost, ...feeds }) {
      const { sums, ...result } = await compiled.run({
        ...feeds,
        limitPenalty: Float32Array.of(limitPenalty),
        ...(noise ? { noiseCost } : {}),
      });
      const { alive, ...rest } = result as unknown as Omit<TrialResult, 'scores'>;
      const { returns } = relativeReturns(sums, summed, stepsOf(problem, alive, rows));
      return { ...rest, alive, scores: returns };
    },
    dispose: () => compiled.dispose(),
  };
}

/** [rows] steps of every row's episode, each times its discount. @param alive [horizon, rows] 1 or 0 */
function stepsOf({ value, horizon }: Problem, alive: Float32Array, rows: number): Float64Array {
  const steps = new Float64Array(rows);
  const worth = discounts(value, horizon);
  alive.forEach((one, i) => {
    steps[i % rows] += one * (worth[Math.floor(i / rows)] ?? 1);
  });
  return steps;
}

function trialProgram(problem: Problem, rows: number, noise: boolean): TensorProgram {
  const { layout, width, actions, observations, learnedReward, value } = problem;
  const isAngle = Array.from(
    { length: width },
    (_, i) => i < layout.history * observations && layout.angles[i % observations] === true,
  );
  return (inputs) => {
    const predictor = problem.predictor();
    const perStep = (name: string) => tf.unstack(input(inputs, name));
    const [asked, nominal, executedBefore, gains] = [
      perStep('actions'),
      perStep('states'),
      perStep('executed'),
      perStep('gains'),
    ];
    const feedback = tf.reshape(input(inputs, 'feedback'), [rows, 1]);
    const previous = tf.reshape(input(inputs, 'before'), [1, actions]);
    let state = tf.mul(
      tf.reshape(input(inputs, 'start'), [1, 1, width]),
      tf.ones([1, rows, 1]),
    ) as tf.Tensor3D;
    let last = tf.mul(previous, tf.ones([rows, 1]));
    const [states, chosen, executed, after, learned, variances]: tf.Tensor[][] = [[], [], [], [], [], []];
    asked.forEach((action, t) => {
      const off = shorterWay(tf.sub(state, nominal[t] as tf.Tensor) as tf.Tensor3D, isAngle);
      const around = t === 0 ? previous : (executedBefore[t - 1] as tf.Tensor);
      const x = tf.concat([tf.reshape(off, [rows, width]), tf.sub(last, around)], 1);
      const reaction = tf.matMul(x as tf.Tensor2D, gains[t] as tf.Tensor2D, false, true);
      const u = within(problem, tf.add(action, tf.mul(reaction, feedback)));
      last = smoothed(problem, last, u);
      const done = tf.reshape(last, [1, rows, actions]) as tf.Tensor3D;
      const predicted = noise ? predictor.predict(state, done) : undefined;
      const target = tf.mean(predicted?.mean ?? predictor.mean(state, done), 0, true) as tf.Tensor3D;
      states.push(tf.reshape(state, [rows, width]));
      chosen.push(u);
      executed.push(last);
      if (learnedReward) learned.push(tf.reshape(rewardOf(layout, target), [rows]));
      if (predicted) {
        const variance = tf.mean(tf.exp(predicted.logVariance), 0);
        variances.push(tf.slice(variance, [0, 0], [rows, observations]));
      }
      state = nextState(layout, state, done, target);
      after.push(tf.reshape(observationOf(layout, state), [rows, observations]));
    });
    const [all, taken, reached] = [tf.stack(states), tf.stack(executed), tf.stack(after)];
    const seen = tf.slice(all, [0, 0, 0], [-1, -1, observations]);
    const endings = problem.terminated?.(seen, taken, reached) ?? null;
    const alive = endings && aliveSteps(endings);
    const rewards = learnedReward ? tf.stack(learned) : problem.varying(seen, taken, reached);
    let gained = discountedSteps(value, rewards);
    if (problem.violation) {
      const weight = tf.reshape(input(inputs, 'limitPenalty'), []);
      gained = tf.sub(gained, tf.mul(problem.violation(reached), weight));
    }
    if (noise) {
      const costs = tf.mul(tf.stack(variances), tf.expandDims(input(inputs, 'noiseCost'), 1));
      gained = tf.sub(gained, tf.sum(costs, 2));
    }
    let sums: tf.Tensor = tf.sum(whileAlive(alive, gained), 0);
    const rates = ratePenalty(problem, previous, executed);
    if (rates) sums = tf.sub(sums, rates);
    if (value) {
      const worth = tf.reshape(value.of(state), [rows]);
      sums = tf.add(sums, worthOfEnd(value, problem.horizon, worth, endings));
    }
    return {
      sums,
      states: all,
      actions: tf.stack(chosen),
      executed: taken,
      alive: alive ? tf.cast(alive, 'float32') : tf.ones([problem.horizon, rows]),
      goesOn: endings ? tf.cast(tf.equal(tf.sum(endings, 0), tf.scalar(0)), 'float32') : tf.ones([rows]),
    };
  };
}

const within = ({ low, high }: Problem, u: tf.Tensor): tf.Tensor =>
  tf.maximum(tf.minimum(u, tf.tensor1d([...high])), tf.tensor1d([...low]));
