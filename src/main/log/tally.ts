import type { EpisodeColumns, EpisodeEvent } from '../../shared/episode';

/** The numbers of an episode that lists show, kept up while it is recorded and recomputed after a crash. */
export interface Tally {
  rows: number;
  first: { device: number; host: number } | null;
  last: { device: number; host: number } | null;
  return: number;
  missedPlans: number;
  overruns: number;
  guardInterventions: number;
}

const GUARD_KINDS = new Set<EpisodeEvent['kind']>([
  ...(['guard-clip', 'guard-rate', 'joint-limit', 'workspace', 'outside-limits', 'watchdog'] as const),
]);

export function emptyTally(): Tally {
  return { rows: 0, first: null, last: null, return: 0, missedPlans: 0, overruns: 0, guardInterventions: 0 };
}

interface TallyRow {
  deviceSeconds: number;
  hostSeconds: number;
  reward: number;
  missed: number;
}

export function countRow(tally: Tally, row: TallyRow): void {
  const time = { device: row.deviceSeconds, host: row.hostSeconds };
  tally.first ??= time;
  tally.last = time;
  tally.rows += 1;
  tally.return += row.reward;
  if (row.missed !== 0) tally.missedPlans += 1;
}

export function countEvent(tally: Tally, kind: EpisodeEvent['kind']): void {
  if (kind === 'overrun') tally.overruns += 1;
  if (GUARD_KINDS.has(kind)) tally.guardInterventions += 1;
}

/** Rows that follow those counted so far. */
export function countRows(tally: Tally, columns: EpisodeColumns): void {
  for (let row = 0; row < columns.rows; row++) {
    countRow(tally, {
      deviceSeconds: columns.deviceSeconds[row] ?? Number.NaN,
      hostSeconds: columns.hostSeconds[row] ?? Number.NaN,
      reward: columns.reward[row] ?? Number.NaN,
      missed: columns.missed[row] ?? 0,
    });
  }
}

export function tallyOf(columns: EpisodeColumns, kinds: Iterable<EpisodeEvent['kind']>): Tally {
  const tally = emptyTally();
  countRows(tally, columns);
  for (const kind of kinds) countEvent(tally, kind);
  return tally;
}

/**
 * Seconds from the first row to the last on the device's clock, which is the plant's own time (in lockstep the
 * host's runs faster or slower); on the host's where the device has none.
 */
export function durationSeconds(tally: Tally): number {
  if (tally.first === null || tally.last === null) return 0;
  const device = tally.last.device - tally.first.device;
  if (device > 0) return device;
  const host = tally.last.host - tally.first.host;
  if (host > 0) return host;
  return 0;
}

/** Sum of the rewards, or null where a row has none (imported logs). */
export function returnOf(tally: Tally): number | null {
  return tally.rows > 0 && Number.isFinite(tally.return) ? tally.return : null;
}
