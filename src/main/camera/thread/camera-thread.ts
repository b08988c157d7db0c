import { Worker } from 'node:worker_threads';
import { type ErrorShape, ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import { entryPoint } from '../../processes/entry';
import type { Conditions } from '../simulated/conditions';

export type ToCameraWorker =
  | { type: 'open'; id: number; rig: Rig }
  | {
      type: 'picture';
      id: number;
      camera: number;
      pose: readonly number[];
      seed: number;
      conditions: Conditions;
    }
  | { type: 'close' };
export type FromCameraWorker =
  | { type: 'done'; id: number; png: Uint8Array }
  | { type: 'failed'; id: number; error: ErrorShape };

/** A worker thread with the simulated cameras of a rig (camera-worker.ts); pictures come in the order they are asked for. */
export class CameraThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(png: Uint8Array): void; reject(error: unknown): void }>();
  readonly #exited: Promise<void>;
  #ended: ForesightError | undefined;
  #nextId = 1;

  private constructor() {
    const { path, execArgv } = entryPoint('camera-worker');
    this.#worker = new Worker(path, { execArgv, name: 'cameras' });
    this.#worker.on('message', (message: FromCameraWorker) => this.#settle(message));
    this.#worker.on('error', (cause) => this.#end(cause.message, cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end('it was closed');
        resolve();
      });
    });
  }

  /** @throws ForesightError what is wrong with the rig's cameras */
  static async open(rig: Rig): Promise<CameraThread> {
    const thread = new CameraThread();
    try {
      await thread.#ask((id) => ({ type: 'open', id, rig }));
      return thread;
    } catch (thrown) {
      await thread.close();
      throw thrown;
    }
  }

  /**
   * A PNG file of what a camera sees.
   * @param camera its place among the rig's
   * @param pose joint positions, MJCF order
   * @param seed of its noise
   * @throws ForesightError internal: the thread ended
   */
  picture(
    camera: number,
    pose: readonly number[],
    seed: number,
    conditions: Conditions,
  ): Promise<Uint8Array> {
    return this.#ask((id) => ({ type: 'picture', id, camera, pose, seed, conditions }));
  }

  /** Lets it finish what it was asked. */
  async close(): Promise<void> {
    if (!this.#ended) this.#worker.postMessage({ type: 'close' } satisfies ToCameraWorker);
    await this.#exited;
  }

  /** Ends it in the middle of whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited;
  }

  #ask(question: (id: number) => ToCameraWorker): Promise<Uint8Array> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(question(id));
    });
  }

  #settle(message: FromCameraWorker): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'done') waiting?.resolve(message.png);
    else waiting?.reject(ForesightError.fromShape(message.error));
  }

  #end(reason: string, cause?: Error): void {
    if (this.#ended) return;
    this.#ended = new ForesightError(
      'internal',
      `The part of Foresight that computes a rig's pictures ended: ${reason}.`,
      'Disconnect the rig and connect it again.',
      { cause },
    );
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
