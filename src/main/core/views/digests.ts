import type { EpisodeSummary } from '../../../shared/episode';
import type { DigestBlock, Log } from '../../log/types';
import { coarser, decodeDigest, type Envelope, encodeDigest, envelopeOf } from './digest';
import { isPlanned, readSeries, seriesNames } from './series';

/** Rows that are digested at once: some megabytes. */
export const BLOCK_ROWS = 16_384;

/** Rows of a bucket, from fine to coarse; the rows of planned episodes are expensive to read, so theirs begin finer. */
const BUCKETS = { plain: [64, 1024, 16_384], planned: [16, 256, 4096] } as const;

export const bucketsFor = (summary: Pick<EpisodeSummary, 'source'>): readonly number[] =>
  BUCKETS[isPlanned(summary) ? 'planned' : 'plain'];

/** A plan may look ahead over so many rows that are still to come; what came of it is not known before. */
const LONGEST_HORIZON = 4096;
/** What is held in memory where nothing can be kept in the log, bytes. */
const MOST_BYTES = 64 * 2 ** 20;

/** One stretch of an episode in buckets: [series] in the order of `seriesNames`. */
export interface DigestPart {
  firstRow: number;
  rows: number;
  series: Envelope[];
}

/**
 * Digests of long episodes: made once, block by block, when they are first asked for, and kept in the log; where this process
 * cannot write (beside another one, on a full disk) the newest stay in memory.
 */
export class Digests {
  readonly #held = new Map<string, DigestBlock[]>();
  #bytes = 0;

  constructor(private readonly log: Pick<Log, 'columns' | 'digests' | 'keepDigests'>) {}

  /**
   * Rows `from` to `to` (exclusive) of an episode in buckets of one of `bucketsFor`, from the block that holds `from` on.
   * @throws bad-file: a chunk of the episode is not what was written
   */
  async of(
    summary: EpisodeSummary,
    bucket: number,
    { from, to }: { from: number; to: number },
  ): Promise<DigestPart[]> {
    const rows = summary.steps + 1;
    const first = Math.floor(from / BLOCK_ROWS) * BLOCK_ROWS;
    const end = Math.min(rows, to);
    const found = new Map<number, DigestPart>();
    for (const block of await this.log.digests(summary.id, bucket, first, end)) {
      const part = this.#decoded(summary, block);
      if (part !== undefined) found.set(part.firstRow, part);
    }
    const parts: DigestPart[] = [];
    for (let at = first; at < end; at += BLOCK_ROWS) {
      const wanted = Math.min(BLOCK_ROWS, rows - at);
      const known = found.get(at);
      parts.push(known?.rows === wanted ? known : await this.#block(summary, bucket, at));
    }
    return parts;
  }

  /**
   * Makes what is missing, a block at a time, so that whoever else asks the log waits for one at most. Ends where nothing can be
   * kept: it would have to be made again.
   */
  async *prepare(summary: EpisodeSummary): AsyncGenerator<{ done: number; total: number }, void, void> {
    const rows = summary.steps + 1;
    const coarsest = bucketsFor(summary).at(-1) ?? 1;
    for (let at = 0; at < rows; at += BLOCK_ROWS) {
      yield { done: at, total: rows };
      await this.of(summary, coarsest, { from: at, to: Math.min(rows, at + BLOCK_ROWS) });
      if (this.#held.has(keyOf(summary.id, at))) break;
    }
    yield { done: rows, total: rows };
  }

  async #block(summary: EpisodeSummary, bucket: number, firstRow: number): Promise<DigestPart> {
    const held = this.#held.get(keyOf(summary.id, firstRow));
    const rows = Math.min(BLOCK_ROWS, summary.steps + 1 - firstRow);
    const known = held?.find((block) => block.bucket === bucket && block.rows === rows);
    const part = known && this.#decoded(summary, known);
    return part ?? this.#make(summary, bucket, firstRow);
  }

  async #make(summary: EpisodeSummary, bucket: number, firstRow: number): Promise<DigestPart> {
    const to = Math.min(summary.steps + 1, firstRow + BLOCK_ROWS);
    const rows = to - firstRow;
    const values = await readSeries(this.log, summary, { from: firstRow, to });
    const [finest = 1, ...coarse] = bucketsFor(summary);
    const fine = seriesNames(summary).map((name) =>
      envelopeOf(values.get(name) ?? new Float64Array(), finest),
    );
    const levels = new Map([[finest, fine]]);
    for (const each of coarse)
      levels.set(
        each,
        fine.map((envelope) => coarser(envelope, each / finest)),
      );
    const blocks = [...levels].map(([each, series]): DigestBlock => {
      return { bucket: each, firstRow, rows, data: encodeDigest(series) };
    });
    if (isFinal(summary, to)) await this.#keep(summary.id, firstRow, blocks);
    return { firstRow, rows, series: levels.get(bucket) ?? fine };
  }

  async #keep(id: number, firstRow: number, blocks: DigestBlock[]): Promise<void> {
    // A full disk keeps nobody from looking at what there is.
    if (await this.log.keepDigests(id, blocks).catch(() => false)) return;
    const key = keyOf(id, firstRow);
    // Two who asked at the same time have both made it.
    this.#bytes += bytesOf(blocks) - bytesOf(this.#held.get(key) ?? []);
    this.#held.set(key, blocks);
    for (const [oldestKey, oldest] of this.#held) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#held.delete(oldestKey);
      this.#bytes -= bytesOf(oldest);
    }
  }

  #decoded(summary: EpisodeSummary, { data, bucket, firstRow, rows }: DigestBlock): DigestPart | undefined {
    const series = decodeDigest(data, { series: seriesNames(summary).length, rows, bucket });
    return series && { firstRow, rows, series };
  }
}

/** Whether what is shown of the rows before `to` changes no more. */
function isFinal(summary: EpisodeSummary, to: number): boolean {
  if (summary.state !== 'recording') return true;
  return to % BLOCK_ROWS === 0 && to + LONGEST_HORIZON <= summary.steps + 1;
}

const keyOf = (id: number, firstRow: number) => `${id} ${firstRow}`;
const bytesOf = (blocks: readonly DigestBlock[]) =>
  blocks.reduce((sum, { data }) => sum + data.byteLength, 0);
