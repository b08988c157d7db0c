import type { Random } from '../../../src/shared/random';

/** What was done to the log's two files, in order (recording-vfs.c, flushes.mjs). */
export interface Deed {
  kind: 'write' | 'truncate' | 'flush begins' | 'flush ends';
  file: 'database' | 'wal';
  by: 'sqlite' | 'log';
  /** Offset of a write, size after a truncation. */
  at: number;
  bytes: Buffer;
}

const HEAD_BYTES = 14;
/** A disk writes a sector as a whole or not at all. */
const SECTOR_BYTES = 512;

export function readTrace(trace: Buffer): Deed[] {
  const deeds: Deed[] = [];
  for (let at = 0; at < trace.length; ) {
    const kind = String.fromCharCode(trace[at] ?? 0);
    const file = trace[at + 1] === 'd'.charCodeAt(0) ? ('database' as const) : ('wal' as const);
    const place = Number(trace.readBigInt64LE(at + 2));
    const length = trace.readUInt32LE(at + 10);
    const bytes = trace.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    const by = kind === 'b' || kind === 'e' ? ('log' as const) : ('sqlite' as const);
    const deed = (what: Deed['kind']) => deeds.push({ kind: what, file, by, at: place, bytes });
    if (kind === 'w') deed('write');
    else if (kind === 't') deed('truncate');
    else if (kind === 'b') deed('flush begins');
    else if (kind === 'e') deed('flush ends');
    else if (kind === 's') {
      // SQLite waits for its own flushes: nothing was written between their begin and their end.
      deed('flush begins');
      deed('flush ends');
    } else throw new Error(`the trace has a record "${kind}"`);
    at += HEAD_BYTES + length;
  }
  return deeds;
}

/**
 * How many of the first `cut` deeds are on the disk for certain where they are on `file`: those before the last flush that ended.
 * @param by whose flushes count
 */
export function flushed(
  deeds: readonly Deed[],
  file: Deed['file'],
  cut: number,
  by: readonly Deed['by'][] = ['sqlite', 'log'],
): number {
  let begun = 0;
  let sure = 0;
  for (let i = 0; i < cut; i++) {
    const deed = deeds[i];
    if (deed?.file !== file || !by.includes(deed.by)) continue;
    if (deed.kind === 'flush begins') begun = i;
    else if (deed.kind === 'flush ends') sure = begun;
  }
  return sure;
}

/** What becomes of a write that no flush has followed. */
export type Fate = (deed: Deed) => 'kept' | 'lost' | 'torn';
export const keepAll: Fate = () => 'kept';
export const loseAll: Fate = () => 'lost';
export const anyFate =
  (random: Random): Fate =>
  () =>
    (['kept', 'lost', 'torn'] as const)[random.integer(3)] ?? 'kept';

/**
 * A file as the disk may have it when the power goes after the first `cut` deeds: all that was flushed, and of what came after
 * that whatever `fate` says, in any order. Of a torn write every sector is there or not.
 */
export function fileAfterCut(
  before: Buffer,
  deeds: readonly Deed[],
  where: { file: Deed['file']; cut: number; sure: number },
  fate: Fate,
  random: Random,
): Buffer {
  const content = new Growing(before);
  for (let i = 0; i < where.cut; i++) {
    const deed = deeds[i];
    if (deed?.file !== where.file) continue;
    const what = i < where.sure ? 'kept' : fate(deed);
    if (what === 'lost') continue;
    if (deed.kind === 'truncate') content.truncate(deed.at);
    if (deed.kind !== 'write') continue;
    for (let from = 0; from < deed.bytes.length; ) {
      const to = Math.min(deed.bytes.length, nextSector(deed.at + from) - deed.at);
      if (what === 'kept' || random.integer(2) === 0)
        content.write(deed.at + from, deed.bytes.subarray(from, to));
      from = to;
    }
  }
  return content.bytes;
}

const nextSector = (at: number) => (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES;

class Growing {
  #buffer: Buffer;
  #size: number;

  constructor(before: Buffer) {
    this.#buffer = Buffer.from(before);
    this.#size = before.length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  truncate(size: number): void {
    if (size < this.#size) this.#buffer.fill(0, size, this.#size);
    this.#size = Math.min(this.#size, size);
  }

  write(at: number, bytes: Buffer): void {
    const end = at + bytes.length;
    if (end > this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(2 * end - this.#buffer.length)]);
    }
    bytes.copy(this.#buffer, at);
    this.#size = Math.max(this.#size, end);
  }
}
