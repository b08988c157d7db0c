import { Worker } from 'node:worker_threads';
import { type ErrorShape, ForesightError } from '../../../shared/errors';
import { entryPoint } from '../../processes/entry';
import type { Surprise, WatchedStep } from './surprise-meter';

export type ToSurpriseWorker =
  | { type: 'open'; id: number; modelFile: string }
  | { type: 'measure'; id: number; steps: readonly WatchedStep[] }
  | { type: 'close' };
export type FromSurpriseWorker =
  | { type: 'done'; id: number; surprises: Surprise[] }
  | { type: 'failed'; id: number; error: ErrorShape };

/** A worker thread that compares a model with what happens (surprise-worker.ts); questions are answered in order. */
export class SurpriseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve(surprises: Surprise[]): void; reject(error: unknown): void }
  >();
  readonly #exited: Promise<void>;
  #ended: ForesightError | undefined;
  #nextId = 1;

  constructor() {
    const { path, execArgv } = entryPoint('surprise-worker');
    this.#worker = new Worker(path, { execArgv, name: 'surprise' });
    this.#worker.on('message', (message: FromSurpriseWorker) => this.#settle(message));
    this.#worker.on('error', (cause) => this.#end(cause.message, cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end('it was closed');
        resolve();
      });
    });
  }

  /** Compares with this model from now on. */
  async open(modelFile: string): Promise<void> {
    await this.#ask((id) => ({ type: 'open', id, modelFile }));
  }

  /** One surprise a step. */
  measure(steps: readonly WatchedStep[]): Promise<Surprise[]> {
    return this.#ask((id) => ({ type: 'measure', id, steps }));
  }

  /** Lets it finish what it was asked. */
  async close(): Promise<void> {
    if (!this.#ended) this.#worker.postMessage({ type: 'close' } satisfies ToSurpriseWorker);
    await this.#exited;
  }

  #ask(question: (id: number) => ToSurpriseWorker): Promise<Surprise[]> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(question(id));
    });
  }

  #settle(message: FromSurpriseWorker): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'done') waiting?.resolve(message.surprises);
    else waiting?.reject(ForesightError.fromShape(message.error));
  }

  #end(reason: string, cause?: Error): void {
    if (this.#ended) return;
    this.#ended = new ForesightError(
      'internal',
      `The part of Foresight that compares the model with the rig ended: ${reason}.`,
      'The run goes on without being watched. Start it again to have it watched.',
      { cause },
    );
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
