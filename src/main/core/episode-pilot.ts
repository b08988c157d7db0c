import type { ActionChannel } from '../../shared/rig';
import type { Pilot } from '../plan/thread';
import type { PlanRequest, PlanResult } from '../plan/types';
import type { EpisodeCourse, Tick } from './episode-course';
import { type NextPlan, nextPlan, PlanLatency } from './latency';

/** The screen gets the imagined futures this often; drawing more would only cost planning time. */
const DRAW_INTERVAL_MS = 60;

type Beginning = Pick<PlanRequest, 'observation' | 'past' | 'pending'> & { step: number };

/** A plan, and for which steps it is meant. */
export interface MadePlan {
  result: PlanResult;
  episode: number;
  goodForSteps: number;
  /** It was asked to be drawn. */
  drawn: boolean;
}

/**
 * Asks one pilot for the plans of one episode after another. In real time it knows what the rig will do until a plan can be
 * there, and plans for what comes after that (docs/deadline.md).
 */
export class EpisodePilot {
  #nextId = 1;
  #fresh = true;
  #lastDrawn = 0;
  #planning = false;
  /** Step of the observation that the last plan was made from, -1 before the first. */
  #planned = -1;
  readonly #latency: PlanLatency;
  /** What the latency was begun with: another one says that the pilot is another one. */
  #warmPlanMs: number;

  constructor(
    readonly pilot: Pilot,
    private readonly course: EpisodeCourse,
    private readonly watched: () => boolean,
    private readonly now: () => number,
    /** Decides by pictures. */
    private readonly looks = false,
  ) {
    this.#warmPlanMs = pilot.warmPlanMs;
    this.#latency = new PlanLatency(this.#warmPlanMs);
  }

  /** A new episode, or one that it takes over. How long plans take is still known from before. */
  begin(): void {
    this.#fresh = true;
    this.#planned = -1;
  }

  /** Real time: the first step of an episode that a plan is promised for. */
  get firstPlannedStep(): number {
    const start = { observed: 0, planned: -1, ageMs: 0, atTick: true };
    return nextPlan(start, this.#tripMs(), this.course.periodMs, this.pilot.horizon).firstStep;
  }

  /** Lockstep: the plan for the step that waits for it. */
  async planFor(step: number, observation: number[], episode: number): Promise<MadePlan> {
    return this.#plan({ observation, step, pending: [], past: this.course.past(false) }, episode);
  }

  /**
   * Real time: begins a plan when the pilot is free, for the step at which it can take effect, and goes on as long as there is
   * something newer to plan from. A late plan is never queued behind another. Rejects when planning fails.
   */
  async planAhead(actions: readonly ActionChannel[], made: (plan: MadePlan) => void): Promise<void> {
    if (this.#planning) return;
    this.#planning = true;
    try {
      for (let next = this.#next(true); next?.begins; next = this.#next(false)) {
        await this.#planNext(next.firstStep, actions, made);
      }
    } finally {
      this.#planning = false;
    }
  }

  #tripMs(): number {
    if (this.pilot.warmPlanMs !== this.#warmPlanMs) {
      this.#warmPlanMs = this.pilot.warmPlanMs;
      this.#latency.restart(this.#warmPlanMs);
    }
    return this.#latency.estimateMs;
  }

  /** @param atTick the newest row has only just come */
  #next(atTick: boolean): NextPlan | undefined {
    const { newest, periodMs } = this.course;
    if (!newest) return undefined;
    const observed = newest.tick.step;
    const start = { observed, planned: this.#planned, ageMs: this.course.ageMs(observed), atTick };
    return nextPlan(start, this.#tripMs(), periodMs, this.pilot.horizon);
  }

  async #planNext(
    firstStep: number,
    actions: readonly ActionChannel[],
    made: (plan: MadePlan) => void,
  ): Promise<void> {
    const { newest } = this.course;
    if (!newest) return;
    const { tick, episode } = newest;
    const began = this.now();
    this.#planned = tick.step;
    const pending = this.course.pending(tick, firstStep, actions);
    const plan = await this.#plan(this.#from(tick, pending), episode);
    this.#latency.report(this.now() - began);
    if (this.course.newest?.episode !== episode) return;
    const after = this.#next(false)?.firstStep ?? firstStep + 1;
    made({ ...plan, goodForSteps: Math.max(1, after - firstStep) });
  }

  /** Where a plan begins: at the newest row or, where its pictures are still on their way, at the newest that was seen. */
  #from(tick: Tick, pending: number[][]): Beginning {
    const step = this.looks ? this.course.seenUntil(tick.step) : tick.step;
    if (step === tick.step) {
      return { observation: tick.observation, step, past: this.course.past(true), pending };
    }
    const { done, ...row } = this.course.earlier(step, tick.step);
    return { ...row, step, pending: [...done, ...pending] };
  }

  async #plan(from: Beginning, episode: number): Promise<MadePlan> {
    const now = performance.now();
    const draw = this.watched() && now - this.#lastDrawn >= DRAW_INTERVAL_MS;
    if (draw) this.#lastDrawn = now;
    const fresh = this.#fresh;
    this.#fresh = false;
    const { observation, step: observedStep, pending, past } = from;
    const glimpses = this.course.glimpses(observedStep);
    const pictures = glimpses ? undefined : this.course.pictures(observedStep);
    const request = {
      ...{ id: this.#nextId++, fresh, draw, observation, observedStep, pending },
      ...(past && { past }),
      ...(pictures && { pictures }),
      ...(glimpses && { glimpses }),
    };
    return { result: await this.pilot.plan(request), episode, goodForSteps: 1, drawn: draw };
  }
}
