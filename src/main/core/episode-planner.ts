import type { StepRow } from '../../shared/episode';
import type { ActionChannel } from '../../shared/rig';
import { guardAction, holdAction } from '../control/guard';
import type { PlanMessage as PlanToRig, TickMessage } from '../control/messages';
import { PlanBook } from '../control/plans';
import type { Planner } from '../plan/thread';
import type { PlanResult } from '../plan/types';
import { type NextPlan, nextPlan, PlanLatency, TickPhase } from './latency';
import type { Telemetry } from './telemetry';

type PlanMessage = Omit<PlanToRig, 'type'>;
type Tick = Pick<TickMessage, 'step' | 'observation' | 'action'>;

/** The screen gets the imagined futures this often; drawing more would only cost planning time. */
const DRAW_INTERVAL_MS = 60;
/** Predictions are looked up by the row that used them, which comes at most a horizon later. */
const KEPT_PLANS = 256;

/** What a plan is made from. */
interface Start {
  observation: number[];
  step: number;
  pending: number[][];
  past: { observation: number[]; action: number[] }[];
}

/** What the row that follows a plan records of it. */
type Remembered = Required<Pick<StepRow, 'prediction' | 'insight'>>;

/**
 * Asks the planner for the plans of one episode after another, and remembers what they predicted. In real time it knows
 * what the rig will do until a plan can be there, and plans for what comes after that (docs/deadline.md).
 */
export class EpisodePlanner {
  #nextId = 1;
  #fresh = true;
  #lastDrawn = 0;
  readonly #plans = new Map<number, Remembered>();
  /** Rows of the episode so far, newest last, as many as a model with a history looks back. */
  #past: { observation: number[]; action: number[] }[] = [];
  /** Real time: the newest row, and where its episode's plans go. */
  #newest: { tick: Tick; episode: number; send(plan: PlanMessage): void } | undefined;
  #planning = false;
  /** Step of the observation that the last plan was made from, -1 before the first. */
  #planned = -1;
  /** The plans in force, as the rig process has them. */
  #book = new PlanBook();
  #phase: TickPhase;
  readonly #latency: PlanLatency;
  /** What the latency was begun with: another one says that the planner is another one. */
  #warmPlanMs: number;

  constructor(
    readonly planner: Planner,
    private readonly telemetry: Pick<Telemetry, 'watched' | 'publish'>,
    private readonly channels: {
      periodSeconds: number;
      observations: number;
      /** Observations that the model predicts from. */
      history: number;
    },
    /** Monotonic, ms. */
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#phase = new TickPhase(this.#periodMs);
    this.#warmPlanMs = planner.warmPlanMs;
    this.#latency = new PlanLatency(this.#warmPlanMs);
  }

  get #periodMs(): number {
    return this.channels.periodSeconds * 1000;
  }

  /** A new episode. How long plans take is still known from the one before. */
  begin(): void {
    this.#fresh = true;
    this.#past = [];
    this.#newest = undefined;
    this.#planned = -1;
    this.#book = new PlanBook();
    this.#phase = new TickPhase(this.#periodMs);
  }

  /** Real time: the first step of an episode that a plan is promised for. */
  get firstPlannedStep(): number {
    const start = { observed: 0, planned: -1, ageMs: 0, atTick: true };
    return nextPlan(start, this.#tripMs(), this.#periodMs, this.planner.horizon).firstStep;
  }

  /** Every row of the episode passes here, whether it is planned from or not. */
  observed({ observation, action }: Pick<TickMessage, 'observation' | 'action'>): void {
    this.#past.push({ observation, action });
    if (this.#past.length >= this.channels.history + 1) this.#past.shift();
  }

  /** Lockstep: the plan for the step that waits for it. */
  async planFor(step: number, observation: number[], episode: number): Promise<PlanMessage> {
    const plan = await this.#plan({ observation, step, pending: [], past: this.#past }, episode);
    return { episode, ...plan };
  }

  /**
   * Real time: this tick's action is being executed. Begins a plan when the planner is free, for the step at which it
   * can take effect, and goes on as long as there is something newer to plan from; `send` gets every plan. A late plan
   * is never queued behind another. Rejects when planning fails.
   * @param actions channels of the rig, for what the guard will make of plans
   */
  async planAhead(
    tick: Tick,
    episode: number,
    actions: readonly ActionChannel[],
    send: (plan: PlanMessage) => void,
  ): Promise<void> {
    this.#newest = { tick, episode, send };
    this.#phase.push(tick.step, this.now());
    if (this.#planning) return;
    this.#planning = true;
    try {
      for (let next = this.#next(true); next?.begins; next = this.#next(false)) {
        await this.#planNext(next.firstStep, actions);
      }
    } finally {
      this.#planning = false;
    }
  }

  /** What the plan behind a row said, for that row. */
  rememberedOf(planId: number): Remembered | undefined {
    return this.#plans.get(planId);
  }

  #tripMs(): number {
    if (this.planner.warmPlanMs !== this.#warmPlanMs) {
      this.#warmPlanMs = this.planner.warmPlanMs;
      this.#latency.restart(this.#warmPlanMs);
    }
    return this.#latency.estimateMs;
  }

  /** @param atTick the newest row has only just come */
  #next(atTick: boolean): NextPlan | undefined {
    if (!this.#newest) return undefined;
    const observed = this.#newest.tick.step;
    const ageMs = this.now() - this.#phase.at(observed);
    const start = { observed, planned: this.#planned, ageMs, atTick };
    return nextPlan(start, this.#tripMs(), this.#periodMs, this.planner.horizon);
  }

  async #planNext(firstStep: number, actions: readonly ActionChannel[]): Promise<void> {
    if (!this.#newest) return;
    const { tick, episode } = this.#newest;
    const began = this.now();
    this.#planned = tick.step;
    // The newest row is the one that is planned from, not its past.
    const from = { observation: tick.observation, step: tick.step, past: this.#past.slice(0, -1) };
    const plan = await this.#plan({ ...from, pending: this.#pending(tick, firstStep, actions) }, episode);
    this.#latency.report(this.now() - began);
    if (this.#newest?.episode !== episode) return;
    const after = this.#next(false)?.firstStep ?? firstStep + 1;
    const kept = { ...plan, goodForSteps: Math.max(1, after - firstStep) };
    this.#book.add(kept);
    this.#newest.send({ episode, ...kept });
  }

  /** What will be executed at the steps before `firstStep`, the one under way first, as the guard lets it through. */
  #pending(tick: Tick, firstStep: number, actions: readonly ActionChannel[]): number[][] {
    const pending = [tick.action];
    const hold = [...holdAction(actions)];
    for (let step = tick.step + 1; step < firstStep; step++) {
      const { requested } = this.#book.foresee(step) ?? { requested: hold };
      const before = Float64Array.from(pending.at(-1) ?? hold);
      pending.push([...guardAction(actions, this.channels.periodSeconds, before, requested, step).action]);
    }
    return pending;
  }

  async #plan(from: Start, episode: number): Promise<Omit<PlanMessage, 'episode'>> {
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
    const { firstStep, mean, std, insight } = result;
    this.#plans.set(id, { prediction: { firstStep, mean, std }, insight });
    this.#plans.delete(id - KEPT_PLANS);
    if (draw && isFinitePlan(result)) this.#show(result, episode);
    return { planId: id, firstStep, actions: result.actions, planMs: result.planMs };
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
        candidates: result.candidates
          .filter((c) => Number.isFinite(c.return) && c.trajectory.every(Number.isFinite))
          .map((c) => ({ return: c.return, trajectory: rows(c.trajectory) })),
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
