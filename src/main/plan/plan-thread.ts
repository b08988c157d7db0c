import { Worker } from 'node:worker_threads';
import { ForesightError } from '../../shared/errors';
import { entryPoint } from '../entry';
import type { FromPlanWorker, PlanRequest, PlanResult, PlanSetup, ToPlanWorker, WarmStart } from './types';

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
  #ready: { resolve(compileMs: number): void; reject(error: ForesightError): void } | undefined;
  #compileMs = 0;

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
  static async start(setup: PlanSetup): Promise<PlanThread> {
    const thread = new PlanThread();
    try {
      thread.#compileMs = await new Promise<number>((resolve, reject) => {
        thread.#ready = { resolve, reject };
        thread.#post({ type: 'setup', setup });
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

  plan(request: PlanRequest, warmStart: WarmStart | undefined): Promise<PlanResult> {
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
      this.#ready?.resolve(message.compileMs);
    } else if (message.type === 'plan') {
      this.#pending.get(message.result.id)?.resolve(message.result);
      this.#pending.delete(message.result.id);
    } else if (message.type === 'adjusted') {
      throw new Error('not built yet');
    } else if (message.id !== null) {
      this.#pending.get(message.id)?.reject(ForesightError.fromShape(message.error));
      this.#pending.delete(message.id);
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
  }
}

function crashed(cause: Error): ForesightError {
  return new ForesightError(
    'internal',
    `The part of Foresight that plans ended unexpectedly: ${cause.message}`,
    'The rig holds by itself. Start the run again, and send the message to the developers.',
    { cause },
  );
}

export function closedError(): ForesightError {
  return new ForesightError('cancelled', 'The planner was closed.', 'Start the run again to plan further.');
}
