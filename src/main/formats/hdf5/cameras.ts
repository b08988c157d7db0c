import { pictureSize } from '../../camera/picture-file';
import { cameraNames, MOST_SIDE } from '../picture-parts';
import type { DatasetCamera } from '../types';
import type { Hdf5File } from './file';
import type { FoundLayout } from './layouts';
import type { PictureTable } from './tables';

/** How a row of bytes is a picture: packed as a file, or its pixels, where colours come first or last. */
export type RowKind = { kind: 'file' } | { kind: 'pixels'; channels: 1 | 3; first: boolean };

/** A camera by the table of its pictures. */
export interface CameraTable {
  /** As columns call it: "obs/side_image". */
  table: string;
  camera: DatasetCamera;
}

/** Cameras of the first episode: tables of pictures that are observations. @throws as `Hdf5File.readBytes` */
export async function findCameras(
  file: Hdf5File,
  { episodes, role, besides }: FoundLayout,
): Promise<{ found: CameraTable[]; remarks: string[] }> {
  const tables = [...(episodes[0]?.pictures.values() ?? [])];
  const remarks: string[] = [];
  const sized: { table: string; size: { width: number; height: number } }[] = [];
  for (const table of tables) {
    const { name, shape } = table;
    // Those of the row after, and what Foresight says beside, belong to others.
    if (/^(next_|foresight\/)/.test(name) || name.startsWith(`${besides}/`)) continue;
    const size = role(name) === 'observation' ? await sizeOf(file, table) : null;
    const left = `"${name}" holds pictures (${shape.join(' × ')})`;
    if (role(name) !== 'observation') remarks.push(`${left}, which are no observations, and is not read.`);
    else if (size === null)
      remarks.push(`${left} that are neither grey nor red, green and blue of 8 bits, and is not read.`);
    else if (Math.max(size.width, size.height) > MOST_SIDE) {
      remarks.push(`${left} of more than ${MOST_SIDE} pixels a side, and is not read.`);
    } else sized.push({ table: name, size });
  }
  const names = cameraNames(sized.map(({ table }) => shortName(table)));
  const found = sized.map(({ table, size }, i) => ({
    table,
    camera: { column: table, name: names[i] ?? table, ...size, rate: null },
  }));
  return { found, remarks };
}

const shortName = (table: string) => table.slice(table.lastIndexOf('/') + 1).replace(/_(image|rgb)$/, '');

/** null for what is no picture that can be read. */
async function sizeOf(
  file: Hdf5File,
  table: PictureTable,
): Promise<{ width: number; height: number } | null> {
  const row = rowKind(table);
  if (row?.kind === 'file') return pictureSize(trimmed(await file.readBytes(table.path, 0, 1)));
  const [a = 0, b = 0, c = 1] = table.shape;
  if (row === null || a * b * c === 0) return null;
  return row.first ? { width: c, height: b } : { width: b, height: a };
}

export function rowKind({ shape }: PictureTable): RowKind | null {
  const [a, , c] = shape;
  if (shape.length === 1) return { kind: 'file' };
  if (shape.length === 2) return { kind: 'pixels', channels: 1, first: false };
  if (shape.length !== 3) return null;
  if (c === 1 || c === 3) return { kind: 'pixels', channels: c, first: false };
  return a === 1 || a === 3 ? { kind: 'pixels', channels: a, first: true } : null;
}

/** A packed picture without the zeros that fill its row; neither kind of file ends with one. */
export function trimmed(row: Uint8Array): Uint8Array {
  let end = row.length;
  while (end > 0 && row[end - 1] === 0) end--;
  return row.slice(0, end);
}
