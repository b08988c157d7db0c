import type { ForesightError } from '../../shared/errors';
import type { Notice } from '../../shared/telemetry';
import { Broadcast, values } from './stream';

const KEPT = 20;

/** What a person must see, wherever they are looking; the last twenty are kept for a window that opens later. */
export class Notices {
  readonly #kept: Notice[] = [];
  readonly #broadcast = new Broadcast<Notice>();

  add(level: Notice['level'], message: string, next = ''): void {
    const notice: Notice = { level, message, next, at: Date.now() };
    this.#kept.push(notice);
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#broadcast.publish(notice);
  }

  failure(error: ForesightError): void {
    this.add('error', error.message, error.next);
  }

  stream(signal?: AbortSignal): AsyncGenerator<Notice, void, void> {
    return values(this.#broadcast, this.#kept, signal);
  }
}
