import { ForesightError } from '../../shared/errors';

/**
 * The right to move the rig. A stop is a state, not an event: whatever was begun before it holds a permit, and that permit is
 * void from then on, also for work that is only on its way (a rig being connected, a planner being compiled, the time
 * between two episodes). What a person begins after the stop gets a new one.
 *
 * Every step that could connect, move or start something asks its permit first.
 */
export class Motion {
  #permits = new AbortController();
  #over: ForesightError | null = null;

  /**
   * For what begins now; aborted by the next stop, with a ForesightError that says which.
   * @throws ForesightError `stopped` once the program is being ended
   */
  permit(): AbortSignal {
    if (this.#over) throw this.#over;
    return this.#permits.signal;
  }

  /** Nothing that was begun until now moves the rig any more. */
  rest(reason: ForesightError): void {
    const before = this.#permits;
    this.#permits = new AbortController();
    before.abort(reason);
  }

  /** As `rest`, and nothing new begins either. */
  end(reason: ForesightError): void {
    this.#over ??= reason;
    this.rest(reason);
  }
}

/** @param why a sentence */
export function stopped(why: string, next = 'Look at the rig, then begin anew.'): ForesightError {
  return new ForesightError('stopped', why, next);
}

/** A permit of its own for one piece of work: it ends with the one that it came from, and can be withdrawn alone. */
export class OwnPermit {
  readonly #own = new AbortController();
  #withdrawn = false;
  /** Not AbortSignal.any, which learns of the first reason only when somebody looks. */
  readonly #end = () => this.#own.abort(this.from.reason);

  constructor(private readonly from: AbortSignal) {
    if (from.aborted) this.#end();
    else from.addEventListener('abort', this.#end);
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** The work ends because it is no longer wanted, not because the rig was stopped. */
  withdraw(): void {
    this.#withdrawn ||= !this.signal.aborted;
    this.#own.abort(new ForesightError('cancelled', 'It was ended.', 'Begin it again when it is wanted.'));
  }

  /** Withdrawn, and not stopped before. */
  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /** The work is over. */
  dispose(): void {
    this.from.removeEventListener('abort', this.#end);
  }
}
