import type { IlqrOptions } from '../../../shared/plan';
import { backwardPass, type Policy } from '../derivatives/backward-pass';
import type { Derivable } from '../derivatives/derivable';
import { type CompiledExpansion, compileExpansion, type Expansion } from '../derivatives/expansion';
import { type CompiledTrial, compileTrial, type Trial, type TrialResult } from '../derivatives/forward-pass';
import { derivativeProblem, type Problem } from '../derivatives/problem';
import { drawnAround } from '../derivatives/starts';
import {
  bestCandidate,
  type PlanContext,
  type PlanMethod,
  type PlanSpace,
  putProposals,
  shiftedPlan,
} from '../method';

/** Tassa, Erez & Todorov 2012, §II.F: the damping changes by a factor that itself grows while it is needed. */
const [FACTOR, LEAST, MOST] = [2, 1e-6, 1e10];
/** Below this change of every action, as a share of half its range, nothing is left to improve. */
const CONVERGED = 1e-4;
/** Deviation of the sequences that are tried beside the warm start, as a share of half the range. */
const TRIED_STD = 0.5;
/** First row of a first trial that is drawn. */
const FIRST_DRAWN = 3;
/** A trajectory that gains no more than this share of what the first trial's rows differ by has come to rest. */
const RESTING = 1e-3;

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
  goesOn: boolean;
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
 * the hold action or a random sequence where that is better still: at a standstill a symmetric reward has no slope. When the
 * trajectory has come to rest before its iterations are used up, they improve the best of the random sequences, which may
 * lead to a better one.
 */
export async function ilqr(
  options: IlqrOptions,
  space: PlanSpace,
  derivable: Derivable,
): Promise<PlanMethod> {
  const { engine, setup } = derivable;
  const { iterations, lineSearch, regularisation } = options;
  const problem = await derivativeProblem(options, space, derivable);
  const sizes = { noise: options.noise === 'model', threads: setup.threads };
  const expansion = await compileExpansion(engine, problem, sizes);
  const trial = await compileTrial(engine, problem, { ...sizes, rows: lineSearch + 1 });
  const method: PlanMethod = async (context) => {
    const { step, previous, start, candidates = lineSearch } = context;
    const { limitPenalty } = setup.propagation;
    const memory = shiftedMemory(problem, previous?.memory, step - (previous?.firstStep ?? step));
    const noiseCost = new Float32Array(space.horizon * problem.observations);
    const shared = { start, before: Float32Array.from(context.before), limitPenalty };
    const seeds = firstTrial(problem, space, context, trial.rows);
    const seen = await trial.run({ ...shared, ...memory, noiseCost, ...seeds });
    const first = bestCandidate(seen.scores);
    if (first === undefined) return { firstStep: step, actions: shiftedPlan(space, previous, step) };
    const rest = RESTING * spreadOf(seen.scores);
    const begin = (row: number): Ascent => ({
      ...{ trajectory: trajectoryOf(problem, seen, row), gains: memory.gains },
      ...{ damping: new Damping(regularisation), around: undefined },
    });
    const others = drawnRows(seen.scores, first);
    let now = begin(first);
    let best = now;
    // The graphs have their number of rows; less time means fewer iterations.
    const rounds = Math.max(1, Math.round((iterations * candidates) / lineSearch));
    for (let round = 0; round < rounds; round++) {
      const gained = await improve({ problem, expansion, trial }, shared, now);
      if (now.trajectory.score > best.trajectory.score) best = now;
      if (gained > rest) continue;
      const other = others.shift();
      if (other === undefined) break;
      now = begin(other);
    }
    const { states, executed, actions } = best.trajectory;
    const remembered: Memory = { states, executed, gains: best.gains };
    return { firstStep: step, actions, memory: remembered };
  };
  method.close = async () => {
    await Promise.all([expansion.dispose(), trial.dispose()]);
  };
  return method;
}

/** One trajectory on its way up. */
interface Ascent {
  trajectory: Trajectory;
  /** [horizon, actions, stateWidth + actions] */
  gains: Float32Array;
  damping: Damping;
  /** Derivatives around the trajectory, where they are known. */
  around: Expansion | undefined;
}
interface Graphs {
  problem: Problem;
  expansion: CompiledExpansion;
  trial: CompiledTrial;
}

/**
 * One iteration: derivatives, the backward pass, and the best of the line search if it is better.
 * @returns by how much the score grew; infinite where the next iteration will try it with more damping
 */
