import { badFile } from '../faults';
import { ENUM, FLOAT, INTEGER, type OpenFile } from './open-file';

/** Numbers that are read at once, bytes. */
const MOST_BYTES = 2 ** 26;

/**
 * Rows `from` to `to` (exclusive) of a dataset, flat.
 * @throws ForesightError bad-data with the place
 */
export function readRows(file: OpenFile, path: string, from: number, to: number): Float64Array {
  return taken(file, path, from, to, numbersAt);
}

/** The same of a dataset of bytes, as they are. */
export function readBytes(file: OpenFile, path: string, from: number, to: number): Uint8Array {
  return taken(file, path, from, to, (memory, at, count, { isFloat, size, signed }) => {
    if (isFloat || size !== 1 || signed) throw badFile(file.name, path, 'holds no bytes');
    return new Uint8Array(memory, at, count).slice();
  });
}

interface NumberKind {
  isFloat: boolean;
  size: number;
  signed: boolean;
}

function taken<T>(
  file: OpenFile,
  path: string,
  from: number,
  to: number,
  copy: (memory: ArrayBuffer, at: number, count: number, kind: NumberKind) => T,
): T {
  const { module, id, name } = file;
  const { shape, type, size, signed } = module.get_dataset_metadata(id, path);
  const [rows = 0, ...rest] = shape ?? [];
  const place = `${path}, row ${from}`;
  const count = [to - from, ...rest].reduce((all, length) => all * length, 1);
  if (from < 0 || to > rows || to <= from) throw badFile(name, place, `is not in it: it has ${rows} rows`);
  if (count * size > MOST_BYTES)
    throw badFile(name, place, `is ${count * size} bytes long, more than ${MOST_BYTES}`);
  if (![INTEGER, FLOAT, ENUM].includes(type)) throw badFile(name, place, 'holds no numbers');
  const at = module._malloc(Math.max(8, count * size));
  if (at === 0) throw badFile(name, place, 'takes more memory than a file may take');
  try {
    const dimensions = [to - from, ...rest].map(BigInt);
    const offsets = [BigInt(from), ...rest.map(() => 0n)];
    const strides = dimensions.map(() => 1n);
    if (module.get_dataset_data(id, path, dimensions, offsets, strides, BigInt(at)) < 0) {
      throw badFile(name, place, 'cannot be read');
    }
    return copy(module.HEAPU8.buffer as ArrayBuffer, at, count, {
      isFloat: type === FLOAT,
      size,
      signed,
    });
  } finally {
    module._free(at);
  }
}

/** A copy, as numbers of 64 bits. */
function numbersAt(
  memory: ArrayBuffer,
  at: number,
  count: number,
  { isFloat, size, signed }: NumberKind,
): Float64Array {
  if (isFloat)
    return Float64Array.from(
      size === 4 ? new Float32Array(memory, at, count) : new Float64Array(memory, at, count),
    );
  if (size === 8) {
    const whole = signed ? new BigInt64Array(memory, at, count) : new BigUint64Array(memory, at, count);
    return Float64Array.from(whole, Number);
  }
  const views = signed ? [Int8Array, Int16Array, Int32Array] : [Uint8Array, Uint16Array, Uint32Array];
  const View = views[size === 1 ? 0 : size === 2 ? 1 : 2] ?? Int8Array;
  return Float64Array.from(new View(memory, at, count));
}
