import { quantile } from '../../shared/statistics';

/** How planning stands against the control period. */
export interface Budget {
  p50: number;
  p99: number;
  /** Newest planning time, ms. */
  newest: number;
  /** Share of the period that the newest plan took; 1 is the deadline. */
  share: number;
  tone: 'good' | 'tight' | 'over';
}

/** @param times planning times, ms, oldest first */
export function budgetOf(times: readonly number[], periodMs: number): Budget | null {
  const newest = times.at(-1);
  if (newest === undefined || !(periodMs > 0)) return null;
  const p99 = quantile(times, 0.99);
  return {
    p50: quantile(times, 0.5),
    p99,
    newest,
    share: newest / periodMs,
    tone: p99 > periodMs ? 'over' : p99 > 0.8 * periodMs ? 'tight' : 'good',
  };
}

/** Late plans up to the newest row without one in time between them. */
export function missedInRow(rows: readonly { missed: boolean }[]): number {
  const inTime = rows.findLastIndex((row) => !row.missed);
  return rows.length - 1 - inTime;
}

/** Times of the plans behind rows; a plan that decided several rows in a row counts once. */
export function timesOf(rows: readonly { planMs: number | null }[]): number[] {
  return rows.flatMap(({ planMs }, i) => (planMs === null || planMs === rows[i - 1]?.planMs ? [] : [planMs]));
}
