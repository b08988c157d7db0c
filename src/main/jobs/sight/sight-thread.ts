import { Worker } from 'node:worker_threads';
import { type ErrorShape, ForesightError } from '../../../shared/errors';
import type { FilmStrip } from '../../../shared/film-strip';
import type { LatentMap } from '../../../shared/latent-map';
import type { EpisodeStretch } from '../../../shared/model';
import { entryPoint } from '../../processes/entry';

interface StripAsked {
  workspace: string;
  modelFile: string;
  episode: number;
  /** That it has by now. */
  steps: number;
  /** Null: the newest there are, up to the last row. */
  row: number | null;
}
interface MapAsked {
  workspace: string;
  modelFile: string;
  stretches: EpisodeStretch[];
}

interface PicturesAsked {
  modelFile: string;
  /** [numbers of a state] each. */
  states: Float32Array[];
}

export type ToSightWorker =
  | ({ type: 'strip'; id: number } & StripAsked)
  | ({ type: 'pictures'; id: number } & PicturesAsked)
  | ({ type: 'map'; id: number } & MapAsked)
  | { type: 'close' };
export type FromSightWorker =
  | { type: 'strip'; id: number; strip: FilmStrip }
  | { type: 'pictures'; id: number; pictures: string[] }
  | { type: 'map'; id: number; map: LatentMap }
  | { type: 'failed'; id: number; error: ErrorShape };
type Answer = Exclude<FromSightWorker, { type: 'failed' }>;

/** A thread that looks at recorded pictures as a model does (sight-worker.ts); answers come in the order of the questions. */
export class SightThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: unknown): void }>();
  readonly #exited: Promise<void>;
  #ended: ForesightError | undefined;
  #nextId = 1;

  constructor() {
    const { path, execArgv } = entryPoint('sight-worker');
    this.#worker = new Worker(path, { execArgv, name: 'sight' });
    this.#worker.on('message', (message: FromSightWorker) => this.#settle(message));
    this.#worker.on('error', (cause) => this.#end(cause.message, cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end('it was closed');
        resolve();
      });
    });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** @throws ForesightError not-found, unavailable, bad-data, bad-file, wrong-use; internal: the thread ended */
  async strip(asked: StripAsked): Promise<FilmStrip> {
    const answer = await this.#ask((id) => ({ type: 'strip', id, ...asked }));
    if (answer.type === 'strip') return answer.strip;
    throw new TypeError('a strip was asked for');
  }

  /** What states show: PNG files, base64. @throws ForesightError bad-file, wrong-use; internal: the thread ended */
  async pictures(asked: PicturesAsked): Promise<string[]> {
    const answer = await this.#ask((id) => ({ type: 'pictures', id, ...asked }));
    if (answer.type === 'pictures') return answer.pictures;
    throw new TypeError('pictures were asked for');
  }

  /** @throws as `strip` */
  async map(asked: MapAsked): Promise<LatentMap> {
    const answer = await this.#ask((id) => ({ type: 'map', id, ...asked }));
    if (answer.type === 'map') return answer.map;
    throw new TypeError('a map was asked for');
  }

  /** Lets it finish what it was asked. */
  async close(): Promise<void> {
    if (!this.#ended) this.#worker.postMessage({ type: 'close' } satisfies ToSightWorker);
    await this.#exited;
  }

  /** Ends it in the middle of whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited;
  }

  #ask(question: (id: number) => ToSightWorker): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(question(id));
    });
  }

  #settle(message: FromSightWorker): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'failed') waiting?.reject(ForesightError.fromShape(message.error));
    else waiting?.resolve(message);
  }

  #end(reason: string, cause?: Error): void {
    if (this.#ended) return;
    this.#ended = new ForesightError(
      'internal',
      `The part of Foresight that looks through a model's eyes ended: ${reason}.`,
      'Try again.',
      { cause },
    );
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
