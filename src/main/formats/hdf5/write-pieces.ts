import type { H5Module } from './library';
import type { Hdf5Piece, NumberType } from './messages';
import { FLOAT, INTEGER, STRING } from './open-file';

/** What is packed and cached at once, bytes. */
const CHUNK_BYTES = 2 ** 18;
/** A number of rows that may grow, as HDF5 has it. */
const UNLIMITED = 2n ** 64n - 1n;
const PACKING_LEVEL = 1;

const TYPES: Record<NumberType, { type: number; size: number }> = {
  float64: { type: FLOAT, size: 8 },
  uint8: { type: INTEGER, size: 1 },
};

/** Writes a piece into an open file. @returns whether the library took it */
export function writePiece(module: H5Module, file: bigint, piece: Hdf5Piece): boolean {
  switch (piece.kind) {
    case 'group':
      return module.create_group(file, piece.path, false) >= 0;
    case 'dataset':
      return createDataset(module, file, piece);
    case 'rows':
      return writeRows(module, file, piece);
    case 'text': {
      const text = { ...ATTRIBUTE, type: STRING, size: 4, vlen: true, cset: 1, shape: [], maxshape: [] };
      return module.create_vlen_str_attribute(file, piece.path, piece.name, [piece.text], text) >= 0;
    }
    case 'count':
      return withBytes(module, new Uint8Array(BigInt64Array.of(BigInt(piece.count)).buffer), (at) => {
        const count = { ...ATTRIBUTE, type: INTEGER, size: 8, signed: true, shape: [], maxshape: [] };
        return module.create_attribute(file, piece.path, piece.name, at, count) >= 0;
      });
  }
}

const ATTRIBUTE = { vlen: false, signed: false, littleEndian: true, total_size: 1 };

/** Empty first and then as long as it is to be: rows that were not written take no room. */
function createDataset(
  module: H5Module,
  file: bigint,
  { path, type, shape, packed }: Extract<Hdf5Piece, { kind: 'dataset' }>,
): boolean {
  const [rows = 0, ...rest] = shape;
  const { size } = TYPES[type];
  const rowBytes = rest.reduce((all, length) => all * length, size);
  const chunkRows = Math.max(1, Math.min(rows, Math.floor(CHUNK_BYTES / Math.max(1, rowBytes))));
  const described = {
    ...{ ...TYPES[type], vlen: false, signed: false, littleEndian: true, total_size: 0 },
    shape: [0, ...rest].map(BigInt),
    maxshape: [UNLIMITED, ...rest.map(BigInt)],
    chunks: [chunkRows, ...rest].map(BigInt),
    ...(packed && { compression: 1, compression_opts: [PACKING_LEVEL] }),
  };
  return withBytes(module, new Uint8Array(0), (at) => {
    return (
      module.create_dataset(file, path, at, described) >= 0 &&
      module.resize_dataset(file, path, shape.map(BigInt)) >= 0
    );
  });
}

function writeRows(
  module: H5Module,
  file: bigint,
  { path, shape, first, values }: Extract<Hdf5Piece, { kind: 'rows' }>,
): boolean {
  const [rows = 0, ...rest] = shape;
  if (rows === 0) return true;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const offset = [BigInt(first), ...rest.map(() => 0n)];
  const strides = shape.map(() => 1n);
  return withBytes(
    module,
    bytes,
    (at) => module.set_dataset_data(file, path, shape.map(BigInt), offset, strides, at) >= 0,
  );
}

function withBytes(module: H5Module, bytes: Uint8Array, work: (at: bigint) => boolean): boolean {
  const at = module._malloc(Math.max(8, bytes.length));
  if (at === 0) return false;
  try {
    module.HEAPU8.set(bytes, at);
    return work(BigInt(at));
  } finally {
    module._free(at);
  }
}
