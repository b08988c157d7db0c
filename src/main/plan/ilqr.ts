import type { IlqrOptions } from '../../shared/plan';
import { backwardPass, type Policy } from './derivatives/backward-pass';
import { compileExpansion } from './derivatives/expansion';
import { compileTrial, type Trial, type TrialResult } from './derivatives/forward-pass';
import { derivativeProblem, type Problem } from './derivatives/problem';
import { bestCandidate, type PlanContext, type PlanMethod, type PlanSpace, shiftedPlan } from './method';
import type { Derivable } from './methods';

/** Tassa, Erez & Todorov 2012, §II.F: the damping changes by a factor that itself grows while it is needed. */
const [FACTOR, LEAST, MOST] = [2, 1e-6, 1e10];
/** Below this change of every action, as a share of half its range, nothing is left to improve. */
const CONVERGED = 1e-4;
/** Deviation of the sequences that are tried beside the warm start, as a share of half the range, and over time. */
const [TRIED_STD, TRIED_CORRELATION] = [0.5, 0.8];

/** A trajectory of the model and what it is worth. */
interface Trajectory {
  score: number;
  /** [horizon, stateWidth] s_0 … */
  states: Float32Array;
  /** [horizon, actions] asked for, and executed. */
  actions: Float32Array;
  executed: Float32Array;
  /** [horizon] */
  alive: Float32Array;
}
/** What the next plan wants to know of this one. */
interface Memory {
  states: Float32Array;
  executed: Float32Array;
  gains: Float32Array;
}

/**
 * Iterative LQR (Li & Todorov 2004; Tassa, Erez & Todorov 2012) within the limits of the actions (Tassa, Mansard &
 * Todorov 2014): around the present trajectory the model is linear and the reward quadratic, which dynamic programming
 * solves (`backwardPass`); the solution is tried on the model with several step sizes side by side, and the best is taken
 * if it is better. With `noise: "model"` it is iLQG (Todorov & Li 2005): the noise that the model predicts for a state and
 * an action costs ½ tr(V_ss Σ(s, a)) in the value.
 *
 * The plan begins from the previous one, shifted, as it is or corrected by its feedback gains, whichever is better; or from
 * the hold action or a random sequence where that is better still: at a standstill a symmetric reward has no slope.
 */
export async function ilqr(
  options: IlqrOptions,
  space: PlanSpace,
  derivable: Derivable,
): Promise<PlanMethod> {
  const { engine, setup } = derivable;
  const { iterations, lineSearch, regularisation } = options;
  const problem = await derivativeProblem(options, space, derivable, 'iLQR', ['mean']);
  const sizes = { noise: options.noise === 'model', threads: setup.threads };
  const expansion = await compileExpansion(engine, problem, sizes);
  const trial = await compileTrial(engine, problem, { ...sizes, rows: lineSearch + 1 });
  const method: PlanMethod = async (context) => {
    const { step, previous, start, candidates = lineSearch } = context;
    const { limitPenalty } = setup.propagation;
    const memory = shiftedMemory(problem, previous?.memory, step - (previous?.firstStep ?? step));
    const shared = { start, before: Float32Array.from(context.before), limitPenalty };
    const noiseCost = new Float32Array(space.horizon * problem.observations);
    const first = { ...shared, ...memory, noiseCost, ...firstTrial(problem, space, context, trial.rows) };
    let best = bestOf(problem, await trial.run(first));
    if (!best) return { firstStep: step, actions: shiftedPlan(space, previous, step) };
    let gains = memory.gains;
    const damping = new Damping(regularisation);
    // The graphs have their number of rows; less time means fewer iterations.
    const rounds = Math.max(1, Math.round((iterations * candidates) / lineSearch));
    let around: Awaited<ReturnType<typeof expansion.at>> | undefined;
    for (let round = 0; round < rounds; round++) {
      around ??= await expansion.at(best.states, best.executed, limitPenalty);
      const nominal = { ...best, before: executedBefore(shared.before, best.executed) };
      let policy: Policy | undefined;
      while (!policy && damping.value <= MOST) {
        policy = backwardPass(problem, around, nominal, damping.value);
        if (!policy) damping.grow();
      }
      if (!policy) break;
      gains = Float32Array.from(policy.gains);
      if (largestChange(problem, policy.k) < CONVERGED) break;
      const result = await trial.run({
        ...shared,
        ...improvements(best.actions, policy.k, trial.rows, problem.actions),
        states: best.states,
        executed: best.executed,
        gains,
        noiseCost: Float32Array.from(policy.noiseCost),
      });
      // Row 0 is the trajectory as it is, judged like the others.
      const found = bestCandidate(result.scores);
      if (found !== undefined && (result.scores[found] as number) > (result.scores[0] as number)) {
        best = trajectoryOf(problem, result, found);
        around = undefined;
        damping.shrink();
      } else {
        damping.grow();
      }
    }
    const remembered: Memory = { states: best.states, executed: best.executed, gains };
    return { firstStep: step, actions: best.actions, memory: remembered };
  };
  method.close = async () => {
    await Promise.all([expansion.dispose(), trial.dispose()]);
  };
  return method;
}

