import type { EpisodeFlag } from '../../../shared/flags';

/** What the log's thread does about flags between everything else. */
export interface Looks {
  /**
   * What is told of an episode; null while it is recorded, undefined where nobody has looked.
   * @param found what was, where it may not be kept
   * @throws not-found
   */
  known(id: number, found?: EpisodeFlag[]): EpisodeFlag[] | null | undefined;
  look(id: number): Generator<void, EpisodeFlag[]>;
  /** False where this process cannot write. */
  keep(id: number, flags: EpisodeFlag[]): boolean;
  due(before: number): { ids: number[]; next: number };
  rowsOf(id: number): number;
}

/** A slice of the work; rows that come in meanwhile wait for as long. */
const SLICE_MS = 4;
/** Between two slices, and while something is recorded. */
const PAUSE_MS = 10;
const PAUSE_WHILE_RECORDING_MS = 100;
/** Episodes from before this start: nobody waits for them. */
const FIRST_MS = 500;
/** At the end, what was recorded last is looked at where it is no more rows than these. */
const MOST_ROWS_AT_END = 50_000;

interface Waiting {
  id: number;
  resolve(flags: EpisodeFlag[] | null): void;
  reject(thrown: unknown): void;
}

/** Looks at episodes slice by slice: first those that somebody waits for, then those that have just come, then all others. */
export class Looking {
  readonly #waiting: Waiting[] = [];
  readonly #fresh: number[] = [];
  readonly #old: number[] = [];
  #before = Number.MAX_SAFE_INTEGER;
  #current: { id: number; work: Generator<void, EpisodeFlag[]> } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #found = false;

  /**
   * @param isRecording whether rows come in
   * @param onKept flags were found and kept
   */
  constructor(
    private readonly looks: Looks,
    private readonly isRecording: () => boolean,
    private readonly onKept: () => void,
  ) {}

  /** Goes through what earlier versions left. */
  start(): void {
    this.#schedule(FIRST_MS);
  }

  /** Episodes that are whole since a moment. */
  add(ids: readonly number[]): void {
    this.#fresh.push(...ids);
    this.#schedule(PAUSE_MS);
  }

  /** What is known of an episode, found now where that is nothing yet. @throws not-found, bad-file */
  async of(id: number): Promise<EpisodeFlag[] | null> {
    const known = this.looks.known(id);
    if (known !== undefined) return known;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#schedule(0);
    });
  }

  /** Nothing begins any more; what was recorded last is looked at. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let left = MOST_ROWS_AT_END;
    this.#current = undefined;
    for (const id of [...this.#fresh]) {
      left -= this.looks.rowsOf(id);
      if (left < 0) return;
      while (this.#step(id));
    }
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#slice();
    }, ms);
  }

  #slice(): void {
    const end = performance.now() + SLICE_MS;
    let next = this.#next();
    while (next !== undefined && performance.now() < end) {
      if (!this.#step(next)) next = this.#next();
    }
    if (next === undefined && this.#found) {
      this.#found = false;
      this.onKept();
    }
    if (next === undefined) return;
    const pause = this.isRecording() ? PAUSE_WHILE_RECORDING_MS : PAUSE_MS;
    this.#schedule(this.#waiting.length > 0 ? 0 : pause);
  }

  #next(): number | undefined {
    const now = this.#waiting[0]?.id ?? this.#current?.id ?? this.#fresh[0] ?? this.#old[0];
    if (now !== undefined) return now;
    while (this.#before > 0) {
      const { ids, next } = this.#due();
      this.#before = next;
      this.#old.push(...ids);
      if (this.#old[0] !== undefined) return this.#old[0];
    }
    return undefined;
  }

  /** A log with damaged pages is what `check` is for; here it only ends the search. */
  #due(): { ids: number[]; next: number } {
    try {
      return this.looks.due(this.#before);
    } catch {
      return { ids: [], next: 0 };
    }
  }

  /** What cannot be kept (a full disk) is found anew when it is asked for, and at the next start. */
  #keep(id: number, flags: EpisodeFlag[]): void {
    try {
      if (this.looks.keep(id, flags)) this.#found = true;
    } catch {
      // See above.
    }
  }

  /** @returns whether there is more to do of this episode */
  #step(id: number): boolean {
    try {
      if (this.#current?.id !== id) this.#current = { id, work: this.looks.look(id) };
      const { done, value } = this.#current.work.next();
      if (done !== true) return true;
      this.#keep(id, value);
      this.#settle(id, ({ resolve }) => resolve(this.looks.known(id, value) ?? null));
    } catch (thrown) {
      // Damaged, or gone: whoever asks is told.
      this.#settle(id, ({ reject }) => reject(thrown));
    }
    return false;
  }

  #settle(id: number, tell: (one: Waiting) => void): void {
    this.#current = undefined;
    for (const list of [this.#fresh, this.#old]) {
      const at = list.indexOf(id);
      if (at >= 0) list.splice(at, 1);
    }
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const one = this.#waiting[at];
      if (one?.id !== id) continue;
      this.#waiting.splice(at, 1);
      tell(one);
    }
  }
}
