import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';

/** What is kept of `rows` rows from `firstRow` on, in buckets of `bucket` rows; what is in it is its maker's business. */
export interface DigestBlock {
  bucket: number;
  firstRow: number;
  rows: number;
  data: Uint8Array;
}

/**
 * What views of long episodes are made of: derived from the rows, so it may be missing (made when it is asked for) and is
 * never trusted over them. A block that is not what was written counts as missing.
 */
export class DigestTable {
  constructor(private readonly database: Database) {}

  /** Blocks with rows from `from` to `to` (exclusive), in their order. */
  of(episode: number, bucket: number, from: number, to: number): DigestBlock[] {
    return this.database
      .prepare<[number, number, number, number], DigestBlock & { checksum: number }>(
        `SELECT bucket, first_row AS firstRow, rows, data, checksum FROM digests
         WHERE episode = ? AND bucket = ? AND first_row < ? AND first_row + rows > ? ORDER BY first_row`,
      )
      .all(episode, bucket, to, from)
      .filter((block) => block.checksum === checksumOf(episode, block))
      .map(({ data, firstRow, rows }) => ({ bucket, firstRow, rows, data }));
  }

  keep(episode: number, blocks: readonly DigestBlock[]): void {
    const insert = this.database.prepare('INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?)');
    this.database.transaction(() => {
      for (const block of blocks) {
        const { bucket, firstRow, rows, data } = block;
        insert.run(episode, bucket, firstRow, rows, data, checksumOf(episode, block));
      }
    })();
  }
}

function checksumOf(episode: number, { bucket, firstRow, rows, data }: DigestBlock): number {
  const place = Float64Array.of(episode, bucket, firstRow, rows);
  return crc32(data, crc32(new Uint8Array(place.buffer)));
}
