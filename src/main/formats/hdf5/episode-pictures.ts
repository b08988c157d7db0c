import { encodePng } from '../../camera/png';
import { badFile } from '../faults';
import { pictureParts } from '../picture-parts';
import type { DatasetPart, DatasetPicture } from '../types';
import { type CameraTable, type RowKind, rowKind, trimmed } from './cameras';
import type { Hdf5File } from './file';
import { afterTable, CAPTURED_WIDTH, capturedTable } from './note';
import type { FoundEpisode, PictureTable, Table } from './tables';

/** Pictures that are read at once, bytes. */
const PART_BYTES = 2 ** 22;
/** Rows of what is said of them. */
const PART_ROWS = 2 ** 14;

/**
 * The pictures of a camera in an episode of so many rows, or why they stay behind.
 * @param place the camera's among those of the data set
 * @throws ForesightError bad-data with the place
 */
export async function* episodePictures(
  file: Hdf5File,
  { table: name, camera }: CameraTable,
  place: number,
  episode: FoundEpisode,
  rows: number,
): AsyncGenerator<DatasetPart, void, void> {
  const table = episode.pictures.get(name);
  const last = table?.rows ?? 0;
  if (table === undefined || last < episode.frames) {
    const why = table === undefined ? 'are not there' : `are ${last}, and it has ${episode.frames} frames`;
    yield { kind: 'left', remark: `${episode.called} comes without its pictures "${name}": they ${why}.` };
    return;
  }
  const captured = episode.tables.get(capturedTable(camera.name));
  const known = captured?.width === CAPTURED_WIDTH ? captured : undefined;
  const pictures =
    known === undefined
      ? eachOf(file, episode, table, rows)
      : knownOf(file, episode, table, camera.name, rows, capturedIn(file, known));
  yield* pictureParts(place, rows, pictures);
}

/** Those of which it is known which rows saw them first, and when they were captured. */
async function* knownOf(
  file: Hdf5File,
  episode: FoundEpisode,
  table: PictureTable,
  camera: string,
  rows: number,
  captured: AsyncIterable<Float64Array>,
): AsyncGenerator<DatasetPicture, void, void> {
  const pixels = rowsOf(file, table);
  for await (const [row = 0, sequence, hostSeconds, deviceSeconds] of captured) {
    // The row after the last frame was not asked for: not all that is observed is known of it.
    if (row === rows && row === episode.frames) continue;
    const isBehind = row >= table.rows;
    const after = isBehind ? episode.pictures.get(afterTable(camera)) : undefined;
    if (!Number.isInteger(row) || row < 0 || row >= rows || (isBehind && after === undefined)) {
      throw badFile(
        file.name,
        episode.called,
        `a picture of "${camera}" is said to be of row ${row}, which has none`,
      );
    }
    const data = after === undefined ? await pixels(row) : await rowsOf(file, after)(0);
    yield { row, sequence, hostSeconds, deviceSeconds, data: encoded(after ?? table, data) };
  }
}

/** What is said of each picture, row by row. */
async function* capturedIn(file: Hdf5File, { path, rows }: Table): AsyncGenerator<Float64Array, void, void> {
  for (let from = 0; from < rows; from += PART_ROWS) {
    const part = await file.read(path, from, Math.min(rows, from + PART_ROWS));
    for (let at = 0; at < part.length; at += CAPTURED_WIDTH) yield part.subarray(at, at + CAPTURED_WIDTH);
  }
}

/** One of each row; those that are the same as the one before are that one still. */
async function* eachOf(
  file: Hdf5File,
  { frames, offset, pictures }: FoundEpisode,
  table: PictureTable,
  rows: number,
): AsyncGenerator<DatasetPicture, void, void> {
  const pixels = rowsOf(file, table);
  let before: Uint8Array | undefined;
  for (let row = 0; row < frames; row++) {
    const data = await pixels(offset + row);
    if (before !== undefined && Buffer.compare(before, data) === 0) continue;
    before = data;
    yield { row, data: encoded(table, data) };
  }
  if (rows === frames) return;
  // What was seen after the last frame.
  const next = pictures.get(table.name.replace(/^obs\//, 'next_obs/'));
  const isLonger = table.rows > offset + frames && next === table;
  const isThere = next !== undefined && next !== table && next.rows >= frames;
  if (!isLonger && !isThere) return;
  const data = isLonger ? await pixels(offset + frames) : await rowsOf(file, next ?? table)(frames - 1);
  if (before === undefined || Buffer.compare(before, data) !== 0)
    yield { row: frames, data: encoded(table, data) };
}

/** Rows of a table by their numbers, some megabytes at a time. */
function rowsOf(file: Hdf5File, { path, rows, shape }: PictureTable): (row: number) => Promise<Uint8Array> {
  const size = shape.reduce((all, length) => all * length, 1);
  const most = Math.max(1, Math.floor(PART_BYTES / size));
  let from = 0;
  let part = new Uint8Array(0);
  return async (row) => {
    if (row < from || (row - from + 1) * size > part.length) {
      from = row;
      part = new Uint8Array(await file.readBytes(path, row, Math.min(rows, row + most)));
    }
    return part.subarray((row - from) * size, (row - from + 1) * size);
  };
}

/** As a file: what is one already as it is, pixels as PNG. */
function encoded(table: PictureTable, row: Uint8Array): Uint8Array {
  const kind = rowKind(table);
  if (kind?.kind !== 'pixels') return trimmed(row);
  const [a = 0, b = 0, c = 0] = table.shape;
  const [height, width] = kind.first ? [b, c] : [a, b];
  return encodePng(colours(row, width * height, kind), width, height);
}

/** [height, width, 3] */
function colours(
  row: Uint8Array,
  pixels: number,
  { channels, first }: RowKind & { kind: 'pixels' },
): Uint8Array {
  if (channels === 3 && !first) return row;
  const rgb = new Uint8Array(3 * pixels);
  for (let pixel = 0, to = 0; pixel < pixels; pixel++) {
    for (let colour = 0; colour < 3; colour++, to++) {
      rgb[to] = row[channels === 1 ? pixel : colour * pixels + pixel]!;
    }
  }
  return rgb;
}
