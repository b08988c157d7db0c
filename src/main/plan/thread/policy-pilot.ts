import type { TaskFile } from '../../../shared/task';
import { sameShapes } from '../../policy/representation/acting';
import type { OwnBehaviour } from '../../policy/representation/types';
import { pilotHorizon } from '../pilot/policy-session';
import type { PlanRequest, PlanResult, PolicySetup } from '../types';
import { closedError, PlanThread } from './plan-thread';

/** A policy in a thread of its own, asked as a planner is (index.ts). */
export interface PolicyPilot {
  readonly warmPlanMs: number;
  readonly horizon: number;
  plan(request: PlanRequest): Promise<PlanResult>;
  /**
   * Weights, or how it explores, from the next plan on; `decided.behaviour` of the plans after it is this number. An actor of
   * other shapes is compiled in a thread of its own first, while the present one goes on acting.
   */
  behave(behaviour: OwnBehaviour, number: number): Promise<void>;
  /** Another model, or other eyes: compiled in a thread of its own first, while the present one goes on acting. @throws ForesightError */
  swap(setup: PolicySetup): Promise<void>;
  /** Another reward that its futures are judged by. @throws ForesightError bad-formula */
  judgeBy(task: TaskFile): Promise<void>;
  close(): Promise<void>;
}

/** Starts a policy's thread and resolves when it is ready to act. @throws ForesightError */
export async function startPolicy(setup: PolicySetup): Promise<PolicyPilot> {
  return new ThreadedPolicy(await PlanThread.startPolicy(setup), setup);
}

class ThreadedPolicy implements PolicyPilot {
  /** What is to be compiled in another thread comes one after another; what was asked for later wins. */
  #changes: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    private thread: PlanThread,
    private setup: PolicySetup,
  ) {}

  get warmPlanMs(): number {
    return this.thread.warmPlanMs;
  }

  get horizon(): number {
    return pilotHorizon(this.setup);
  }

  plan(request: PlanRequest): Promise<PlanResult> {
    if (this.#closed) return Promise.reject(closedError());
    return this.thread.plan(request);
  }

  behave(behaviour: OwnBehaviour, number: number): Promise<void> {
    return this.#next(async () => {
      const setup = { ...this.setup, behaviour };
      if (!sameShapes(this.setup.behaviour, behaviour) && !(await this.#compile(setup))) return;
      this.setup = setup;
      this.thread.behave(behaviour, number);
    });
  }

  swap(setup: PolicySetup): Promise<void> {
    return this.#next(async () => {
      if (await this.#compile(setup)) this.setup = setup;
    });
  }

  /** @returns whether the new thread acts from now on; not where this one was closed meanwhile */
  async #compile(setup: PolicySetup): Promise<boolean> {
    const next = await PlanThread.startPolicy(setup);
    if (this.#closed) {
      await next.close();
      return false;
    }
    const old = this.thread;
    this.thread = next;
    // A plan in the making is finished.
    void old.close();
    return true;
  }

  judgeBy(task: TaskFile): Promise<void> {
    return this.#next(async () => {
      await this.thread.adjust({ task });
      this.setup = { ...this.setup, task };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.thread.close();
    await this.#changes;
  }

  #next(work: () => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => undefined); // whoever asked for it hears of it
    return result;
  }
}
