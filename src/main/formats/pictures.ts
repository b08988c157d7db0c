import type { EpisodeSummary } from '../../shared/episode';
import { decodePicture } from '../camera/picture-file';
import { framesSeen } from '../camera/seen';
import type { EpisodeCamera, Log } from '../log/types';
import { badFile } from './faults';
import type { Captures, SeenFile, SharedCamera } from './types';

/** Pictures that are in hand at once, bytes. */
const PART_BYTES = 2 ** 22;
/** Frames that are read from the log at once. */
const PART_FRAMES = 64;

export interface ExportCameras {
  /** Those that all episodes have, with pictures of one size. */
  shared: SharedCamera[];
  /** What is said of the others, a sentence each. */
  lost: string[];
}

/** Which cameras' pictures can go along with these episodes. */
export async function camerasOf(
  log: Pick<Log, 'cameras'>,
  episodes: readonly EpisodeSummary[],
): Promise<ExportCameras> {
  const all: EpisodeCamera[][] = [];
  for (const { id } of episodes) all.push((await log.cameras(id)).filter(({ frames }) => frames > 0));
  const names = [...new Set(all.flat().map(({ name }) => name))];
  const found = names.map((name) => all.map((cameras) => cameras.find((camera) => camera.name === name)));
  const isShared = (cameras: (EpisodeCamera | undefined)[]) =>
    new Set(cameras.map((camera) => camera && `${camera.width} × ${camera.height}`)).size === 1;
  return {
    shared: found.filter(isShared).flatMap(([camera]) => (camera === undefined ? [] : [camera])),
    lost: names
      .filter((_, i) => !isShared(found[i] ?? []))
      .map((name) => `Pictures of "${name}" are left out: not every episode has them, in one size.`),
  };
}

/** Of cameras whose pictures tell how deep things lie, that this is left out, a sentence each: as the first of them says. */
export async function depthLost(
  log: Pick<Log, 'cameras' | 'frames' | 'frameTimes'>,
  [first]: readonly EpisodeSummary[],
  cameras: readonly SharedCamera[],
): Promise<string[]> {
  const lost: string[] = [];
  for (const { name } of first ? cameras : []) {
    const id = (first as EpisodeSummary).id;
    const place = (await log.cameras(id)).findIndex((camera) => camera.name === name);
    const [sequence = 0] = (await log.frameTimes(id, place)).sequence;
    const [frame] = await log.frames(id, place, sequence, sequence + 1);
    if (frame && decodePicture(frame.data).depth)
      lost.push(`The depth in pictures of "${name}" is left out.`);
  }
  return lost;
}

/**
 * The picture that each row of an episode saw, or of a part of it from `firstRow` on, some rows at a time: [rows, height, width, 3]; black before the first one.
 * @throws ForesightError bad-file, bad-data: a picture is not what it was said to be
 */
export async function* picturesOf(
  log: Pick<Log, 'columns' | 'cameras' | 'frameTimes' | 'frames'>,
  { id, steps, firstRow = 0 }: Pick<EpisodeSummary, 'id' | 'steps'> & { firstRow?: number },
  { name, width, height }: SharedCamera,
): AsyncGenerator<Uint8Array, void, void> {
  const place = (await log.cameras(id)).findIndex((camera) => camera.name === name);
  const times = await log.frameTimes(id, place);
  const seen = framesSeen(await hostSecondsOf(log, id, firstRow, steps + 1), times.hostSeconds);
  const size = height * width * 3;
  const partRows = Math.max(1, Math.floor(PART_BYTES / size));
  const files = framesInOrder(log, id, place, times.sequence.at(-1) ?? -1);
  let newest = -1;
  let picture = new Uint8Array(size);
  for (let from = 0; from < seen.length; from += partRows) {
    const rows = seen.subarray(from, from + partRows);
    const part = new Uint8Array(rows.length * size);
    for (const [row, frame] of rows.entries()) {
      let data: Uint8Array | undefined;
      for (; newest < frame; newest++) data = (await files.next()).value ?? data;
      if (data !== undefined) picture = colours(data, size, `${name}, frame ${frame}`, `episode ${id}`);
      part.set(picture, row * size);
    }
    yield part;
  }
}

