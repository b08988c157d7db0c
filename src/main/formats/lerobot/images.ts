import { parquetSchema } from 'hyparquet';
import { pictureSize } from '../../camera/picture-file';
import { badFile } from '../faults';
import type { ParquetFile } from '../parquet/file';
import { MOST_SIDE, pictureParts } from '../picture-parts';
import type { DatasetPart, DatasetPicture } from '../types';
import type { Info } from './meta';

/** A camera whose pictures lie in the tables, a file a row. */
export interface ImageSource {
  key: string;
  width: number;
  height: number;
}

/** Cameras of a data set whose pictures lie in its tables, by the first of them. @throws ForesightError bad-data */
export async function findImages(
  { features }: Info,
  table: ParquetFile,
): Promise<{ found: ImageSource[]; remarks: string[] }> {
  const found: ImageSource[] = [];
  const remarks: string[] = [];
  const there = new Set(parquetSchema(table.metadata).children.map(({ element }) => element.name));
  const group = table.groups().findIndex((rows) => rows > 0);
  for (const [key, { dtype }] of Object.entries(features)) {
    if (dtype !== 'image') continue;
    const [first] = group >= 0 && there.has(key) ? await imagesOf(table, group, key) : [];
    const size = first === undefined ? null : pictureSize(first);
    if (size === null || Math.max(size.width, size.height) > MOST_SIDE) {
      const why =
        size === null
          ? 'are no PNG or JPEG files in its tables'
          : `have more than ${MOST_SIDE} pixels a side`;
      remarks.push(`The pictures of camera "${key}" ${why}: the rows come without them.`);
    } else found.push({ key, ...size });
  }
  return { found, remarks };
}

/** Of each row of a row group its file, as `datasets` lays pictures: { bytes, path }. */
async function imagesOf(table: ParquetFile, group: number, key: string): Promise<(Uint8Array | undefined)[]> {
  const cells = await table.column(group, key, false);
  return Array.from({ length: cells.length }, (_, row) => {
    const { bytes } = (cells[row] ?? {}) as { bytes?: unknown };
    return bytes instanceof Uint8Array ? bytes : undefined;
  });
}

/** The pictures of one camera, a row group of them at a time. */
export class CameraImages {
  #held: { file: ParquetFile; group: number; images: (Uint8Array | undefined)[] } | undefined;

  /** @param place the camera's among those of the data set */
  constructor(
    private readonly key: string,
    private readonly place: number,
  ) {}

  /** The pictures of an episode, which lies in `file` from `firstRow` on. @throws ForesightError bad-data: a row has none */
  of(
    episode: { number: number; rows: number },
    at: { file: ParquetFile; firstRow: number },
  ): AsyncGenerator<DatasetPart, void, void> {
    return pictureParts(this.place, episode.rows, this.#each(episode, at));
  }

  async close(): Promise<void> {
    this.#held = undefined;
  }

  /** One that is the same as that of the row before is that one still. */
  async *#each(
    { number, rows }: { number: number; rows: number },
    { file, firstRow }: { file: ParquetFile; firstRow: number },
  ): AsyncGenerator<DatasetPicture, void, void> {
    let before: Uint8Array | undefined;
    let start = 0;
    for (const [group, length] of file.groups().entries()) {
      for (let row = Math.max(0, firstRow - start); row < Math.min(length, firstRow + rows - start); row++) {
        const data = (await this.#group(file, group))[row];
        const inEpisode = start + row - firstRow;
        if (data === undefined) {
          throw badFile(file.name, `episode ${number}, row ${inEpisode}`, `has no picture "${this.key}"`);
        }
        if (before !== undefined && Buffer.compare(before, data) === 0) continue;
        before = data;
        // Of a picture alone, not of all that was read with it.
        yield { row: inEpisode, data: data.slice() };
      }
      start += length;
    }
  }

  async #group(file: ParquetFile, group: number): Promise<(Uint8Array | undefined)[]> {
    if (this.#held?.file !== file || this.#held.group !== group) {
      this.#held = { file, group, images: await imagesOf(file, group, this.key) };
    }
    return this.#held.images;
  }
}
