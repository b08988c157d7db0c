import type { Database } from 'better-sqlite3';
import type { EpisodeColumns } from '../../shared/episode';
import { type ChunkLayout, chunkBytes, copyRows, emptyColumns } from './chunks';
import { asPart, partsOf } from './parts';
import { damaged, readChunk, type StoredChunk } from './stored-chunk';

/** Rows of an episode, `firstRow` and those that follow it. */
export type EpisodePiece = EpisodeColumns & { firstRow: number };

/** Which rows of an episode: `from` to `to` (exclusive), as far as there are any. */
export interface RowRange {
  from?: number;
  to?: number;
}

type Asked = { episode: number; layout: ChunkLayout } & RowRange;

/**
 * The rows of an episode, those of an edited one out of its recordings, as `storedPieces`.
 * @throws ForesightError bad-file: a chunk of these rows is not what was written, or is missing
 */
export function* piecesOf(
  database: Database,
  asked: Asked,
  predictions: boolean | 'next' = false,
): Generator<EpisodePiece> {
  const { episode, layout, from = 0, to = Number.POSITIVE_INFINITY } = asked;
  const parts = partsOf(database, episode);
  if (parts.length === 0) yield* storedPieces(database, asked, predictions);
  for (const part of parts) {
    const later = part.firstRow - part.from;
    const range = { from: Math.max(part.from, from - later), to: Math.min(part.to, to - later) };
    let at = range.from;
    for (const piece of storedPieces(database, { episode: part.source, layout, ...range }, predictions)) {
      asPart(piece, piece.firstRow, part, layout);
      at = piece.firstRow + piece.rows;
      yield { ...piece, firstRow: piece.firstRow + later };
    }
    if (at < range.to) {
      const what = `recording ${part.source}, which it shows, ends before step ${at}`;
      throw damaged({ episode, chunk: 0, steps: [at + later, at + later], what });
    }
  }
}

/**
 * The rows of a recording, a stored chunk at a time, cut to the range: memory for one chunk, however long the episode is.
 * Every piece is a query of its own, so nothing is held open between two of them, and a recording that goes on
 * meanwhile and merges its chunks does no harm.
 * @throws ForesightError bad-file: a chunk of these rows is not what was written, or is missing
 */
function* storedPieces(
  database: Database,
  { episode, layout, from = 0, to = Number.POSITIVE_INFINITY }: Asked,
  predictions: boolean | 'next' = false,
): Generator<EpisodePiece> {
  const chunks = new ChunkQuery(database, episode, predictions !== false);
  for (let at = from; at < to; ) {
    const stored = chunks.holding(at);
    if (stored === undefined) return;
    const { first_row, rows } = stored;
    const number = () => chunks.numberOf(first_row);
    if (rows < 1 || stored.data.byteLength !== chunkBytes(rows, layout)) {
      const what = `${stored.data.byteLength} bytes do not hold ${rows} rows`;
      throw damaged({ episode, chunk: number(), steps: [first_row, first_row], what });
    }
    const columns = emptyColumns(rows, layout);
    const damage = readChunk({ episode, chunk: 0, plans: predictions }, stored, layout, columns, 0);
    if (damage !== undefined) throw damaged({ ...damage, chunk: number() });
    const end = Math.min(to, first_row + rows);
    yield { firstRow: at, ...cut(columns, layout, at - first_row, end - first_row) };
    at = end;
  }
}

/** Looks chunks up one by one. */
class ChunkQuery {
  readonly #select;
  constructor(
    private readonly database: Database,
    private readonly episode: number,
    predictions: boolean,
  ) {
    const plans = predictions ? 'predictions, insight' : 'NULL AS predictions, NULL AS insight';
    this.#select = database.prepare<[number, number], StoredChunk>(
      `SELECT first_row, rows, data, ${plans}, data_checksum, plans_checksum
       FROM chunks WHERE episode = ? AND first_row <= ? ORDER BY first_row DESC LIMIT 1`,
    );
  }

  /** Undefined behind the last one. @throws ForesightError bad-file where chunks before and after hold the row between them */
  holding(row: number): StoredChunk | undefined {
    const stored = this.#select.get(this.episode, row);
    if (stored !== undefined && row < stored.first_row + Math.max(1, stored.rows)) return stored;
    const next = this.database
      .prepare<[number, number], number>(
        'SELECT min(first_row) FROM chunks WHERE episode = ? AND first_row > ?',
      )
      .pluck()
      .get(this.episode, row);
    if (typeof next !== 'number') return undefined;
    const what = `it starts at row ${next} instead of row ${row}`;
    throw damaged({ episode: this.episode, chunk: this.numberOf(next), steps: [row, row], what });
  }

  /** From 1. */
  numberOf(firstRow: number): number {
    const count = this.database
      .prepare<[number, number], number>('SELECT count(*) FROM chunks WHERE episode = ? AND first_row <= ?')
      .pluck()
      .get(this.episode, firstRow);
    return count ?? 0;
  }
}

function cut(columns: EpisodeColumns, layout: ChunkLayout, from: number, to: number): EpisodeColumns {
  if (from === 0 && to === columns.rows) return columns;
  const part = emptyColumns(to - from, layout);
  copyRows(columns, layout, { from, to }, part, 0);
  return part;
}
