import type { PlannerOptions, RunAdjustment } from '../../shared/plan';
import { Random } from '../../shared/random';
import { predictedMembers, predictionArrays } from '../dynamics/classes';
import { modelLayout, stateFrom } from '../dynamics/layout';
import { readModel } from '../dynamics/model-file';
import type { DynamicsModel } from '../dynamics/types';
import { type CompiledTask, compileTask } from '../task';
import { type Engine, openEngine } from '../tensor';
import type { Plan, PlanMethod, PlanSpace } from './method';
import { shiftedPlan } from './method';
import { derivativeMethod, isSampling, samplingMethod } from './methods';
import { compileRollout, type Rollout } from './rollouts';
import type { PlanRequest, PlanResult, PlanSetup, WarmStart } from './types';

/**
 * Everything behind one planner, compiled and ready: runs in the planning thread, and in tests without one.
 * The same setup and requests give the same plans, bit for bit: random numbers depend on seed, episode and step.
 */
export class PlanSession {
  #previous: Plan | null = null;
  #episode = 0;
  #warmPlanMs = 0;
  readonly #space: PlanSpace;
  readonly #random: Random;
  readonly #task: CompiledTask;

  private constructor(
    private readonly setup: PlanSetup,
    private readonly model: DynamicsModel,
    private readonly rollouts: { candidates: Rollout; plan: Rollout; step: Rollout },
    private readonly method: PlanMethod,
  ) {
    this.#space = planSpace(setup);
    this.#random = new Random(setup.seed);
    this.#task = compileTask(setup.task, model.summary);
  }

  static async open(setup: PlanSetup): Promise<PlanSession> {
    const [engine, model] = await Promise.all([openEngine('onnxruntime'), readModel(setup.modelFile)]);
    return PlanSession.compile(setup, model, engine);
  }

  static async compile(setup: PlanSetup, model: DynamicsModel, engine: Engine): Promise<PlanSession> {
    const { planner, propagation, threads, task } = setup;
    const shared = { engine, model, task, threads };
    const members = predictedMembers(predictionArrays(model));
    const learnedReward = propagation.reward === 'learned';
    const whole = {
      horizon: planner.horizon,
      trajectories: true,
      shuffle: false,
      noise: false,
      particles: 1,
      learnedReward,
    };
    let method: PlanMethod | undefined;
    const space = planSpace(setup);
    if (isSampling(planner)) method = samplingMethod(planner, space);
    else method = await derivativeMethod(planner, space, { engine, model, setup });
    const session = new PlanSession(
      setup,
      model,
      {
        candidates: await compileRollout(shared, {
          horizon: planner.horizon,
          candidates: candidatesOf(planner),
          particles: propagation.particles,
          noise: propagation.sampleNoise,
          shuffle: true,
          trajectories: false,
          learnedReward,
        }),
        plan: await compileRollout(
          { ...shared, threads: 1 },
          {
            ...whole,
            candidates: members * (1 + drawnPerMember(setup, members)),
          },
        ),
        step: await compileRollout({ ...shared, threads: 1 }, { ...whole, horizon: 1, candidates: members }),
      },
      method,
    );
    await session.#warmUp();
    return session;
  }

