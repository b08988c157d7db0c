import type { Database } from 'better-sqlite3';
import { lastThat } from './row-at';

/** Pictures that are looked at, at most, to say how long a camera has shown the same. */
const MOST_ALIKE = 30;

/**
 * Number of the newest picture that was captured no later than `second`, where its times are shown later by `shift`; undefined where none was. Halves the episode again
 * and again, so that one of many pictures takes hardly longer.
 */
export function frameAt(
  database: Database,
  episode: number,
  camera: number,
  second: number,
  shift = 0,
): number | undefined {
  const from = database.prepare<[number, number, number], { sequence: number; host_seconds: number }>(
    `SELECT sequence, host_seconds FROM frames WHERE episode = ? AND camera = ? AND sequence >= ?
     ORDER BY sequence LIMIT 1`,
  );
  const before = database.prepare<[number, number, number], { sequence: number }>(
    `SELECT sequence FROM frames WHERE episode = ? AND camera = ? AND sequence <= ?
       ORDER BY sequence DESC LIMIT 1`,
  );
  return database.transaction(() => {
    const first = from.get(episode, camera, 0);
    const last = before.get(episode, camera, Number.MAX_SAFE_INTEGER);
    if (first === undefined || last === undefined || first.host_seconds + shift > second) return undefined;
    // Numbers whose next picture was there by then; the picture itself is the last one no later than that number.
    const there = (sequence: number) =>
      (from.get(episode, camera, sequence)?.host_seconds ?? Number.POSITIVE_INFINITY) + shift <= second;
    return before.get(episode, camera, lastThat(there, first.sequence, last.sequence))?.sequence;
  })();
}

/** How many pictures right before this one are the same to the byte, no more than `MOST_ALIKE` of them. */
export function alikeBefore(database: Database, episode: number, camera: number, sequence: number): number {
  const rows = database
    .prepare<[number, number, number, number], { data: Uint8Array }>(
      `SELECT data FROM frames WHERE episode = ? AND camera = ? AND sequence <= ?
       ORDER BY sequence DESC LIMIT ?`,
    )
    .iterate(episode, camera, sequence, MOST_ALIKE + 1);
  let first: Buffer | undefined;
  let alike = 0;
  for (const { data } of rows) {
    if (first === undefined) first = Buffer.from(data);
    else if (first.equals(data)) alike++;
    else break;
  }
  return alike;
}