/** The regularisation μ and how it moves. */
class Damping {
  #factor = 1;

  constructor(public value: number) {}

  grow(): void {
    this.#factor = Math.max(FACTOR, this.#factor * FACTOR);
    this.value = Math.max(LEAST, this.value * this.#factor);
  }

  shrink(): void {
    this.#factor = Math.min(1 / FACTOR, this.#factor / FACTOR);
    this.value = Math.max(LEAST, this.value * this.#factor);
  }
}

/** Nominal trajectory and gains of the previous plan as they stand `passed` steps later; no reaction beyond its end. */
function shiftedMemory({ horizon, width, actions }: Problem, memory: unknown, passed: number): Memory {
  const { states, executed, gains } = (memory ?? {}) as Partial<Memory>;
  const shifted = (values: Float32Array | undefined, size: number) => {
    const all = new Float32Array(horizon * size);
    if (values) all.set(values.subarray(Math.min(values.length, passed * size)));
    return all;
  };
  return {
    states: shifted(states, width),
    executed: shifted(executed, actions),
    gains: shifted(gains, actions * (width + actions)),
  };
}

/**
 * What the plan may begin from, a row each: the warm start, the same with the previous plan's feedback, the hold action,
 * and sequences around the warm start.
 */
function firstTrial(
  { horizon, actions: width, low, high }: Problem,
  space: PlanSpace,
  { previous, step, random }: PlanContext,
  rows: number,
): Pick<Trial, 'actions' | 'feedback'> {
  const warm = shiftedPlan(space, previous, step);
  const hold = shiftedPlan(space, null, step);
  const actions = new Float32Array(horizon * rows * width);
  const fresh = Math.sqrt(1 - TRIED_CORRELATION ** 2);
  for (let row = 0; row < rows; row++) {
    const noise = new Float64Array(width);
    for (let j = 0; j < warm.length; j++) {
      const [t, a] = [Math.floor(j / width), j % width];
      const [lowest, highest] = [low[a] as number, high[a] as number];
      let action = (row === 2 ? hold[j] : warm[j]) as number;
      if (row > 2) {
        const next = TRIED_CORRELATION * (noise[a] as number) + fresh * random.normal();
        noise[a] = t === 0 ? random.normal() : next;
        action += (TRIED_STD * (noise[a] as number) * (highest - lowest)) / 2;
      }
      actions[(t * rows + row) * width + a] = Math.min(highest, Math.max(lowest, action));
    }
  }
  return { actions, feedback: Float32Array.from({ length: rows }, (_, row) => Number(row === 1)) };
}

/** ū + α k for α = 0, 1, ½, ¼ …, a row each, with feedback but for the first. */
function improvements(
  actions: Float32Array,
  k: Float64Array,
  rows: number,
  width: number,
): Pick<Trial, 'actions' | 'feedback'> {
  const tried = new Float32Array(actions.length * rows);
  for (let row = 0; row < rows; row++) {
    const alpha = row === 0 ? 0 : 2 ** (1 - row);
    for (let j = 0; j < actions.length; j++) {
      const [t, a] = [Math.floor(j / width), j % width];
      tried[(t * rows + row) * width + a] = (actions[j] as number) + alpha * (k[j] as number);
    }
  }
  return { actions: tried, feedback: Float32Array.from({ length: rows }, (_, row) => Number(row > 0)) };
}

function bestOf(problem: Problem, result: TrialResult): Trajectory | undefined {
  const best = bestCandidate(result.scores);
  return best === undefined ? undefined : trajectoryOf(problem, result, best);
}

/** One row of a trial. */
function trajectoryOf({ horizon, width, actions }: Problem, result: TrialResult, row: number): Trajectory {
  const rows = result.scores.length;
  const pick = (values: Float32Array, size: number) =>
    Float32Array.from({ length: horizon * size }, (_, j) => {
      const t = Math.floor(j / size);
      return values[(t * rows + row) * size + (j % size)] as number;
    });
  return {
    score: result.scores[row] as number,
    states: pick(result.states, width),
    actions: pick(result.actions, actions),
    executed: pick(result.executed, actions),
    alive: pick(result.alive, 1),
  };
}

function executedBefore(before: Float32Array, executed: Float32Array): Float32Array {
  const all = new Float32Array(executed.length);
  all.set(before);
  all.set(executed.subarray(0, executed.length - before.length), before.length);
  return all;
}

function largestChange({ low, high, actions }: Problem, k: Float64Array): number {
  return k.reduce((most, change, j) => {
    const a = j % actions;
    return Math.max(most, Math.abs(change) / (((high[a] as number) - (low[a] as number)) / 2 || 1));
  }, 0);
}