/** The files that the first `rows` rows of an episode saw, or of a part of it from `firstRow` on, in order. */
export async function* filesSeen(
  log: Pick<Log, 'columns' | 'cameras' | 'frameTimes' | 'frames'>,
  { id, firstRow = 0 }: Pick<EpisodeSummary, 'id'> & { firstRow?: number },
  { name }: SharedCamera,
  rows: number,
): AsyncGenerator<SeenFile, void, void> {
  const place = (await log.cameras(id)).findIndex((camera) => camera.name === name);
  const times = await log.frameTimes(id, place);
  const seen = framesSeen(await hostSecondsOf(log, id, firstRow, rows), times.hostSeconds);
  const files = framesInOrder(log, id, place, times.sequence.at(-1) ?? -1);
  let newest = -1;
  let data: Uint8Array | null = null;
  for (let from = 0; from < rows; ) {
    const frame = seen[from]!;
    let to = from + 1;
    while (to < rows && seen[to] === frame) to++;
    for (; newest < frame; newest++) data = (await files.next()).value ?? data;
    yield { data, rows: to - from };
    from = to;
  }
}

/** Which pictures the rows of an episode saw, or of a part of it from `firstRow` on, and when they were captured. */
export async function capturesOf(
  log: Pick<Log, 'columns' | 'cameras' | 'frameTimes'>,
  { id, steps, parts, firstRow = 0 }: Pick<EpisodeSummary, 'id' | 'steps' | 'parts'> & { firstRow?: number },
  { name }: SharedCamera,
): Promise<Captures> {
  const cameras = await log.cameras(id);
  const place = cameras.findIndex((camera) => camera.name === name);
  const { rate = 0, dropped = 0 } = cameras[place] ?? {};
  const times = await log.frameTimes(id, place);
  const seen = framesSeen(await hostSecondsOf(log, id, firstRow, steps + 1), times.hostSeconds);
  const rows = [...seen.keys()].filter((row) => seen[row]! >= 0 && seen[row] !== seen[row - 1]);
  const of = (values: ArrayLike<number>) => rows.map((row) => values[seen[row]!]!);
  // Of an episode that is written in parts, those that are missing between its pictures are.
  const first = seen[rows[0] ?? 0] ?? 0;
  const between = times.sequence.subarray(first, (seen.at(-1) ?? -1) + 1);
  const gaps = between.length === 0 ? 0 : between.at(-1)! - between[0]! + 1 - between.length;
  return {
    ...{ rate, dropped: parts.length > 1 ? gaps : dropped, row: rows, sequence: of(times.sequence) },
    ...{ hostSeconds: of(times.hostSeconds), deviceSeconds: of(times.deviceSeconds) },
  };
}

/** Rows that are read of the log at once. */
const READ_ROWS = 2 ** 14;

async function hostSecondsOf(
  log: Pick<Log, 'columns'>,
  id: number,
  firstRow: number,
  rows: number,
): Promise<Float64Array> {
  const seconds = new Float64Array(rows);
  for (let from = 0; from < rows; from += READ_ROWS) {
    const range = { from: firstRow + from, to: firstRow + Math.min(rows, from + READ_ROWS) };
    seconds.set((await log.columns(id, range)).hostSeconds, from);
  }
  return seconds;
}

async function* framesInOrder(
  log: Pick<Log, 'frames'>,
  id: number,
  camera: number,
  last: number,
): AsyncGenerator<Uint8Array, undefined, void> {
  for (let from = 0; from <= last; from += PART_FRAMES) {
    for (const { data } of await log.frames(id, camera, from, from + PART_FRAMES)) yield data;
  }
  return undefined;
}

/** [height, width, 3] */
function colours(file: Uint8Array, size: number, place: string, episode: string): Uint8Array<ArrayBuffer> {
  const { data, channels } = decodePicture(file);
  const rgb =
    channels === 3
      ? new Uint8Array(data)
      : Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)] ?? 0);
  if (rgb.length === size) return rgb;
  throw badFile(episode, place, 'is not of the size that its camera had', 'Leave this episode out.');
}
