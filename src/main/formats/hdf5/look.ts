import { badFile } from '../faults';
import { type Hdf5Dataset, type Hdf5Group, type Hdf5Node, type Hdf5Tree, TEXTS } from './messages';
import { ENUM, FLOAT, INTEGER, type OpenFile, STRING } from './open-file';
import { readRows } from './read-rows';

/** Things in a file, and groups inside of one another, that are looked at; links can make a file endless. */
const MOST_OBJECTS = 500_000;
const MOST_DEPTH = 8;
const MOST_TEXT_BYTES = 2 ** 26;
/** What is unpacked at once, bytes. */
const MOST_CHUNK_BYTES = 2 ** 27;
/** No byte of a file unpacks to more: deflate's own limit is 1032. */
const MOST_UNPACKED = 1100;

/** Filters that the library has itself, by HDF5's numbers: deflate, shuffle, checksum, szip, n-bit, scale-offset. */
const FILTERS = new Set([1, 2, 3, 4, 5, 6]);
/**
 * What is in a file, without its numbers: step by step, so that no link is followed.
 * @throws ForesightError bad-data with the place: a link to another file, more than can be
 */
export function lookAt(file: OpenFile): Hdf5Tree {
  let objects = 0;
  let bytes = 0;
  const groupAt = (path: string, depth: number): Hdf5Group => {
    const children: Record<string, Hdf5Node> = {};
    if (depth > MOST_DEPTH) return { kind: 'group', children };
    for (const name of file.module.get_names(file.id, path, false)) {
      if (++objects > MOST_OBJECTS)
        throw badFile(file.name, path, `more than ${MOST_OBJECTS} things are in it`);
      if (name === '' || name === '.') continue;
      const node = nodeAt(path === '/' ? `/${name}` : `${path}/${name}`, depth);
      if (node !== undefined) Object.defineProperty(children, name, { value: node, enumerable: true });
    }
    return { kind: 'group', children };
  };
  const nodeAt = (path: string, depth: number): Hdf5Node | undefined => {
    const { module, id } = file;
    const { filename } = module.get_external_link(id, path) as { filename?: string };
    if (filename !== undefined) {
      throw badFile(
        file.name,
        path,
        `is a link to another file (${shortened(filename)}), which is not opened`,
      );
    }
    const link = module.get_symbolic_link(id, path) as string | null;
    if (link !== null) return { kind: 'link', to: shortened(link) };
    const type = module.get_type(id, path);
    if (type === module.H5G_GROUP) return groupAt(path, depth + 1);
    if (type !== module.H5G_DATASET) return undefined;
    const { dataset, unpacked } = datasetAt(file, path);
    if (dataset.refused === null) bytes += unpacked;
    // One piece of a file can have many names.
    if (bytes <= file.bytes * MOST_UNPACKED) return dataset;
    const what = `with all before it is said to be ${bytes} bytes, which cannot be in a file of ${file.bytes} bytes`;
    throw badFile(file.name, path, what);
  };
  const root = groupAt('/', 0);
  const texts = TEXTS.flatMap(({ path, name }) => {
    const there = path === '/' || root.children[path.slice(1)]?.kind === 'group';
    const text = there ? textOf(file, path, name) : undefined;
    return text === undefined ? [] : [[`${path}@${name}`, text] as const];
  });
  return { root, texts: Object.fromEntries(texts) };
}

const shortened = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

function datasetAt(file: OpenFile, path: string): { dataset: Hdf5Dataset; unpacked: number } {
  const { module, id } = file;
  const { shape, type, size, signed, chunks, virtual_sources } = module.get_dataset_metadata(id, path);
  const dimensions = shape ?? [];
  const isBytes = type === INTEGER && size === 1 && !signed;
  const isNumber = type === INTEGER || type === FLOAT || type === ENUM;
  const refused = () => {
    if (virtual_sources !== undefined) return 'lies in other files, which are not opened';
    if (shape === null) return 'has no shape';
    if (isNumber && ![1, 2, 4, 8].includes(size)) return `has numbers of ${size} bytes`;
    if (type === FLOAT && size < 4) return 'has numbers of 16 bits with a point; make them 32 bits';
    const unknown = module.get_dataset_filters(id, path).find((filter) => !FILTERS.has(filter.id));
    if (unknown !== undefined) {
      return `is packed with ${unknown.name || `filter ${unknown.id}`}, which is not read; pack it with gzip (h5repack)`;
    }
    if (bytesOf(chunks ?? [], size) > MOST_CHUNK_BYTES) return 'is packed in pieces that are too large';
    if (bytesOf(dimensions, size) > file.bytes * MOST_UNPACKED) {
      return `is said to have ${dimensions.join(' × ')} numbers, which cannot be in a file of ${file.bytes} bytes`;
    }
    return null;
  };
  const why = refused();
  const arePictures =
    isBytes && (dimensions.length >= 3 || (why === null && isPacked(file, path, dimensions)));
  const holds = arePictures ? 'pictures' : isNumber ? 'numbers' : 'something else';
  const dataset: Hdf5Dataset = { kind: 'dataset', shape: dimensions, holds, refused: why };
  return { dataset, unpacked: bytesOf(dimensions, size) };
}

/** How packed pictures begin: JPEG, PNG. */
const BEGINNINGS = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e],
];

/** Whether rows of bytes are packed pictures, as Minari has them, by how the first one begins. */
function isPacked(file: OpenFile, path: string, [rows = 0, width = 0, ...more]: readonly number[]): boolean {
  if (rows === 0 || width < 64 || width > 2 ** 24 || more.length > 0) return false;
  const first = readRows(file, path, 0, 1);
  return BEGINNINGS.some((beginning) => beginning.every((byte, i) => first[i] === byte));
}

const bytesOf = (shape: readonly number[], size: number) => shape.reduce((all, length) => all * length, size);

/** One text of any length that is an attribute; undefined where there is none of this name. */
function textOf({ module, id, name: file }: OpenFile, path: string, name: string): string | undefined {
  if (!module.get_attribute_names(id, path).includes(name)) return undefined;
  const { type, vlen, size, total_size, shape } = module.get_attribute_metadata(id, path, name);
  const place = `${path}, attribute "${name}"`;
  if (type !== STRING || shape === null || total_size !== 1 || size > MOST_TEXT_BYTES) {
    throw badFile(file, place, 'is not one text');
  }
  const at = module._malloc(Math.max(size, 8));
  try {
    if (module.get_attribute_data(id, path, name, BigInt(at)) < 0)
      throw badFile(file, place, 'cannot be read');
    if (!vlen) return new TextDecoder().decode(module.HEAPU8.slice(at, at + size)).replace(/\0.*$/s, '');
    const [text = 0] = new Uint32Array(module.HEAPU8.buffer, at, 1);
    const words = text === 0 ? '' : module.UTF8ToString(text);
    module.reclaim_vlen_memory(id, path, name, BigInt(at));
    return words;
  } finally {
    module._free(at);
  }
}
