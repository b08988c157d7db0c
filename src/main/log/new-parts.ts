import type { Database } from 'better-sqlite3';
import type { EpisodeSummary, RecordedPart } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { EpisodeTable } from './episode-table';
import type { NewPart } from './parts';

/** Rows `from` to `to` (exclusive) of an episode that is there. */
export interface Cut {
  episode: EpisodeSummary;
  from: number;
  to: number;
}

/** What lies between two parts that do not follow each other: a second, and ten control periods in any case. */
const SEAM_SECONDS = 1;
const SEAM_PERIODS = 10;

/** An episode as its parts, a recording as its only one. */
export const partsShown = ({ id, steps, parts }: Pick<EpisodeSummary, 'id' | 'steps' | 'parts'>) =>
  parts.length > 0 ? parts : [{ episode: id, from: 0, to: steps + 1 }];

/**
 * The recorded rows that these cuts show one after the other; what was recorded without a break is one part.
 * @returns with the rows at which the cuts begin: a row that ends one cut and begins the next is there once
 * @throws ForesightError wrong-use: the same steps twice
 */
export function partsOfCuts(cuts: readonly Cut[]): { parts: RecordedPart[]; begins: number[] } {
  const made: RecordedPart[] = [];
  const begins: number[] = [];
  const rows = () => made.reduce((sum, part) => sum + part.to - part.from, 0);
  for (const { episode, from, to } of cuts) {
    let first = 0;
    begins.push(rows());
    for (const shown of partsShown(episode)) {
      const later = first - shown.from;
      first += shown.to - shown.from;
      const part = {
        episode: shown.episode,
        from: Math.max(shown.from, from - later),
        to: Math.min(shown.to, to - later),
      };
      if (part.from >= part.to) continue;
      const last = made.at(-1);
      // With the same row or with the next one.
      const goesOn = last?.episode === part.episode && [last.to - 1, last.to].includes(part.from);
      const before = goesOn ? made.slice(0, -1) : made;
      const twice = before.find((one) => one.episode === part.episode && overlap(one, part));
      if (twice !== undefined) throw shownTwice(part.episode);
      if (goesOn && last !== undefined) {
        begins[begins.length - 1] = rows() - (last.to - part.from);
        last.to = part.to;
      } else made.push(part);
    }
  }
  return { parts: made, begins };
}

/** Steps of both: one row in common is none. */
const overlap = (a: RecordedPart, b: RecordedPart) =>
  Math.min(a.to, b.to) - Math.max(a.from, b.from) > (a.to - a.from === 1 || b.to - b.from === 1 ? 0 : 1);

/**
 * Puts parts one after the other in time. An episode begins at second 0, unless it begins with its recording. Every other part
 * begins a second or more after the one before it has ended, on both clocks: everything that reads steps knows such a break.
 * @throws ForesightError bad-data: a clock that cannot be read at a seam
 */
export function placed(
  database: Database,
  episodes: EpisodeTable,
  parts: readonly RecordedPart[],
  periodSeconds: number,
): NewPart[] {
  const gap = Math.max(SEAM_SECONDS, SEAM_PERIODS * periodSeconds);
  const timeAt = (source: number, row: number) => {
    const { hostSeconds, deviceSeconds } = episodes.columns(source, { from: row, to: row + 1 });
    return { host: hostSeconds[0] ?? Number.NaN, device: deviceSeconds[0] ?? Number.NaN };
  };
  const made: NewPart[] = [];
  let rows = 0;
  for (const { episode: source, from, to } of parts) {
    const begins = timeAt(source, from);
    const before = made.at(-1);
    let [hostShift, deviceShift] = [from === 0 ? 0 : -begins.host, 0];
    if (before !== undefined) {
      const ended = timeAt(before.source, before.to - 1);
      hostShift = ended.host + before.hostShift + gap - begins.host;
      deviceShift = ended.device + before.deviceShift + gap - begins.device;
    }
    if (!Number.isFinite(hostShift) || !Number.isFinite(deviceShift)) throw noTime(source, from);
    const frames = framesOf(database, { source, from, to }, timeAt, made);
    made.push({ firstRow: rows, source, from, to, hostShift, deviceShift, frames });
    rows += to - from;
  }
  return made;
}

/**
 * The pictures that belong to rows of a recording: from the one that the first row saw to the last before its last row, or all
 * where the recording ends there. Their numbers go on after those of the parts before.
 */
function framesOf(
  database: Database,
  { source, from, to }: { source: number; from: number; to: number },
  timeAt: (source: number, row: number) => { host: number },
  before: readonly NewPart[],
): NewPart['frames'] {
  const rows = Number(database.prepare('SELECT rows FROM episodes WHERE id = ?').pluck().get(source));
  const begins = from === 0 ? Number.NEGATIVE_INFINITY : timeAt(source, from).host;
  const ends = to === rows ? Number.POSITIVE_INFINITY : timeAt(source, to - 1).host;
  const seen = database.prepare<Record<string, number>, { first: number | null; last: number }>(
    `SELECT min(sequence) AS first, max(sequence) AS last FROM frames
     WHERE episode = :source AND camera = :camera AND host_seconds <= :ends AND sequence >= coalesce(
       (SELECT max(sequence) FROM frames
        WHERE episode = :source AND camera = :camera AND host_seconds <= :begins), 0)`,
  );
  const frames: NewPart['frames'] = new Map();
  const cameras = database
    .prepare<[number], number>('SELECT camera FROM cameras WHERE episode = ? ORDER BY camera')
    .pluck()
    .all(source);
  for (const camera of cameras) {
    const found = seen.get({ source, camera, begins, ends });
    if (found === undefined || found.first === null) continue;
    const last = before.reduce((next, part) => {
      const one = part.frames.get(camera);
      return one === undefined ? next : one.to + one.shift;
    }, 0);
    // A recording that is shown from its beginning keeps its numbers.
    const start = from === 0 ? 0 : found.first;
    frames.set(camera, { from: start, to: found.last + 1, shift: last - start });
  }
  return frames;
}

const shownTwice = (recording: number): ForesightError =>
  new ForesightError(
    'wrong-use',
    `These episodes show the same steps of recording ${recording}: merged, they would be there twice.`,
    'Leave one of them out.',
  );

const noTime = (recording: number, row: number): ForesightError =>
  new ForesightError(
    'bad-data',
    `The clock of recording ${recording} cannot be read at step ${row}, so the break between two parts cannot be marked.`,
    'Leave this episode out, or keep the parts apart.',
  );
