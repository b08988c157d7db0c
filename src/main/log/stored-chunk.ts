import type { EpisodeColumns } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { dataChecksum, plansChecksum } from './checksum';
import { type Chunk, type ChunkLayout, chunkBytes, decodeChunk } from './chunks';
import { decodeNextSteps, emptyPlans } from './plan-columns';

/** A chunk as a row of the log; checksums are null for chunks that were written before there were any. */
export interface StoredChunk extends Chunk {
  first_row: number;
  data_checksum: number | null;
  plans_checksum: number | null;
}

/** What can be said of a chunk without loading it. */
export interface ChunkExtent {
  first_row: number;
  rows: number;
  bytes: number;
}

/** A stretch of an episode that cannot be believed. */
export interface ChunkDamage {
  episode: number;
  /** Which of the episode's chunks, from 1; 0 where it is about the episode as a whole. */
  chunk: number;
  /** First and last step of it. */
  steps: [number, number];
  what: string;
}

/**
 * Whether chunks follow each other without a gap and hold as many bytes as their rows need: looked at before memory
 * is taken for what a flipped bit may call a billion rows.
 */
export function extentDamage(
  episode: number,
  extents: readonly ChunkExtent[],
  layout: ChunkLayout,
): ChunkDamage | undefined {
  let at = 0;
  for (const [i, { first_row, rows, bytes }] of extents.entries()) {
    const damage = { episode, chunk: i + 1, steps: [at, at] as [number, number] };
    if (first_row !== at) return { ...damage, what: `it starts at row ${first_row} instead of row ${at}` };
    if (rows < 1 || bytes !== chunkBytes(rows, layout)) {
      return { ...damage, what: `${bytes} bytes do not hold ${rows} rows` };
    }
    at += rows;
  }
  return undefined;
}

/**
 * Decodes a chunk into `columns`, from row `at` on, when it is what was written; otherwise says what is wrong with it.
 * @param where.plans whether what plans said was loaded with it: their whole futures, or what is shown of them
 */
export function readChunk(
  where: { episode: number; chunk: number; plans: boolean | 'next' },
  stored: StoredChunk,
  layout: ChunkLayout,
  columns: EpisodeColumns,
  at: number,
): ChunkDamage | undefined {
  const { episode, chunk, plans } = where;
  const { first_row, rows, data_checksum, plans_checksum } = stored;
  const place = { episode, firstRow: first_row };
  const damage = (what: string): ChunkDamage => ({
    episode,
    chunk,
    steps: [first_row, first_row + rows - 1],
    what,
  });
  if (data_checksum !== null && data_checksum !== dataChecksum(place, stored)) {
    return damage('its numbers do not match their checksum');
  }
  if (plans !== false && plans_checksum !== null && plans_checksum !== plansChecksum(place, stored)) {
    return damage('what its plans said does not match its checksum');
  }
  try {
    decodeChunk(plans === 'next' ? { ...stored, predictions: null } : stored, layout, columns, at);
    if (plans === 'next' && stored.predictions !== null) {
      columns.plans ??= emptyPlans(columns.rows, layout.observations);
      const { observations } = layout;
      decodeNextSteps(stored.predictions, { rows, firstRow: first_row, observations }, columns.plans, at);
    }
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return damage(thrown.message);
  }
}

/** "Episode 3 is damaged in the log: chunk 2, steps 1024 to 2047: …" */
export function damageSentence({ episode, chunk, steps: [from, to], what }: ChunkDamage): string {
  const where =
    chunk === 0 ? '' : `chunk ${chunk}, ${from === to ? `step ${from}` : `steps ${from} to ${to}`}: `;
  return `Episode ${episode} is damaged in the log: ${where}${what}.`;
}

export function damaged(damage: ChunkDamage): ForesightError {
  return new ForesightError(
    'bad-file',
    damageSentence(damage),
    `Take the episode from a backup, or keep what of it is whole: foresight check --repair. To go on without it: foresight episode delete ${damage.episode}.`,
  );
}
