import type { Database } from 'better-sqlite3';
import { partsOf } from './parts';

/** The last row that is not after `second` on the host's clock; 0 where all are. */
export function rowAt(database: Database, episode: number, second: number): number {
  const parts = partsOf(database, episode);
  if (parts.length === 0) return Math.max(0, storedRowAt(database, episode, second));
  for (const { source, from, to, firstRow, hostShift } of parts.reverse()) {
    const row = storedRowAt(database, source, second, hostShift);
    if (row >= from) return firstRow + Math.min(row, to - 1) - from;
  }
  return 0;
}

/**
 * Of a recording whose times are shown later by `shift`; −1 where all are after it. Halves the episode again and again and
 * reads one number of each chunk that it comes by, so a long one takes hardly longer.
 */
function storedRowAt(database: Database, episode: number, second: number, shift = 0): number {
  // A block begins with `host_seconds`, eight bytes a row.
  const chunkAt = (row: number, rows: string) =>
    database
      .prepare<[number, number], { first_row: number; rows: number; seconds: Uint8Array }>(
        `SELECT first_row, rows, substr(data, 1, 8 * ${rows}) AS seconds FROM chunks
         WHERE episode = ? AND first_row <= ? ORDER BY first_row DESC LIMIT 1`,
      )
      .get(episode, row);
  // One transaction, so that a reader in another process sees chunks of one moment.
  return database.transaction(() => {
    const last = chunkAt(Number.MAX_SAFE_INTEGER, '1');
    if (last === undefined) return -1;
    const begun = (row: number) => secondsIn(chunkAt(row, '1')?.seconds)(0) + shift <= second;
    if (!begun(0)) return -1;
    const chunk = chunkAt(lastThat(begun, 0, last.first_row + last.rows - 1), 'rows');
    if (chunk === undefined) return -1;
    const seconds = secondsIn(chunk.seconds);
    return chunk.first_row + lastThat((row) => seconds(row) + shift <= second, 0, chunk.rows - 1);
  })();
}

/** The last of `low` … `high` for which it is true, where it is true up to somewhere; `low` where it never is. */
export function lastThat(isTrue: (index: number) => boolean, low: number, high: number): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = from + Math.ceil((to - from) / 2);
    if (isTrue(middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}

function secondsIn(bytes: Uint8Array = new Uint8Array()): (row: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // What a damaged block does not hold is nowhere.
  return (row) => (8 * row + 8 <= bytes.byteLength ? view.getFloat64(8 * row, true) : Number.NaN);
}
