import type { Database } from 'better-sqlite3';
import type { EpisodeEvent } from '../../shared/episode';
import type { EpisodeTable } from './episode-table';
import { countEvent, countRows, emptyTally, type Tally } from './tally';

/** The counts of what an episode shows, a chunk at a time. @throws ForesightError bad-file: a chunk is not what was written */
export function tallyOfStored(database: Database, episodes: EpisodeTable, id: number): Tally {
  const tally = emptyTally();
  for (const piece of episodes.pieces(id)) countRows(tally, piece);
  const kinds = database
    .prepare<[number], EpisodeEvent['kind']>(
      'SELECT kind FROM events WHERE episode = ? AND deleted_at IS NULL',
    )
    .pluck()
    .all(id);
  for (const kind of kinds) countEvent(tally, kind);
  return tally;
}
