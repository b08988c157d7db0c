/**
 * Pages of Parquet as typed arrays lie in memory: PLAIN and uncompressed, which every reader takes and which is written as
 * fast as a disk. The footer is the library's (hyparquet-writer); its pages are made value by value, at a tenth of the rate.
 * Source: apache/parquet-format, README "Data Pages" and Encodings.md.
 */

/** Numbers of a column of a row group; `width` of them a row where it holds vectors. */
export type ColumnValues = Float64Array | Float32Array | Int32Array | BigInt64Array | boolean[];

export interface EncodedPage {
  bytes: Uint8Array;
  /** Values in it: rows, or rows times width. */
  values: number;
}

/** @param width of a vector column, undefined for one number a row */
export function encodePage(values: ColumnValues, width?: number): EncodedPage {
  const levels = width === undefined ? [] : vectorLevels(values.length, width);
  const plain = Array.isArray(values) ? bits(values) : bytesOf(values);
  const size = levels.reduce((sum, part) => sum + part.length, plain.length);
  return { bytes: joined([pageHeader(values.length, size), ...levels, plain]), values: values.length };
}

/** Whole numbers below 2⁵³ in 64 bits, without a BigInt each. */
export function int64s(count: number, of: (index: number) => number): BigInt64Array {
  const words = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const value = of(i);
    words[2 * i] = value;
    words[2 * i + 1] = Math.floor(value / 2 ** 32);
  }
  return new BigInt64Array(words.buffer);
}

/** Little-endian, as all of these systems are. */
const bytesOf = (values: Exclude<ColumnValues, boolean[]>) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function bits(values: readonly boolean[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value) packed[i >> 3]! |= 1 << (i & 7);
  });
  return packed;
}

/**
 * Repetition levels (0 where a row begins, 1 after that; bit-packed) and definition levels (1 throughout; one run), each behind
 * its length.
 */
function vectorLevels(count: number, width: number): Uint8Array[] {
  const groups = Math.ceil(count / 8);
  const packed = new Uint8Array(groups).fill(0xff);
  for (let i = 0; i < count; i += width) packed[i >> 3]! &= ~(1 << (i & 7));
  const repetition = joined([varint(groups * 2 + 1), packed]);
  const definition = joined([varint(count * 2), Uint8Array.of(1)]);
  return [uint32(repetition.length), repetition, uint32(definition.length), definition];
}

/** Thrift's compact protocol: a page of values that are neither compressed nor in a dictionary. */
function pageHeader(values: number, size: number): Uint8Array {
  const DATA_PAGE = 0;
  const PLAIN = 0;
  const RLE = 3;
  const field = (value: number) => [Uint8Array.of(0x15), varint(2 * value)];
  return joined([
    ...[...field(DATA_PAGE), ...field(size), ...field(size)],
    // Field 5: the header of a data page.
    ...[Uint8Array.of(0x2c), ...field(values), ...field(PLAIN), ...field(RLE), ...field(RLE)],
    Uint8Array.of(0, 0),
  ]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