async function improve(
  { problem, expansion, trial }: Graphs,
  shared: Pick<Trial, 'start' | 'before' | 'limitPenalty'>,
  ascent: Ascent,
): Promise<number> {
  const { trajectory, damping } = ascent;
  const { states, executed, actions } = trajectory;
  ascent.around ??= await expansion.at(states, executed, shared.limitPenalty);
  const nominal = { ...trajectory, before: executedBefore(shared.before, executed) };
  let policy: Policy | undefined;
  while (!policy && damping.value <= MOST) {
    policy = backwardPass(problem, ascent.around, nominal, damping.value);
    if (!policy) damping.grow();
  }
  if (!policy) return 0;
  const gains = Float32Array.from(policy.gains);
  ascent.gains = gains;
  if (largestChange(problem, policy.k) < CONVERGED) return 0;
  const result = await trial.run({
    ...shared,
    ...improvements(actions, policy.k, trial.rows, problem.actions),
    ...{ states, executed, gains, noiseCost: Float32Array.from(policy.noiseCost) },
  });
  // Row 0 is the trajectory as it is, judged like the others.
  const before = result.scores[0];
  const found = bestCandidate(result.scores);
  if (found === undefined || !(result.scores[found] > before)) {
    damping.grow();
    trajectory.score = before;
    return Number.POSITIVE_INFINITY;
  }
  ascent.trajectory = trajectoryOf(problem, result, found);
  ascent.around = undefined;
  damping.shrink();
  return ascent.trajectory.score - before;
}

/** Rows of the first trial that were drawn, the best first, without the one that is in use and those that diverged. */
function drawnRows(scores: Float64Array, used: number): number[] {
  const rows = [...scores.keys()].slice(FIRST_DRAWN);
  return rows
    .filter((row) => row !== used && Number.isFinite(scores[row]))
    .sort((a, b) => scores[b] - scores[a]);
}

function spreadOf(scores: Float64Array): number {
  const finite = scores.filter(Number.isFinite);
  return Math.max(...finite) - Math.min(...finite);
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
    // Of a model with other states, or of another planner, there is nothing to be had.
    if (values instanceof Float32Array && values.length === all.length) {
      all.set(values.subarray(Math.min(values.length, passed * size)));
    }
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
 * sequences around the warm start, and a policy's proposals.
 */
function firstTrial(
  problem: Problem,
  space: PlanSpace,
  context: PlanContext,
  rows: number,
): Pick<Trial, 'actions' | 'feedback'> {
  const { previous, step, random } = context;
  const warm = shiftedPlan(space, previous, step);
  const begin = (row: number) => {
    if (row >= FIRST_DRAWN) return drawnAround(warm, TRIED_STD, problem, random);
    return row === 2 ? shiftedPlan(space, null, step) : warm;
  };
  const sequences = new Float32Array(rows * warm.length);
  for (let row = 0; row < rows; row++) sequences.set(begin(row), row * warm.length);
  putProposals(sequences, context, warm.length, Math.min(rows, FIRST_DRAWN));
  const each = Array.from({ length: rows }, (_, row) =>
    sequences.subarray(row * warm.length, (row + 1) * warm.length),
  );
  return {
    actions: byStep(each, problem.actions),
    feedback: Float32Array.from(each, (_, row) => Number(row === 1)),
  };
}

/** Sequences of [horizon, actions] to [horizon, rows, actions]. */
function byStep(sequences: Float32Array[], width: number): Float32Array {
  const [first = new Float32Array()] = sequences;
  const all = new Float32Array(first.length * sequences.length);
  sequences.forEach((sequence, row) => {
    for (let j = 0; j < sequence.length; j++) {
      const [t, a] = [Math.floor(j / width), j % width];
      all[(t * sequences.length + row) * width + a] = sequence[j];
    }
  });
  return all;
}

/** ū + α k for α = 0, 1, ½, ¼ …, a row each, with feedback but for the first. */
function improvements(
  actions: Float32Array,
  k: Float64Array,
  rows: number,
  width: number,
): Pick<Trial, 'actions' | 'feedback'> {
  const sequences = Array.from({ length: rows }, (_, row) => {
    const alpha = row === 0 ? 0 : 2 ** (1 - row);
    return actions.map((action, j) => action + alpha * k[j]);
  });
  return {
    actions: byStep(sequences, width),
    feedback: Float32Array.from(sequences, (_, row) => Number(row > 0)),
  };
}

/** One row of a trial. */
function trajectoryOf({ horizon, width, actions }: Problem, result: TrialResult, row: number): Trajectory {
  const rows = result.scores.length;
  const pick = (values: Float32Array, size: number) =>
    Float32Array.from({ length: horizon * size }, (_, j) => {
      const t = Math.floor(j / size);
      return values[(t * rows + row) * size + (j % size)];
    });
  return {
    score: result.scores[row],
    states: pick(result.states, width),
    actions: pick(result.actions, actions),
    executed: pick(result.executed, actions),
    alive: pick(result.alive, 1),
    goesOn: result.goesOn[row] === 1,
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
    return Math.max(most, Math.abs(change) / ((high[a] - low[a]) / 2 || 1));
  }, 0);
}
