import { csvHead, csvLines } from '../../formats/csv/lines';
import type { Log } from '../../log/types';

/** Rows that are read and written at once. */
const PIECE_ROWS = 4096;

/** A whole episode as comma-separated values, some lines at a time. */
export async function* episodeCsv(log: Log, id: number): AsyncGenerator<string, void, void> {
  const episode = await log.episode(id);
  yield csvHead(episode, []);
  for (let from = 0; from <= episode.steps; from += PIECE_ROWS) {
    const columns = await log.columns(id, { from, to: Math.min(episode.steps + 1, from + PIECE_ROWS) });
    yield csvLines(columns, episode, from, []);
  }
}
