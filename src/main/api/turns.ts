import { ForesightError } from '../../shared/errors';

/** Work of one client that is done one after the other, by name. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  #closed = false;

  /**
   * Begins when the work before it of this name is done and its answer has left.
   * @param sent resolves when the answer of this work has left
   * @throws what the work throws; cancelled when the client left before its turn came
   */
  take<Result>(name: string, work: () => Promise<Result>, sent: Promise<void>): Promise<Result> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const done = before.then(() => {
      if (this.#closed)
        throw new ForesightError('cancelled', 'The client has left.', 'Connect and ask again.');
      return work();
    });
    this.#last.set(name, Promise.allSettled([done, sent]));
    return done;
  }

  /** The client has left: nothing more is begun for it. */
  close(): void {
    this.#closed = true;
  }
}
