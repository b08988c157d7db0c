import { deflateSync, inflateSync } from 'node:zlib';

/**
 * The chunk of a PNG file in which a picture's depth lies beside its colours: ancillary and private, so that whoever shows the file passes
 * over it, and not to be copied by a program that changes the picture.
 */
export const DEPTH_CHUNK = 'dpTH';

/** Deeper than this counts as unknown, mm. */
const DEEPEST = 65_535;

/** Metres as millimetres; 0 where nothing was met, or nothing that near. */
export const millimetres = (metres: number): number => {
  const rounded = Math.round(1000 * metres);
  return rounded <= DEEPEST ? Math.max(1, rounded) : 0;
};

/** What the chunk holds: 16 bits a pixel, the higher first, row by row, deflated. */
export function packDepth(depth: Uint16Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(2 * depth.length);
  for (let i = 0; i < depth.length; i++) bytes.writeUInt16BE(depth[i]!, 2 * i);
  return deflateSync(bytes, { level: 1 });
}

/** @returns [pixels] mm, 0 where it is not known; undefined where the chunk does not hold as many */
export function unpackDepth(packed: Uint8Array, pixels: number): Uint16Array | undefined {
  let bytes: Buffer;
  try {
    bytes = inflateSync(packed, { maxOutputLength: Math.max(1, 2 * pixels) });
  } catch {
    return undefined;
  }
  if (bytes.length !== 2 * pixels) return undefined;
  return Uint16Array.from({ length: pixels }, (_, i) => bytes.readUInt16BE(2 * i));
}
