import { takenOf } from '../../shared/flow';

/** What may be on its way to a client that says what it takes, characters. */
const WINDOW = 4 * 2 ** 20;
/** As much, for a client that has never said so: a script, a window before its first answer. */
const WINDOW_OF_THE_SILENT = 64 * 2 ** 20;

/**
 * What is said to one client, no faster than it reads. Streams of the contract wait here, and gather meanwhile what
 * happens into larger batches, so that a window that stands still costs no more memory than this.
 */
export class Outlet {
  #onItsWay = 0;
  #window = WINDOW_OF_THE_SILENT;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(private readonly post: (message: string) => void) {}

  /** The client has to take something first. */
  get full(): boolean {
    return this.#onItsWay > this.#window;
  }

  /** Resolves when the message is on its way, which may take as long as the client takes; dropped when it has gone. */
  async send(message: string): Promise<void> {
    while (!this.#closed && this.full) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#closed) return;
    this.#onItsWay += message.length;
    this.post(message);
  }

  /** Hears a client's word on what it took; false when it is another message. */
  hears(message: string): boolean {
    const taken = takenOf(message);
    if (taken === null) return false;
    this.#window = WINDOW;
    this.#onItsWay = Math.max(0, this.#onItsWay - taken);
    this.#goOn();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#goOn();
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
