import { shareOf } from '../../shared/statistics';

/** How far ticks were from their schedule, ms; what the Rig room shows and the bare timer is compared by. */
export interface JitterSummary {
  p50: number;
  p99: number;
  max: number;
  /** Ticks behind these numbers. */
  ticks: number;
}

/**
 * The distance of the last ticks from their deadlines, in a ring. A tick that comes too early is as far off as one
 * that is too late (Node's timers round to whole milliseconds and fire early as well), so distances have no sign.
 */
export class JitterRing {
  private readonly ring: Float64Array;
  private count = 0;

  constructor(capacity = 500) {
    this.ring = new Float64Array(capacity);
  }

  push(latenessSeconds: number): void {
    this.ring[this.count % this.ring.length] = Math.abs(latenessSeconds) * 1000;
    this.count += 1;
  }

  clear(): void {
    this.count = 0;
  }

  /** Percentiles by nearest rank; null before the first tick. */
  summary(): JitterSummary | null {
    const ticks = Math.min(this.count, this.ring.length);
    if (ticks === 0) return null;
    const sorted = this.ring.slice(0, ticks).sort();
    const rank = (p: number) => sorted[Math.max(0, shareOf(p, ticks) - 1)];
    return { p50: rank(0.5), p99: rank(0.99), max: sorted[ticks - 1], ticks };
  }
}
