/**
 * The few pieces of the protobuf wire format that an ONNX file needs (protobuf.dev/programming-guides/encoding).
 * Every function returns one encoded field; a message is the concatenation of its fields.
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const encoder = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  // Negative int64 values are written as their 64-bit two's complement, always ten bytes.
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function smallVarint(value: number): number[] {
  if (value < 0 || value > 0x7fff_ffff) return varint(value);
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

const tag = (field: number, wireType: number): number[] => smallVarint((field << 3) | wireType);

/** int32, int64 and enum fields. */
export const int = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...tag(field, VARINT), ...smallVarint(value)]);

/** A repeated integer field, packed. */
export const ints = (field: number, values: readonly number[]): Uint8Array =>
  bytes(field, Uint8Array.from(values.flatMap(smallVarint)));

export function float(field: number, value: number): Uint8Array {
  const field32 = new Uint8Array(4);
  new DataView(field32.buffer).setFloat32(0, value, true);
  return message([Uint8Array.from(tag(field, FIXED_32)), field32]);
}

/** bytes fields and embedded messages. */
export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  message([Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...smallVarint(value.length)]), value]);

export const text = (field: number, value: string): Uint8Array => bytes(field, encoder.encode(value));

/** Concatenates encoded fields into a message. */
export function message(fields: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const field of fields) length += field.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const field of fields) {
    whole.set(field, at);
    at += field.length;
  }
  return whole;
}