  /** The first calls of a session allocate its arenas; a rig in motion must not wait for that. */
  async #warmUp(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      this.#warmPlanMs = await this.time();
    }
  }

  /** Makes a plan that nobody wants, to see what it takes; the next one knows nothing of it. @returns ms */
  async time(): Promise<number> {
    const observation = this.model.summary.observations.map(() => 0);
    const request = { id: 0, observation, observedStep: 0, pending: [[...this.#space.hold]] };
    const { planMs } = await this.plan({ ...request, fresh: true, draw: true });
    this.#previous = null;
    this.#episode = 0;
    return planMs;
  }

  /** What a plan took at the end of warming up: the first idea of what plans take. */
  get warmPlanMs(): number {
    return this.#warmPlanMs;
  }

  /**
   * Changes what can be changed without compiling: nothing so far.
   * @returns false when it needs another session
   */
  async adjust(_adjustment: RunAdjustment): Promise<boolean> {
    return false;
  }

  async plan(request: PlanRequest, warmStart?: WarmStart): Promise<PlanResult> {
    const began = performance.now();
    if (warmStart) {
      this.#previous = {
        firstStep: warmStart.firstStep,
        actions: Float32Array.from(warmStart.actions.flat()),
      };
    }
    if (request.fresh) {
      this.#previous = null;
      this.#episode++;
    }
    const firstStep = request.observedStep + request.pending.length;
    const random = this.#random.fork(`${this.#episode}/${firstStep}`);
    const start = await this.#predictStart(request, random);
    const started = performance.now();
    let graphMs = 0;
    /** Last candidates evaluated, for drawing. */
    let seen: { candidates: Float32Array; returns: Float32Array } | undefined;
    const plan = await this.method({
      step: firstStep,
      previous: this.#previous,
      random,
      start: Float32Array.from(start),
      before: Float64Array.from(request.pending.at(-1) ?? this.#space.hold),
      evaluate: async (candidates) => {
        const called = performance.now();
        const { returns } = await this.rollouts.candidates.evaluate(start, candidates, random);
        graphMs += performance.now() - called;
        seen = { candidates, returns };
        return returns;
      },
    });
    this.#previous = plan;
    const chosen = performance.now();
    const actions = shiftedPlan(this.#space, plan, firstStep);
    const futures = await this.#imagine(start, actions, request.draw ? seen : undefined, random);
    return {
      id: request.id,
      observedStep: request.observedStep,
      firstStep,
      actions: toRows(actions, this.#space.low.length),
      ...futures,
      insight: {
        expectedReturn: futures.expectedReturn,
        ...{
          returnStd: null,
          disagreement: null,
          knownSteps: null,
          stepsOutside: 0,
          limitPenalty: 0,
          ratePenalty: 0,
        },
        candidates: candidatesOf(this.setup.planner),
        ...{ iterations: 1, particles: this.setup.propagation.particles },
      },
      planMs: performance.now() - began,
      graphMs,
      parts: {
        start: started - began,
        rollouts: graphMs,
        method: chosen - started - graphMs,
        imagine: performance.now() - chosen,
      },
    };
  }

  /**
   * Carries the newest observation through the actions already decided: mean over the members at every step.
   * @returns [stateWidth]
   */
  async #predictStart(
    { observation, past, pending }: PlanRequest,
    random: Random,
  ): Promise<Float32Array<ArrayBufferLike>> {
    const { shape } = this.rollouts.step;
    const layout = modelLayout(this.model.summary);
    const observations: ArrayLike<number>[] = [...(past?.observations ?? []), observation];
    const actions: ArrayLike<number>[] = [...(past?.actions ?? [])];
    const state = () => stateFrom(layout, observations, actions, this.#space.hold);
    for (const action of pending) {
      const repeated = Float32Array.from(
        { length: shape.groups * action.length },
        (_, i) => action[i % action.length] ?? 0,
      );
      const { states } = await this.rollouts.step.evaluate(state(), repeated, random);
      observations.push(meanOver(states ?? state(), shape.groups, layout.angles.length));
      actions.push(action);
    }
    return state();
  }

  /**
   * The plan through every member, and beside it, in the same call, a few of the candidates. Rows of member m are
   * block m: the plan first, then its share of the candidates.
   */
  async #imagine(
    start: Float32Array,
    actions: Float32Array,
    seen: { candidates: Float32Array; returns: Float32Array } | undefined,
    random: Random,
  ): Promise<Pick<PlanResult, 'expectedReturn' | 'mean' | 'std' | 'candidates'>> {
    const rollout = this.rollouts.plan;
    const { groups, rowsPerGroup, horizon, layout } = rollout.shape;
    const observations = layout.angles.length;
    const size = actions.length;
    const rows = new Float32Array(groups * rowsPerGroup * size);
    const drawn: { row: number; candidate: number }[] = [];
    const count = seen ? Math.min(this.setup.planner.drawCandidates, seen.returns.length) : 0;
    for (let row = 0; row < groups * rowsPerGroup; row++) {
      const isPlan = row % rowsPerGroup === 0;
      if (isPlan || !seen || drawn.length >= count) {
        rows.set(actions, row * size);
        continue;
      }
      // Evenly spread over the candidates: what the planner looked at, not only what it liked.
      const candidate = Math.floor((drawn.length * seen.returns.length) / count);
      drawn.push({ row, candidate });
      rows.set(seen.candidates.subarray(candidate * size, (candidate + 1) * size), row * size);
    }
    const { returns, states } = await rollout.evaluate(start, rows, random);
    const trajectory = (row: number) => trajectoryOf(states ?? start, row, rollout.shape, start);
    const planRows = Array.from({ length: groups }, (_, m) => m * rowsPerGroup);
    const { mean, std } = moments(planRows.map(trajectory), (horizon + 1) * observations);
    return {
      expectedReturn: planRows.reduce((sum, row) => sum + (returns[row] ?? Number.NaN), 0) / groups,
      mean,
      std,
      candidates: drawn
        .map(({ row, candidate }) => ({
          return: seen?.returns[candidate] ?? Number.NaN,
          trajectory: this.#untilEnd(trajectory(row), rows.subarray(row * size, (row + 1) * size)),
        }))
        .filter((drawing) => Number.isFinite(drawing.return) && drawing.trajectory.every(Number.isFinite)),
    };
  }

  /** Beyond the end of an episode the model predicts what never happens; the drawing stays at the end instead. */
  #untilEnd(trajectory: Float32Array, actions: Float32Array): Float32Array {
    const observations = this.model.summary.observations.length;
    const width = this.#space.low.length;
    const rows = trajectory.length / observations;
    for (let t = 0; t + 1 < rows; t++) {
      const state = trajectory.subarray(t * observations, (t + 1) * observations);
      const next = trajectory.subarray((t + 1) * observations, (t + 2) * observations);
      const action = actions.subarray(t * width, (t + 1) * width);
      if (!this.#task.terminated(state, action, next)) continue;
      for (let rest = t + 2; rest < rows; rest++) trajectory.set(next, rest * observations);
      break;
    }
    return trajectory;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.rollouts).map((rollout) => rollout.dispose()));
  }
}

/** Sequences that the planner evaluates in one call at most. */
const candidatesOf = (planner: PlannerOptions): number =>
  'candidates' in planner ? planner.candidates : planner.lineSearch;

/** What the planner may choose from. */
function planSpace(setup: PlanSetup): PlanSpace {
  const limits = setup.actionLimits;
  return {
    horizon: setup.planner.horizon,
    low: Float64Array.from(limits, ([low]) => low),
    high: Float64Array.from(limits, ([, high]) => high),
    hold: Float64Array.from(limits, ([low, high], a) =>
      Math.min(high, Math.max(low, setup.holdAction[a] ?? 0)),
    ),
    values: limits.map((_, a) => {
      const values = setup.actionValues?.[a];
      return values ? Float64Array.from(values).sort() : null;
    }),
  };
}

/** Rows beside the plan's in every member's block, so that all candidates to be drawn find one. */
function drawnPerMember({ planner }: PlanSetup, members: number): number {
  return Math.ceil(Math.min(planner.drawCandidates, candidatesOf(planner)) / members);
}

/** [horizon + 1, observations] of one row, from states [horizon, rows, observations] and the start. */
function trajectoryOf(
  states: Float32Array,
  row: number,
  { groups, rowsPerGroup, horizon, layout }: Rollout['shape'],
  start: Float32Array,
): Float32Array {
  const observations = layout.angles.length;
  const trajectory = new Float32Array((horizon + 1) * observations);
  trajectory.set(start.subarray(0, observations));
  for (let t = 0; t < horizon; t++) {
    const from = (t * groups * rowsPerGroup + row) * observations;
    trajectory.set(states.subarray(from, from + observations), (t + 1) * observations);
  }
  return trajectory;
}

/** Mean of [rows, width] over its rows. */
function meanOver(values: Float32Array, rows: number, width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += values[i * width + j] as number;
    return sum / rows;
  });
}

/** Mean and standard deviation of equally long series, element by element. */
function moments(series: Float32Array[], length: number): { mean: Float32Array; std: Float32Array } {
  const mean = new Float32Array(length);
  const std = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const one of series) sum += one[i] as number;
    const average = sum / series.length;
    let squares = 0;
    for (const one of series) squares += ((one[i] as number) - average) ** 2;
    mean[i] = average;
    std[i] = Math.sqrt(squares / series.length);
  }
  return { mean, std };
}

function toRows(flat: Float32Array, width: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < flat.length; i += width) rows.push([...flat.subarray(i, i + width)]);
  return rows;
}
