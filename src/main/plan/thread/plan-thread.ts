import { Worker } from 'node:worker_threads';
import { ForesightError } from '../../../shared/errors';
import type { PlanAdjustment } from '../../../shared/plan';
import type { OwnBehaviour } from '../../policy/representation/types';
import { entryPoint } from '../../processes/entry';
import type {
  FromPlanWorker,
  PlanRequest,
  PlanResult,
  PlanSetup,
  PolicySetup,
  ToPlanWorker,
  WarmStart,
} from '../types';

interface Pending {
  resolve(result: PlanResult): void;
  reject(error: ForesightError): void;
}

/** One planning thread (plan-worker.ts) with one setup, from compiling to its end. */
export class PlanThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #gone: ForesightError | undefined;
  #ready: { resolve(): void; reject(error: ForesightError): void } | undefined;
  #adjusting: { resolve(done: boolean): void; reject(error: ForesightError): void }[] = [];
  #compileMs = 0;
  #warmPlanMs = 0;

  private constructor() {
    const { path, execArgv } = entryPoint('plan-worker');
    this.#worker = new Worker(path, { execArgv, name: 'plan' });
    this.#worker.on('message', (message: FromPlanWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(crashed(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end(closedError());
        resolve();
      });
    });
  }

  /** Resolves when the thread has compiled everything. @throws ForesightError */
  static start(setup: PlanSetup): Promise<PlanThread> {
    return PlanThread.#start({ type: 'setup', setup });
  }

  /** The same for a policy. */
  static startPolicy(setup: PolicySetup): Promise<PlanThread> {
    return PlanThread.#start({ type: 'setup policy', setup });
  }

  static async #start(message: ToPlanWorker): Promise<PlanThread> {
    const thread = new PlanThread();
    try {
      await new Promise<void>((resolve, reject) => {
        thread.#ready = { resolve, reject };
        thread.#post(message);
      });
    } catch (error) {
      await thread.close();
      throw error;
    }
    return thread;
  }

  get compileMs(): number {
    return this.#compileMs;
  }

  /** What a plan took while the thread warmed up, ms. */
  get warmPlanMs(): number {
    return this.#warmPlanMs;
  }

  /** Takes effect with the next plan. False when it cannot be had without another thread. @throws ForesightError */
  adjust(adjustment: PlanAdjustment): Promise<boolean> {
    if (this.#gone) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#adjusting.push({ resolve, reject });
      this.#post({ type: 'adjust', adjustment });
    });
  }

  /** A policy of the same shapes acts from the next plan on. */
  behave(behaviour: OwnBehaviour, number: number): void {
    if (!this.#gone) this.#post({ type: 'behave', behaviour, number });
  }

  plan(request: PlanRequest, warmStart?: WarmStart): Promise<PlanResult> {
    if (this.#gone) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      this.#post({ type: 'plan', request, ...(warmStart ? { warmStart } : {}) });
    });
  }

  /** Lets a plan in the making finish. */
  async close(): Promise<void> {
    if (!this.#gone) this.#post({ type: 'close' });
    await this.#exited;
  }

  #post(message: ToPlanWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromPlanWorker): void {
    if (message.type === 'ready') {
      this.#compileMs = message.compileMs;
      this.#warmPlanMs = message.planMs;
      this.#ready?.resolve();
    } else if (message.type === 'plan') {
      this.#pending.get(message.result.id)?.resolve(message.result);
      this.#pending.delete(message.result.id);
    } else if (message.type === 'adjusted') {
      this.#adjusting.shift()?.resolve(message.done);
    } else if (message.of === 'plan') {
      this.#pending.get(message.id)?.reject(ForesightError.fromShape(message.error));
      this.#pending.delete(message.id);
    } else if (message.of === 'adjust') {
      this.#adjusting.shift()?.reject(ForesightError.fromShape(message.error));
    } else {
      this.#ready?.reject(ForesightError.fromShape(message.error));
    }
  }

  #end(error: ForesightError): void {
    if (this.#gone) return;
    this.#gone = error;
    this.#ready?.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    for (const { reject } of this.#adjusting.splice(0)) reject(error);
  }
}

function crashed(cause: Error): ForesightError {
  return new ForesightError(
    'internal',
    `The part of Foresight that plans ended unexpectedly: ${cause.message}`,
    'See what the rig reports. Start the run again, and send the message to the developers.',
    { cause },
  );
}

export function closedError(): ForesightError {
  return new ForesightError('cancelled', 'The planner was closed.', 'Start the run again to plan further.');
}
