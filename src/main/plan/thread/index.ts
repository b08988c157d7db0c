import { ForesightError } from '../../../shared/errors';
import type { PlanAdjustment } from '../../../shared/plan';
import type { PlanRequest, PlanResult, PlanSetup, WarmStart } from '../types';
import { closedError, PlanThread } from './plan-thread';

export { planBounds } from '../bounds';
export { simulatedRig } from '../simulator/simulated-rig';
export type * from '../types';
export { type PolicyPilot, startPolicy } from './policy-pilot';

/** Who can drive a rig: a planner, or a policy, whose plan is an action for now and what it foresees. */
export interface Pilot {
  /** What a plan took while the present thread warmed up, ms: the first idea of what plans take. */
  readonly warmPlanMs: number;
  /** Steps of a plan. */
  readonly horizon: number;
  /** Plans are asked for one after another. @throws ForesightError cancelled; internal (its thread ended); engine */
  plan(request: PlanRequest): Promise<PlanResult>;
}

export interface Planner extends Pilot {
  /** How long reading the model and compiling took, ms. */
  readonly compileMs: number;
  /** A plan is being made. */
  readonly busy: boolean;
  /**
   * Plans are made one at a time. A request that comes meanwhile waits; a still newer one takes its place, and
   * the one that waited is rejected with 'cancelled', because a plan for a past step helps nobody.
   * @throws ForesightError cancelled; internal (the planning thread ended); engine
   */
  plan(request: PlanRequest): Promise<PlanResult>;
  /**
   * Changes model, task or options. Everything is compiled in a thread of its own first, while the present one
   * goes on planning; the next plan after that is the new one's, warm-started from the last plan.
   */
  swap(setup: PlanSetup): Promise<void>;
  /**
   * Changes how plans are judged, and of what task, from the next plan on; resolves when that is so. What needs another
   * graph is compiled as in `swap`. Changes follow each other: a later one builds on an earlier one and wins over it.
   * @throws ForesightError bad-formula and whatever compiling throws; then everything is as before
   */
  adjust(adjustment: PlanAdjustment): Promise<void>;
  close(): Promise<void>;
}

/** Starts the planning thread and resolves when it is ready to plan. @throws ForesightError */
export async function startPlanner(setup: PlanSetup): Promise<Planner> {
  return new ThreadedPlanner(await PlanThread.start(setup), setup);
}

interface Job {
  request: PlanRequest;
  resolve(result: PlanResult): void;
  reject(error: unknown): void;
}

class ThreadedPlanner implements Planner {
  #waiting: Job | undefined;
  #running = false;
  #closed = false;
  /** Compiled and ready; takes over when no plan is in the making. */
  #next: PlanThread | undefined;
  #last: WarmStart | undefined;
  #handOver: WarmStart | undefined;

  /** What the newest thread plans with, adjustments included. */
  #setup: PlanSetup;
  /** Swaps and adjustments are made one after another, so that none is lost in another's new thread. */
  #changes: Promise<unknown> = Promise.resolve();
  /** Adjustments that wait to be made: all of them go into one new thread, and share its fate. */
  #adjustment: { together: PlanAdjustment; done: Promise<void> } | undefined;

  constructor(
    private thread: PlanThread,
    setup: PlanSetup,
  ) {
    this.#setup = setup;
  }

  get compileMs(): number {
    return this.thread.compileMs;
  }

  get horizon(): number {
    return this.#setup.planner.horizon;
  }

  get warmPlanMs(): number {
    return this.thread.warmPlanMs;
  }

  get busy(): boolean {
    return this.#running;
  }

  plan(request: PlanRequest): Promise<PlanResult> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiting?.reject(supersededError(this.#waiting.request, request));
      this.#waiting = { request, resolve, reject };
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    for (let job = this.#take(); job; job = this.#take()) {
      this.#takeOver();
      try {
        const result = await this.thread.plan(job.request, this.#handOver);
        this.#handOver = undefined;
        this.#last = result.warmStart ?? undefined;
        // Before whoever waits hears of it, so that they find the planner free for the next request.
        this.#running = this.#waiting !== undefined;
        job.resolve(result);
      } catch (error) {
        this.#running = this.#waiting !== undefined;
        job.reject(error);
      }
    }
  }

  #take(): Job | undefined {
    const job = this.#waiting;
    this.#waiting = undefined;
    return job;
  }

  swap(setup: PlanSetup): Promise<void> {
    // What is adjusted after this belongs to the new setup, not to one that waits for the old.
    this.#adjustment = undefined;
    return this.#change(() => this.#compile(setup));
  }

  adjust(adjustment: PlanAdjustment): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#adjustment) {
      Object.assign(this.#adjustment.together, withoutGaps(adjustment));
      return this.#adjustment.done;
    }
    const together = withoutGaps(adjustment);
    const done = this.#change(async () => {
      this.#adjustment = undefined;
      const setup = adjusted(this.#setup, together);
      if (await (this.#next ?? this.thread).adjust(together)) this.#setup = setup;
      else await this.#compile(setup);
    });
    this.#adjustment = { together, done };
    return done;
  }

  #change(work: () => Promise<void>): Promise<void> {
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => undefined); // whoever asked for it hears of it
    return result;
  }

  async #compile(setup: PlanSetup): Promise<void> {
    const next = await PlanThread.start(setup);
    if (this.#closed) {
      await next.close();
      throw closedError();
    }
    const replaced = this.#next;
    this.#next = next;
    this.#setup = setup;
    await replaced?.close();
  }

  #takeOver(): void {
    if (!this.#next) return;
    const old = this.thread;
    this.thread = this.#next;
    this.#next = undefined;
    this.#handOver = this.#last;
    void old.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting?.reject(closedError());
    this.#waiting = undefined;
    await Promise.all([this.thread.close(), this.#next?.close()]);
  }
}

/** The setup with what was adjusted. */
function adjusted(setup: PlanSetup, { task, ...judging }: PlanAdjustment): PlanSetup {
  return { ...setup, task: task ?? setup.task, propagation: { ...setup.propagation, ...judging } };
}

/** What is left out stays as it is, however it was left out. */
function withoutGaps(adjustment: PlanAdjustment): PlanAdjustment {
  return Object.fromEntries(Object.entries(adjustment).filter(([, value]) => value !== undefined));
}

function supersededError(older: PlanRequest, newer: PlanRequest): ForesightError {
  return new ForesightError(
    'cancelled',
    `The plan for step ${older.observedStep + older.pending.length} was dropped, because the planner was busy until step ${newer.observedStep} was observed.`,
    'Choose fewer candidates or a shorter horizon, so that a plan fits into the control period.',
  );
}
