import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetSchema } from 'hyparquet';
import { pictureSize } from '../../camera/picture-file';
import { ParquetFile } from '../parquet/file';
import { MOST_SIDE } from '../picture-parts';
import { Mp4Reader } from '../video/mp4-reader';
import { chunkFile } from './layout';
import { type Info, parquetFiles } from './meta';

/** Where the pictures of an episode are: in which file, and from which second of it on. */
interface VideoPlace {
  /** Below the data set's folder. */
  file: string;
  from: number;
}

/** A camera whose videos can be read. */
export interface VideoSource {
  key: string;
  width: number;
  height: number;
  folder: string;
  places: ReadonlyMap<number, VideoPlace>;
}

/**
 * Cameras of a data set that have videos, by the first of them that is there.
 * @throws ForesightError bad-data: a video that is none, or is damaged
 */
export async function findVideos(
  folder: string,
  info: Info,
): Promise<{ found: VideoSource[]; remarks: string[] }> {
  const keys = Object.keys(info.features).filter((key) => info.features[key]?.dtype === 'video');
  const named = keys.filter((key) => !/[\\/]/.test(key) && !/^\.*$/.test(key));
  const remarks = keys
    .filter((key) => !named.includes(key))
    .map((key) => `"${key}" can be no folder, and is not read.`);
  const isOld = info.codebase_version.startsWith('v2');
  const all = isOld ? await oldPlaces(folder, named) : await newPlaces(folder, named);
  const found: VideoSource[] = [];
  for (const key of named) {
    const places = all.get(key) ?? new Map<number, VideoPlace>();
    const looked = await lookAt(folder, key, places);
    if (typeof looked === 'string') remarks.push(looked);
    else found.push({ key, folder, places, ...looked });
  }
  return { found, remarks };
}

const BEHIND = 'the rows come without its pictures';

/** @returns size and rate of its pictures, or why they stay behind, as a sentence */
async function lookAt(
  folder: string,
  key: string,
  places: ReadonlyMap<number, VideoPlace>,
): Promise<{ width: number; height: number } | string> {
  const files = new Set([...places.values()].map(({ file }) => file));
  for (const file of files) {
    if (!(await isThere(join(folder, file)))) continue;
    const reader = await Mp4Reader.open(join(folder, file));
    try {
      const { codec, name } = reader.track;
      if (codec === null) return unreadable(key, name);
      const [first] = reader.samples();
      if (first === undefined) continue;
      const size = pictureSize(await reader.read(first));
      if (size === null)
        return `The videos of camera "${key}" hold ${name} pictures of a kind that is not read here: ${BEHIND}. ${CONVERT}`;
      if (Math.max(size.width, size.height) <= MOST_SIDE) return size;
      return `The pictures of camera "${key}" have ${size.width} × ${size.height} pixels, more than ${MOST_SIDE} a side: ${BEHIND}. Make them smaller and import again.`;
    } finally {
      await reader.close();
    }
  }
  const [one = `videos/${key}`] = files;
  return `The videos of camera "${key}" are not there (${one}): ${BEHIND}. Copy the folder "videos" with the data set and import again.`;
}

const CONVERT =
  'Convert its videos to MJPEG in MP4, a frame for a frame (ffmpeg -i in.mp4 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p out.mp4), put them in their place and import again.';

const unreadable = (key: string, codec: string) =>
  `The videos of camera "${key}" are ${codec}, which is not read here: ${BEHIND}. ${CONVERT}`;

export const isThere = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** v2.1: a file an episode, found by what lies there. */
async function oldPlaces(folder: string, keys: readonly string[]) {
  const all = new Map<string, Map<number, VideoPlace>>();
  const below = async (path: string) => (await readdir(join(folder, path)).catch(() => [])).sort();
  const chunks = (await below('videos')).filter((name) => /^chunk-\d+$/.test(name));
  for (const key of keys) {
    const places = new Map<number, VideoPlace>();
    for (const chunk of chunks) {
      for (const file of await below(join('videos', chunk, key))) {
        const number = /^episode_(\d+)\.mp4$/.exec(file)?.[1];
        if (number !== undefined)
          places.set(Number(number), { file: `videos/${chunk}/${key}/${file}`, from: 0 });
      }
    }
    all.set(key, places);
  }
  return all;
}

/** v3.0: many episodes a file; which one lies where stands in meta/episodes. */
async function newPlaces(folder: string, keys: readonly string[]) {
  const all = new Map(keys.map((key) => [key, new Map<number, VideoPlace>()]));
  for (const path of keys.length === 0 ? [] : await parquetFiles(join(folder, 'meta', 'episodes'))) {
    const file = await ParquetFile.open(path);
    try {
      const columns = new Set(parquetSchema(file.metadata).children.map(({ element }) => element.name));
      for (const group of file.groups().keys()) {
        const numbers = await file.column(group, 'episode_index');
        for (const key of keys) {
          const wanted = ['chunk_index', 'file_index', 'from_timestamp'].map(
            (name) => `videos/${key}/${name}`,
          );
          if (!wanted.every((name) => columns.has(name))) continue;
          const [chunk = [], part = [], from = []] = [
            await file.column(group, wanted[0] ?? ''),
            await file.column(group, wanted[1] ?? ''),
            await file.column(group, wanted[2] ?? ''),
          ];
          for (let row = 0; row < numbers.length; row++) {
            const name = `videos/${key}/${chunkFile(Number(chunk[row]), Number(part[row]), 'mp4')}`;
            all.get(key)?.set(Number(numbers[row]), { file: name, from: Number(from[row]) });
          }
        }
      }
    } finally {
      await file.close();
    }
  }
  return all;
}
