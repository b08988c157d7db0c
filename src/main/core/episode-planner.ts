import type { StepPrediction } from '../../shared/episode';
import type { PlanMessage as PlanToRig, TickMessage } from '../control/messages';
import type { Planner } from '../plan';
import type { PlanResult } from '../plan/types';
import type { Telemetry } from './telemetry';

type PlanMessage = Omit<PlanToRig, 'type'>;

/** The screen gets the imagined futures this often; drawing more would only cost planning time. */
const DRAW_INTERVAL_MS = 60;
/** Predictions are looked up by the row that used them, which comes at most a horizon later. */
const KEPT_PLANS = 256;

/** Asks the planner for the plans of one episode after another, and remembers what they predicted. */
export class EpisodePlanner {
  #nextId = 1;
  #fresh = true;
  #lastDrawn = 0;
  readonly #predictions = new Map<number, StepPrediction>();
  /** Rows of the episode so far, newest last, as many as a model with a history looks back. */
  #past: { observation: number[]; action: number[] }[] = [];

  constructor(
    readonly planner: Planner,
    private readonly telemetry: Telemetry,
    private readonly channels: {
      periodSeconds: number;
      observations: number;
      /** Observations that the model predicts from. */
      history: number;
    },
  ) {}

  begin(): void {
    this.#fresh = true;
    this.#past = [];
  }

  /** Every row of the episode passes here, whether it is planned from or not. */
  observed({ observation, action }: Pick<TickMessage, 'observation' | 'action'>): void {
    this.#past.push({ observation, action });
    if (this.#past.length >= this.channels.history + 1) this.#past.shift();
  }

  /** Lockstep: the plan for the step that waits for it. */
  planFor(step: number, observation: number[], episode: number): Promise<PlanMessage | null> {
    return this.#plan({ observation, step, pending: [], past: this.#past }, episode);
  }

  /**
   * Real time: while this tick's action is being executed, the plan for the next step starts from the model's
   * prediction of the state there (architecture.md, "Time"). Resolves with null when the planner is still busy
   * with an earlier step: a late plan is never queued behind another.
   */
  planAhead(tick: TickMessage, episode: number): Promise<PlanMessage | null> {
    if (this.planner.busy) return Promise.resolve(null);
    const { observation, step, action } = tick;
    // The tick itself is the newest row that was observed.
    return this.#plan({ observation, step, pending: [action], past: this.#past.slice(0, -1) }, episode);
  }

  predictionOf(planId: number): StepPrediction | undefined {
    return this.#predictions.get(planId);
  }

  async #plan(
    from: {
      observation: number[];
      step: number;
      pending: number[][];
      past: { observation: number[]; action: number[] }[];
    },
    episode: number,
  ): Promise<PlanMessage | null> {
    const id = this.#nextId++;
    const now = performance.now();
    const draw = this.telemetry.watched && now - this.#lastDrawn >= DRAW_INTERVAL_MS;
    if (draw) this.#lastDrawn = now;
    const fresh = this.#fresh;
    this.#fresh = false;
    const past = this.channels.history > 1 ? from.past.slice(1 - this.channels.history) : [];
    const result = await this.planner.plan({
      ...{ id, fresh, draw, observation: from.observation, observedStep: from.step, pending: from.pending },
      past: { observations: past.map((row) => row.observation), actions: past.map((row) => row.action) },
    });
    this.#predictions.set(id, { firstStep: result.firstStep, mean: result.mean, std: result.std });
    this.#predictions.delete(id - KEPT_PLANS);
    if (draw && isFinitePlan(result)) this.#show(result, episode);
    return {
      episode,
      planId: id,
      firstStep: result.firstStep,
      actions: result.actions,
      planMs: result.planMs,
    };
  }

  #show(result: PlanResult, episode: number): void {
    const rows = (flat: Float32Array) => toRows(flat, this.channels.observations);
    this.telemetry.publish({
      kind: 'plan',
      plan: {
        episode,
        step: result.firstStep,
        planMs: result.planMs,
        periodMs: this.channels.periodSeconds * 1000,
        expectedReturn: result.expectedReturn,
        mean: rows(result.mean),
        std: rows(result.std),
        actions: result.actions,
        insight: result.insight,
        ahead: result.firstStep - result.observedStep,
        candidates: result.candidates.map((c) => ({ return: c.return, trajectory: rows(c.trajectory) })),
      },
    });
  }
}

/** A model that diverges has nothing to draw; that its plans are bad shows in the return. */
function isFinitePlan({ expectedReturn, mean, std }: PlanResult): boolean {
  return Number.isFinite(expectedReturn) && mean.every(Number.isFinite) && std.every(Number.isFinite);
}

/** [rows, columns] row-major to an array of rows, rounded to float32's own precision for the wire. */
function toRows(flat: Float32Array, columns: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < flat.length; i += columns) {
    const row: number[] = [];
    for (let j = i; j < i + columns; j++) row.push(Number(flat[j]!.toPrecision(6)));
    rows.push(row);
  }
  return rows;
}
