/** Between two readings a hand turns a joint less than this share of a turn: more cannot be told from turning the other way. */
const MOST_SHARE = 3 / 8;
/** After a pause in the readings the joint may have been turned farther. */
const MOST_SHARE_AFTER_PAUSE = 1 / 8;
const PAUSE_SECONDS = 0.5;

/**
 * The travel of one joint while a hand moves it, in counts. The encoder's wrap is unwound: a joint that passes from its
 * highest count to 0 goes on beyond it.
 */
export class JointSweep {
  /** Counts, continuous over turns; undefined before the first reading. */
  position: number | undefined;
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;
  /** The encoder's wrap was passed on the way. */
  wrapped = false;
  /** Why what was collected cannot be relied on, as it stands behind a colon; undefined while it can. */
  broken: string | undefined;
  private at = 0;
  private newest = 0;

  /** @param turn counts after which the encoder begins anew; Infinity for one that does not */
  constructor(private readonly turn: number) {}

  /** A reading, counts, at a time in seconds. */
  take(counts: number, seconds: number): void {
    const { position: before, turn } = this;
    if (before === undefined) this.position = counts;
    else {
      const moved = Number.isFinite(turn) ? nearest(counts - before, turn) : counts - before;
      const most = seconds - this.at > PAUSE_SECONDS ? MOST_SHARE_AFTER_PAUSE : MOST_SHARE;
      if (Math.abs(moved) > most * turn) {
        this.broken ??=
          'it was somewhere else between two readings; move it through its range once more, slower';
      }
      // Readings that jump, or that go on beyond a turn where the motor counts turns itself.
      const jumped = Math.abs(counts - this.newest) > turn / 2;
      if (jumped || turnsOf(before, turn) !== turnsOf(before + moved, turn)) this.wrapped = true;
      this.position = before + moved;
    }
    this.at = seconds;
    this.newest = counts;
    this.low = Math.min(this.low, this.position);
    this.high = Math.max(this.high, this.position);
  }

  /** Counts from end to end so far. */
  get travel(): number {
    return Math.max(0, this.high - this.low);
  }

  /** Forgets the travel, and goes on from where the joint is. */
  again(): void {
    this.broken = undefined;
    this.wrapped = false;
    this.low = this.position ?? Number.POSITIVE_INFINITY;
    this.high = this.position ?? Number.NEGATIVE_INFINITY;
  }
}

/** Of all differences that are a whole number of turns apart the smallest. */
export function nearest(difference: number, turn: number): number {
  return difference - turn * Math.round(difference / turn);
}

function turnsOf(counts: number, turn: number): number {
  return Number.isFinite(turn) ? Math.floor(counts / turn) : 0;
}
