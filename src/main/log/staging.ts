import type { Database } from 'better-sqlite3';
import type { EpisodeColumns } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { ChunkLayout } from './chunks';
import type { EpisodeTable } from './episode-table';
import type { FrameTable } from './frame-table';
import { checkColumns, type Recorder } from './recorder';
import { emptyTally, type Tally, tallyOf } from './tally';
import type { LoggedFrame, NewEpisode, StagedEpisode } from './types';

/** Chunks and pictures that are deleted at once: some megabytes, so that nothing else waits for long. */
const SLICE_CHUNKS = 64;
const SLICE_FRAMES = 128;

/**
 * Episodes of an import on their way: their rows go into the log part by part, and nobody sees them before all of the
 * import is there. What never got that far is deleted, by whoever gave it up or at the next start.
 */
export class Staging {
  constructor(
    private readonly database: Database,
    private readonly episodes: EpisodeTable,
    private readonly recorder: Recorder,
    private readonly frames: FrameTable,
  ) {}

  begin(episode: NewEpisode): number {
    return this.database.transaction(() => {
      const id = this.episodes.insert(episode, 0, 'importing');
      this.frames.begin(id, episode.cameras ?? []);
      return id;
    })();
  }

  /** @throws ForesightError not-found (it was given up), bad-data (no number), internal (rows that do not continue it) */
  addRows(id: number, firstRow: number, columns: EpisodeColumns): void {
    this.database.transaction(() => {
      const { layout, rows } = this.#require(id);
      checkColumns(columns, layout);
      if (firstRow !== rows) throw notContinuing(id, firstRow, rows);
      this.recorder.insertRows(id, layout, firstRow, columns);
      this.episodes.count(id, this.#counted(id, rows, columns));
    })();
  }

  /** @throws ForesightError not-found (it was given up), internal (of a camera that it does not have) */
  addFrames(id: number, frames: readonly LoggedFrame[]): void {
    this.database.transaction(() => {
      this.#require(id);
      const cameras = this.frames.count(id);
      const strange = frames.find(({ camera }) => camera >= cameras);
      if (strange !== undefined) throw noSuchCamera(id, strange.camera);
      this.frames.add(id, frames);
    })();
  }

  /** Shows them. The caller holds the transaction. @throws ForesightError not-found: they were given up, or are being deleted */
  finish({ id, startedAt, terminated, reason, notes, tags }: StagedEpisode): void {
    const { rows } = this.#require(id);
    if (this.#storedRows(id) !== rows) throw givenUp(id);
    this.recorder.insertNotes(id, [reason, ...notes]);
    this.episodes.setStart(id, startedAt);
    this.episodes.finish(id, 'complete', terminated, reason);
    this.episodes.setTags(id, tags);
  }

  /** Those on their way. */
  ids(): number[] {
    return this.database
      .prepare<[], number>("SELECT id FROM episodes WHERE state = 'importing' ORDER BY id")
      .pluck()
      .all();
  }

  /** Deletes a part of these, where they are still on their way. @returns whether nothing of them is left */
  discard(ids: readonly number[]): boolean {
    const [id] = this.ids().filter((each) => ids.includes(each));
    if (id === undefined) return true;
    return this.database.transaction(() => {
      const { changes } = this.database
        .prepare('DELETE FROM chunks WHERE rowid IN (SELECT rowid FROM chunks WHERE episode = ? LIMIT ?)')
        .run(id, SLICE_CHUNKS);
      // Rows go first: one that has lost some of them cannot be shown any more.
      if (changes === SLICE_CHUNKS || this.frames.remove(id, SLICE_FRAMES) === SLICE_FRAMES) return false;
      this.database.prepare('DELETE FROM episodes WHERE id = ?').run(id);
      return ids.length === 1;
    })();
  }

  #require(id: number): { layout: ChunkLayout; rows: number } {
    const found = this.episodes.staged(id);
    if (found !== undefined) return found;
    throw givenUp(id);
  }

  /** Fewer than were counted where a workspace that was opened anew has begun to delete them. */
  #storedRows(id: number): number {
    return Number(this.database.prepare('SELECT total(rows) FROM chunks WHERE episode = ?').pluck().get(id));
  }

  /** The counts of what is there and these rows behind it. */
  #counted(id: number, rows: number, columns: EpisodeColumns): Tally {
    const part = tallyOf(columns, []);
    if (rows === 0) return part;
    const [first] = this.episodes.pieces(id, { from: 0, to: 1 });
    const before = this.episodes.staged(id)?.return ?? Number.NaN;
    return {
      ...emptyTally(),
      rows: rows + part.rows,
      first: first === undefined ? null : { device: first.deviceSeconds[0], host: first.hostSeconds[0] },
      last: part.last,
      return: before + part.return,
    };
  }
}

function givenUp(id: number): ForesightError {
  return new ForesightError(
    'not-found',
    `Episode ${id} is not being imported any more: the workspace was opened anew meanwhile.`,
    'Nothing was imported. Import again.',
  );
}

function noSuchCamera(id: number, camera: number): ForesightError {
  return new ForesightError(
    'internal',
    `A picture of camera ${camera} came for episode ${id}, which has none of that number.`,
    'Nothing was imported. Import again, and send this message to the developers.',
  );
}

function notContinuing(id: number, firstRow: number, rows: number): ForesightError {
  return new ForesightError(
    'internal',
    `Row ${firstRow} of episode ${id} came where row ${rows} was expected.`,
    'Nothing was imported. Import again, and send this message to the developers.',
  );
}
