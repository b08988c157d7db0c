import { crc32 } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import { alikeBefore, frameAt } from './frame-at';
import { framePartsOf, type PartFrames } from './parts';
import type { CameraInfo, EpisodeCamera, FrameTimes, LoggedFrame, SeenFrame } from './types';

interface FrameRow {
  sequence: number;
  host_seconds: number;
  device_seconds: number;
  data: Uint8Array;
  checksum: number;
}

const COUNT_DROPPED = 'UPDATE cameras SET dropped = dropped + 1 WHERE episode = ? AND camera = ?';

/**
 * What cameras saw: the tables `cameras` and `frames`. Frames wait in memory until `flush`, as rows do, and a flush that
 * fails leaves them there for the next.
 */
export class FrameTable {
  #waiting: { episode: number; frame: LoggedFrame }[] = [];
  #dropped: { episode: number; camera: number }[] = [];

  /** Prepared once: they run forty times a second while cameras record. */
  readonly #insertFrame: Statement<[number, number, number, number, number, Uint8Array, number]>;
  readonly #countDropped: Statement<[number, number]>;

  constructor(private readonly database: Database) {
    this.#insertFrame = database.prepare(
      `INSERT INTO frames (episode, camera, sequence, host_seconds, device_seconds, data, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#countDropped = database.prepare(COUNT_DROPPED);
  }

  /** The cameras of a new episode. The caller holds the transaction. */
  begin(episode: number, cameras: readonly CameraInfo[]): void {
    const insert = this.database.prepare(
      'INSERT INTO cameras (episode, camera, name, width, height, rate, dropped) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    cameras.forEach(({ name, width, height, rate, dropped = 0 }, camera) => {
      insert.run(episode, camera, name, width, height, rate, dropped);
    });
  }

  append(episode: number, frames: readonly LoggedFrame[], dropped: readonly number[]): void {
    for (const frame of frames) this.#waiting.push({ episode, frame });
    for (const camera of dropped) this.#dropped.push({ episode, camera });
  }

  /** Commits what is waiting; false when nothing was. */
  flush(): boolean {
    const [frames, dropped] = [this.#waiting, this.#dropped];
    if (frames.length === 0 && dropped.length === 0) return false;
    this.database.transaction(() => {
      this.#insert(frames);
      for (const { episode, camera } of dropped) this.#countDropped.run(episode, camera);
    })();
    this.#waiting = [];
    this.#dropped = [];
    return true;
  }

  /** How many cameras an episode has. */
  count(episode: number): number {
    const count = this.database.prepare('SELECT count(*) FROM cameras WHERE episode = ?').pluck();
    return Number(count.get(episode));
  }

  /** Pictures of an episode of an import, at once. The caller holds the transaction. */
  add(episode: number, frames: readonly LoggedFrame[]): void {
    this.#insert(frames.map((frame) => ({ episode, frame })));
  }

  /** Deletes up to so many of an episode's. The caller holds the transaction. @returns how many */
  remove(episode: number, most: number): number {
    return this.database
      .prepare('DELETE FROM frames WHERE rowid IN (SELECT rowid FROM frames WHERE episode = ? LIMIT ?)')
      .run(episode, most).changes;
  }

  #insert(frames: readonly { episode: number; frame: LoggedFrame }[]): void {
    for (const { episode, frame } of frames) {
      const { camera, sequence, hostSeconds, deviceSeconds, data } = frame;
      const sum = checksum(episode, camera, sequence, data);
      this.#insertFrame.run(episode, camera, sequence, hostSeconds, deviceSeconds, data, sum);
    }
  }

  cameras(episode: number): EpisodeCamera[] {
    return this.database
      .prepare<[number], EpisodeCamera>(
        `SELECT name, width, height, rate, dropped,
           (SELECT count(*) FROM frames f WHERE f.episode = c.episode AND f.camera = c.camera) +
           (SELECT count(*) FROM part_frames s
            JOIN parts p ON p.episode = s.episode AND p.first_row = s.first_row
            JOIN frames f ON f.episode = p.source AND f.camera = s.camera
              AND f.sequence >= s.from_sequence AND f.sequence < s.to_sequence
            WHERE s.episode = c.episode AND s.camera = c.camera) AS frames
         FROM cameras c WHERE episode = ? ORDER BY camera`,
      )
      .all(episode);
  }

  /** @param camera its place among the episode's */
  times(episode: number, camera: number): FrameTimes {
    const select = this.database.prepare<[number, number, number, number], Omit<FrameRow, 'data'>>(
      `SELECT sequence, host_seconds, device_seconds, checksum FROM frames
       WHERE episode = ? AND camera = ? AND sequence >= ? AND sequence < ? ORDER BY sequence`,
    );
    const rows = this.#shown(episode, camera).flatMap((part) =>
      select.all(part.source, camera, part.from, part.to).map((row) => shifted(row, part)),
    );
    return {
      sequence: Int32Array.from(rows, (row) => row.sequence),
      hostSeconds: Float64Array.from(rows, (row) => row.host_seconds),
      deviceSeconds: Float64Array.from(rows, (row) => row.device_seconds),
      checksum: Uint32Array.from(rows, (row) => row.checksum),
    };
  }

  /**
   * Those with a number of `from` to `to` (exclusive).
   * @throws ForesightError bad-file: one is not what was written
   */
  frames(episode: number, camera: number, from: number, to: number): LoggedFrame[] {
    return this.#shown(episode, camera).flatMap((part) => {
      const { source, shift } = part;
      const range = [Math.max(part.from, from - shift), Math.min(part.to, to - shift)] as const;
      return this.#rows(source, camera, ...range).map((row) => {
        if (row.checksum !== checksum(source, camera, row.sequence, row.data)) {
          throw damaged(source, camera, row.sequence);
        }
        const { sequence, host_seconds, device_seconds } = shifted(row, part);
        const times = { hostSeconds: host_seconds, deviceSeconds: device_seconds };
        return { camera, sequence, ...times, data: new Uint8Array(row.data) };
      });
    });
  }

  /** The newest that was captured no later than `second`. @throws ForesightError bad-file: it is not what was written */
  at(episode: number, camera: number, second: number): SeenFrame | null {
    for (const { source, from, to, shift, hostShift } of this.#shown(episode, camera).reverse()) {
      const found = frameAt(this.database, source, camera, second, hostShift);
      if (found === undefined || found < from) continue;
      const sequence = Math.min(found, to - 1);
      const [frame] = this.frames(episode, camera, sequence + shift, sequence + shift + 1);
      return frame ? { ...frame, alike: alikeBefore(this.database, source, camera, sequence) } : null;
    }
    return null;
  }

  /** Where the pictures of an episode lie: its own, or those of the recordings that it shows. */
  #shown(episode: number, camera: number): PartFrames[] {
    const parts = framePartsOf(this.database, episode, camera);
    if (parts.length > 0) return parts;
    const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
    return [{ source: episode, ...all, shift: 0, hostShift: 0, deviceShift: 0 }];
  }

  /** What is not what was written, as sentence parts; a picture at a time, however many there are. */
  *damage(episode: number): Generator<string> {
    for (const { camera, sequence } of this.#damaged(episode)) {
      yield `picture ${sequence} of camera ${camera} does not match its checksum`;
    }
  }

  *#damaged(episode: number): Generator<{ camera: number; sequence: number }> {
    const rows = this.database
      .prepare<[number], FrameRow & { camera: number }>('SELECT * FROM frames WHERE episode = ?')
      .iterate(episode);
    for (const { camera, sequence, data, checksum: wanted } of rows) {
      if (wanted !== checksum(episode, camera, sequence, data)) yield { camera, sequence };
    }
  }

  /**
   * Takes out what is not what was written: it counts as dropped. The caller holds the transaction.
   * @returns what was done, a sentence each
   */
  mend(episode: number): string[] {
    const remove = this.database.prepare(
      'DELETE FROM frames WHERE episode = ? AND camera = ? AND sequence = ?',
    );
    const count = this.database.prepare(COUNT_DROPPED);
    return [...this.#damaged(episode)].map(({ camera, sequence }) => {
      remove.run(episode, camera, sequence);
      count.run(episode, camera);
      return `Episode ${episode} has no picture ${sequence} of camera ${camera} any more: it was not what was written.`;
    });
  }

  #rows(episode: number, camera: number, from: number, to: number): FrameRow[] {
    return this.database
      .prepare<[number, number, number, number], FrameRow>(
        `SELECT sequence, host_seconds, device_seconds, data, checksum FROM frames
         WHERE episode = ? AND camera = ? AND sequence >= ? AND sequence < ? ORDER BY sequence`,
      )
      .all(episode, camera, from, to);
  }
}

function shifted<Row extends Omit<FrameRow, 'data'>>(
  row: Row,
  { shift, hostShift, deviceShift }: PartFrames,
): Row {
  return {
    ...row,
    sequence: row.sequence + shift,
    host_seconds: row.host_seconds + hostShift,
    device_seconds: row.device_seconds + deviceShift,
  };
}

/** CRC-32 over where a picture belongs, and then its bytes. */
function checksum(episode: number, camera: number, sequence: number, data: Uint8Array): number {
  return crc32(data, crc32(new Uint8Array(Float64Array.of(episode, camera, sequence).buffer)));
}

function damaged(episode: number, camera: number, sequence: number): ForesightError {
  return new ForesightError(
    'bad-file',
    `Episode ${episode} is damaged in the log: picture ${sequence} of camera ${camera} does not match its checksum.`,
    'Copy the workspace away and take the episode from a backup; its numbers can still be read.',
  );
}
