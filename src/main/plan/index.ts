import { ForesightError } from '../../shared/errors';
import { closedError, PlanThread } from './plan-thread';
import type { PlanRequest, PlanResult, PlanSetup, WarmStart } from './types';

export { planBounds } from './bounds';
export type * from './types';

/**
 * Threads inside one call of the rollout graph. It is some 300 small operations: two threads take as long as one,
 * because the second sleeps and is woken for each of them, and need a quarter more of the processor (docs/planning.md).
 */
export const DEFAULT_PLAN_THREADS = 1;

export interface Planner {
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
  close(): Promise<void>;
}

/** Starts the planning thread and resolves when it is ready to plan. @throws ForesightError */
export async function startPlanner(setup: PlanSetup): Promise<Planner> {
  return new ThreadedPlanner(await PlanThread.start(setup));
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

  constructor(private thread: PlanThread) {}

  get compileMs(): number {
    return this.thread.compileMs;
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
        this.#last = { firstStep: result.firstStep, actions: result.actions };
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

  async swap(setup: PlanSetup): Promise<void> {
    const next = await PlanThread.start(setup);
    if (this.#closed) {
      await next.close();
      throw closedError();
    }
    const replaced = this.#next;
    this.#next = next;
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

function supersededError(older: PlanRequest, newer: PlanRequest): ForesightError {
  return new ForesightError(
    'cancelled',
    `The plan for step ${older.observedStep + older.pending.length} was dropped, because the planner was busy until step ${newer.observedStep} was observed.`,
    'Choose fewer candidates or a shorter horizon, so that a plan fits into the control period.',
  );
}
