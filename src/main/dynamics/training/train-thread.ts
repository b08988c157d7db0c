import { Worker } from 'node:worker_threads';
import { type ErrorShape, ForesightError } from '../../../shared/errors';
import { entryPoint } from '../../processes/entry';
import type { TrainingData } from '../data/training-data';
import type { MemberState, Pass, StageSetup } from './member-run';

export type ToTrainThread =
  | {
      type: 'open';
      /** The data is sent once, its large arrays as what they share; after that null stands for the same. */
      setup: Omit<StageSetup, 'data'>;
      data: TrainingData | null;
    }
  | { type: 'run'; state: MemberState; until: number }
  | { type: 'close' };
export type FromTrainThread =
  | { type: 'opened' }
  | { type: 'ran'; state: MemberState; passes: Pass[] }
  | { type: 'failed'; error: ErrorShape };

/** A worker thread that trains members (train-worker.ts), one question at a time. */
export class TrainThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #waiting: { resolve(answer: FromTrainThread): void; reject(error: unknown): void } | undefined;
  #ended: ForesightError | undefined;
  #data: TrainingData | undefined;

  constructor() {
    const { path, execArgv } = entryPoint('train-worker');
    this.#worker = new Worker(path, { execArgv, name: 'train' });
    this.#worker.on('message', (answer: FromTrainThread) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#end(cause.message, cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#end(`it exited with code ${code}`);
        resolve();
      });
    });
  }

  /** @throws what compiling throws */
  async open({ data, ...setup }: StageSetup): Promise<void> {
    const known = this.#data === data;
    this.#data = data;
    await this.#ask({ type: 'open', setup, data: known ? null : data });
  }

  async run(state: MemberState, until: number): Promise<{ state: MemberState; passes: Pass[] }> {
    const answer = await this.#ask({ type: 'run', state, until }, buffersOf(state));
    return answer as Extract<FromTrainThread, { type: 'ran' }>;
  }

  /**
   * Lets it finish what it is doing. (Terminated inside ONNX Runtime it would take the process with it; whoever cannot
   * wait ends the process.)
   */
  async close(): Promise<void> {
    if (!this.#ended) this.#worker.postMessage({ type: 'close' } satisfies ToTrainThread);
    await this.#exited;
  }

  #ask(message: ToTrainThread, transfer: ArrayBuffer[] = []): Promise<FromTrainThread> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(message, transfer);
    });
  }

  #settle(answer: FromTrainThread): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (answer.type === 'failed') waiting?.reject(ForesightError.fromShape(answer.error));
    else waiting?.resolve(answer);
  }

  #end(what: string, cause?: Error): void {
    this.#ended ??= new ForesightError(
      'internal',
      `A training thread ended unexpectedly: ${what}.`,
      'Start the training again; if it ends once more, free memory or choose a smaller model.',
      { cause },
    );
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }
}

/** The memory of a state's arrays, each once: handed over and not copied. */
export function buffersOf({ arrays, best }: MemberState): ArrayBuffer[] {
  const all = [...Object.values(arrays), ...Object.values(best?.weights ?? {})].map(({ buffer }) => buffer);
  return [...new Set(all)] as ArrayBuffer[];
}
