import { quantile } from '../../../shared/statistics';

/** Plans of one size that are looked back on, and that must have been in time before a larger size is tried. */
const WINDOW = 20;
/** A larger size is tried when it would still leave this much of the target free. */
const ROOM = 0.9;
/** A plan that is late this soon after another is no outlier: the load has changed. */
const SOON = 5;
/** After growth that was too much, patience doubles up to this many windows. */
const MOST_PATIENCE = 8;
/** Each size is this share of the one above it. */
const STEP = 0.8;

/** Candidate counts for a governor: `most`, then down in steps of a fifth to `least`. */
export function budgetSizes(most: number, least = 2): number[] {
  const sizes = [Math.max(most, least)];
  for (let size = sizes[0]; size > least; ) {
    size = Math.max(least, Math.min(size - 1, Math.round(size * STEP)));
    sizes.push(size);
  }
  return sizes;
}

/**
 * Keeps plans within a target time by their number of candidates. It is asymmetric, because a late plan costs control
 * and a few candidates less cost little: one late plan takes one size away at once, a second one soon after as much as
 * it was over (half at most); one size is given back only after a window of plans in time, when the 95 % quantile
 * scaled to the larger size still leaves room. Growth that had to be taken back makes it more patient.
 */
export class BudgetGovernor {
  #index: number;
  /** Times of the newest plans with the present size. */
  #recent: number[] = [];
  #inTime = 0;
  #patience = 1;
  #sinceLate = Number.POSITIVE_INFINITY;
  #sinceGrowth = Number.POSITIVE_INFINITY;

  /**
   * @param sizes candidates to choose from, descending
   * @param targetMs what a plan may take
   * @param start size to begin with, the next smaller of `sizes` when it is none of them; the largest when left out
   */
  constructor(
    private readonly sizes: readonly number[],
    private readonly targetMs: number,
    start = Number.POSITIVE_INFINITY,
  ) {
    const at = sizes.findIndex((size) => size <= start);
    this.#index = at < 0 ? Math.max(0, sizes.length - 1) : at;
  }

  /** Candidates for the next plan. */
  next(): number {
    return this.sizes[this.#index];
  }

  /** What a plan took with so many candidates; plans of another size than the present one say nothing of it. */
  report(planMs: number, candidates: number): void {
    if (candidates !== this.next()) return;
    this.#sinceGrowth++;
    if (planMs > this.targetMs) {
      this.#shrink(planMs);
      return;
    }
    this.#sinceLate++;
    this.#inTime++;
    this.#recent.push(planMs);
    if (this.#recent.length > WINDOW) this.#recent.shift();
    if (this.#sinceGrowth === 4 * WINDOW) this.#patience = Math.max(1, this.#patience / 2);
    if (this.#inTime >= WINDOW * this.#patience && this.#hasRoom()) this.#moveTo(this.#index - 1, 'grown');
  }

  #shrink(planMs: number): void {
    if (this.#sinceGrowth <= 2 * WINDOW) this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience);
    const again = this.#sinceLate < SOON;
    this.#sinceLate = 0;
    const fits = this.next() * Math.max(0.5, (ROOM * this.targetMs) / planMs);
    const down = again ? this.sizes.findIndex((size) => size <= fits) : this.#index + 1;
    const last = this.sizes.length - 1;
    this.#moveTo(down < 0 ? last : Math.min(last, Math.max(this.#index + 1, down)), 'shrunk');
  }

  #hasRoom(): boolean {
    const larger = this.sizes[this.#index - 1];
    if (larger === undefined) return false;
    return (quantile(this.#recent, 0.95) * larger) / this.next() <= ROOM * this.targetMs;
  }

  #moveTo(index: number, how: 'grown' | 'shrunk'): void {
    this.#index = index;
    this.#recent = [];
    this.#inTime = 0;
    this.#sinceGrowth = how === 'grown' ? 0 : Number.POSITIVE_INFINITY;
  }
}
