import { decode } from 'jpeg-js';
import { ForesightError } from '../../shared/errors';
import type { Pixels } from './png';

/** Of a file: what says that it is JPEG, and its end (ITU-T T.81, table B.1; every marker begins with FF). */
const MARK = 0xff;
const BEGIN = 0xd8;
const END = 0xd9;
/** Of coded pictures that are read here: baseline, extended, progressive. */
const FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Of the scan, behind which there are no more segments with a length. */
const SCAN = 0xda;
/** No camera here has more: its sides are 2048 pixels at most. */
const MOST_MEGAPIXELS = 4.2;
const MOST_MEGABYTES = 128;

export const isJpeg = (file: Uint8Array): boolean => file[0] === MARK && file[1] === BEGIN;

/** Sides of the picture in a JPEG file that has a beginning and an end; null for what is none, or is cut off. Looks at no pixel. */
export function jpegSize(file: Uint8Array): { width: number; height: number } | null {
  if (!isJpeg(file) || !isWhole(file)) return null;
  const words = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 2; at + 9 <= file.length; ) {
    if (file[at] !== MARK) return null;
    const marker = file[at + 1]!;
    // Bytes that fill.
    if (marker === MARK) at++;
    else if (FRAMES.has(marker)) {
      const [height, width] = [words.getUint16(at + 5), words.getUint16(at + 7)];
      return width > 0 && height > 0 ? { width, height } : null;
    } else if (marker === SCAN) return null;
    else at += 2 + words.getUint16(at + 2);
  }
  return null;
}

/** Some cameras fill the buffer behind the end with zeros. */
function isWhole(file: Uint8Array): boolean {
  let end = file.length;
  while (end > 0 && file[end - 1] === 0) end--;
  return end >= 4 && file[end - 2] === MARK && file[end - 1] === END;
}

/** @throws ForesightError bad-file */
export function decodeJpeg(file: Uint8Array): Pixels {
  try {
    const { width, height, data } = decode(file, {
      ...{ useTArray: true, formatAsRGBA: false, tolerantDecoding: false },
      ...{ maxResolutionInMP: MOST_MEGAPIXELS, maxMemoryUsageInMB: MOST_MEGABYTES },
    });
    return { width, height, channels: 3, data };
  } catch (thrown) {
    throw new ForesightError(
      'bad-file',
      `A picture cannot be read: it is no whole JPEG file (${thrown instanceof Error ? thrown.message : String(thrown)}).`,
      'Leave the episode out.',
      { cause: thrown },
    );
  }
}
