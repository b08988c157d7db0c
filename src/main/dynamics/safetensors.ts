import { ForesightError } from '../../shared/errors';
import type { NamedArray } from './types';

/**
 * The safetensors container (huggingface/safetensors, format description in its README): eight bytes header
 * length, little-endian; a JSON header of name → dtype, shape, data_offsets and one "__metadata__" of strings;
 * then the data. Only F32 is written and read here.
 */
export interface Safetensors {
  metadata: Record<string, string>;
  tensors: Map<string, NamedArray>;
}

const MAX_HEADER_BYTES = 16 * 1024 * 1024;

export function encodeSafetensors({ metadata, tensors }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // The data begins at a multiple of 8, for readers that map the file.
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(text, 8);
  let position = 8 + headerBytes;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return file;
}

/**
 * @param source named in errors
 * @param kind what it should be, in errors
 * @throws bad-file when the bytes are anything but a complete safetensors file of F32 tensors
 */
export function decodeSafetensors(bytes: Uint8Array, source: string, kind = 'a model file'): Safetensors {
  const wrong = (what: string) =>
    new ForesightError(
      'bad-file',
      `${source} is not ${kind} of Foresight: ${what}.`,
      'Choose a .safetensors file that Foresight wrote; if it did, copy it again from where it came.',
    );
  if (bytes.length < 8) throw wrong('it is shorter than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = view.getBigUint64(0, true);
  if (declared > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - 8))) {
    throw wrong('its header is longer than the file or than 16 MB');
  }
  const headerEnd = 8 + Number(declared);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, headerEnd), wrong);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw wrong('its metadata is not text');
  }
  const data = bytes.subarray(headerEnd);
  const tensors = new Map<string, NamedArray>();
  let covered = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const { shape, begin, end } = readEntry(entry) ?? {};
    if (shape === undefined || begin === undefined || end === undefined) {
      throw wrong(`its entry "${name}" is not a float32 tensor`);
    }
    // The format forbids holes and overlaps; with both excluded, sizes cannot lie.
    if (begin !== covered || end - begin !== 4 * shape.reduce((a, b) => a * b, 1) || end > data.length) {
      throw wrong(`the data of "${name}" does not fit its shape or the file`);
    }
    covered = end;
    // A copy, because the data may begin at an address that Float32Array cannot view.
    // (Not `data.slice`: of a Node Buffer that is a view of the whole file.)
    tensors.set(name, {
      shape,
      values: new Float32Array(Uint8Array.prototype.slice.call(data, begin, end).buffer),
    });
  }
  if (covered !== data.length) throw wrong('it has bytes that belong to no tensor');
  return { metadata: metadata as Record<string, string>, tensors };
}

function parseHeader(bytes: Uint8Array, wrong: (what: string) => ForesightError): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch {
    // Said below: neither "no JSON" nor "no text" tells a technician more than "unreadable".
  }
  throw wrong('its header is unreadable');
}

function readEntry(entry: unknown): { shape: number[]; begin: number; end: number } | undefined {
  if (!isRecord(entry) || entry.dtype !== 'F32') return undefined;
  const { shape, data_offsets: offsets } = entry;
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!counts(shape) || !counts(offsets) || offsets.length !== 2) return undefined;
  const [begin, end] = offsets as [number, number];
  return { shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
