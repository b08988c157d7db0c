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

  constructor(
    readonly planner: Planner,
    private readonly telemetry: Telemetry,
    private readonly periodSeconds: number,
    private readonly observations: number,
  ) {}

  begin(): void {
    this.#fresh = true;
  }

  /** Lockstep: the plan for the step that waits for it. */
  planFor(step: number, observation: number[], episode: number): Promise<PlanMessage | null> {
    return this.#plan(observation, step, [], episode);
  }

  /**
   * Real time: while this tick's action is being executed, the plan for the next step starts from the model's
   * prediction of the state there (architecture.md, "Time"). Resolves with null when the planner is still busy
   * with an earlier step: a late plan is never queued behind another.
   */
  planAhead(tick: TickMessage, episode: number): Promise<PlanMessage | null> {
    if (this.planner.busy) return Promise.resolve(null);
    return this.#plan(tick.observation, tick.step, [tick.action], episode);
  }

  predictionOf(planId: number): StepPrediction | undefined {
    return this.#predictions.get(planId);
  }

  async #plan(
    observation: number[],
    observedStep: number,
    pending: number[][],
    episode: number,
  ): Promise<PlanMessage | null> {
    const id = this.#nextId++;
    const now = performance.now();
    const draw = this.telemetry.watched && now - this.#lastDrawn >= DRAW_INTERVAL_MS;
    if (draw) this.#lastDrawn = now;
    const fresh = this.#fresh;
    this.#fresh = false;
    const result = await this.planner.plan({ id, observation, observedStep, pending, fresh, draw });
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
    const rows = (flat: Float32Array) => toRows(flat, this.observations);
    this.telemetry.publish({
      kind: 'plan',
      plan: {
        episode,
        step: result.firstStep,
        planMs: result.planMs,
        periodMs: this.periodSeconds * 1000,
        expectedReturn: result.expectedReturn,
        mean: rows(result.mean),
        std: rows(result.std),
        actions: result.actions,
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
