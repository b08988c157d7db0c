/** Where the numbers lie. */
const BEGUN = 0;
const LEFT = 1;
const TURNS = { here: 2, beside: 3 } as const;
type Side = keyof typeof TURNS;

/**
 * Looks at the other's number before a thread sleeps, some ten microseconds. On a busy machine both lanes may share one core, and
 * who looks on takes the time that the other one needs: with a hundred times as many looks two lanes took a quarter longer than
 * with these, and as long on a machine with nothing else to do (docs/policies.md).
 */
const LOOKS = 2_000;
/** A turn takes milliseconds; who does not come for so long has ended. */
const MISSING_MS = 60_000;

/**
 * Where two threads meet after every turn, by numbers in shared memory: each counts its own turns up and waits until the other has
 * made as many.
 */
export class Rendezvous {
  readonly #numbers: Int32Array;
  readonly #other: number;
  readonly #own: number;

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT);
  }

  constructor(memory: SharedArrayBuffer, side: Side) {
    this.#numbers = new Int32Array(memory);
    this.#own = TURNS[side];
    this.#other = TURNS[side === 'here' ? 'beside' : 'here'];
  }

  /** Lets the other one begin its turns. */
  begin(): void {
    Atomics.add(this.#numbers, BEGUN, 1);
    Atomics.notify(this.#numbers, BEGUN);
  }

  /** Tells the other one that there will be no more; also one that waits for this side already. */
  leave(): void {
    Atomics.store(this.#numbers, LEFT, 1);
    this.begin();
    Atomics.add(this.#numbers, this.#own, 1);
    Atomics.notify(this.#numbers, this.#own);
  }

  /** Waits until the other side has begun more often than `begun`. @returns how often, null where there will be no more */
  begunAfter(begun: number): number | null {
    while (Atomics.load(this.#numbers, BEGUN) === begun) Atomics.wait(this.#numbers, BEGUN, begun);
    return this.#left ? null : begun + 1;
  }

  get #left(): boolean {
    return Atomics.load(this.#numbers, LEFT) === 1;
  }

  /** This side has ended its turn; waits for the other one. @returns false where it has left or gone missing */
  meet(): boolean {
    const turns = Atomics.add(this.#numbers, this.#own, 1) + 1;
    Atomics.notify(this.#numbers, this.#own);
    for (let look = 0; look < LOOKS; look++) {
      if (Atomics.load(this.#numbers, this.#other) - turns >= 0) return !this.#left;
    }
    for (;;) {
      const theirs = Atomics.load(this.#numbers, this.#other);
      if (theirs - turns >= 0) return !this.#left;
      if (Atomics.wait(this.#numbers, this.#other, theirs, MISSING_MS) === 'timed-out') return false;
    }
  }
}
