import { encode } from 'jpeg-js';
import { isJpeg } from '../jpeg';
import { MOST_PICTURE_BYTES } from './outside-camera';

/** Of a picture that comes as pixels: nothing that can be seen is lost. */
const QUALITY = 95;
/** Sides of a picture, pixels. */
const MOST_SIDE = 2048;

/** Where red, green and blue stand in a pixel of so many bytes. */
const ENCODINGS: Record<string, { bytes: number; rgb: readonly [number, number, number] }> = {
  rgb8: { bytes: 3, rgb: [0, 1, 2] },
  bgr8: { bytes: 3, rgb: [2, 1, 0] },
  rgba8: { bytes: 4, rgb: [0, 1, 2] },
  bgra8: { bytes: 4, rgb: [2, 1, 0] },
  mono8: { bytes: 1, rgb: [0, 0, 0] },
  '8UC1': { bytes: 1, rgb: [0, 0, 0] },
  '8UC3': { bytes: 3, rgb: [2, 1, 0] },
};

/**
 * A JPEG file of a sensor_msgs/CompressedImage (as it came) or a sensor_msgs/Image (whose pixels are encoded), as rosbridge writes them:
 * bytes in base64. Why there is none, as it stands behind a colon, for anything else. Never throws.
 */
export function rosPicture(message: Readonly<Record<string, unknown>>): Uint8Array | string {
  const { data, format, encoding, width, height, step } = message;
  if (typeof data !== 'string' || data.length > 2 * MOST_SIDE * MOST_SIDE * 4) {
    return 'its topic sends no picture (bytes in base64)';
  }
  const bytes = Buffer.from(data, 'base64');
  if (typeof encoding !== 'string') {
    if (isJpeg(bytes) && bytes.length <= MOST_PICTURE_BYTES) return bytes;
    return `its topic sends no JPEG files (${typeof format === 'string' && format !== '' ? format.slice(0, 60) : 'no format is given'})`;
  }
  const kind = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (!kind) {
    return `its pixels are ${encoding.slice(0, 60)}, and only ${Object.keys(ENCODINGS).join(', ')} are read`;
  }
  if (!isSide(width) || !isSide(height)) return 'its topic sends a picture without a size';
  const line = typeof step === 'number' && step >= width * kind.bytes ? step : width * kind.bytes;
  if (!Number.isSafeInteger(line) || bytes.length < line * (height - 1) + width * kind.bytes) {
    return `its topic sends fewer bytes than ${width} × ${height} pixels have`;
  }
  const rgba = new Uint8Array(4 * width * height);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to += 4) {
      const from = row * line + column * kind.bytes;
      for (let colour = 0; colour < 3; colour++) rgba[to + colour] = bytes[from + kind.rgb[colour]!]!;
      rgba[to + 3] = 0xff;
    }
  }
  return encode({ data: rgba, width, height }, QUALITY).data;
}

function isSide(side: unknown): side is number {
  return typeof side === 'number' && Number.isInteger(side) && side >= 1 && side <= MOST_SIDE;
}
