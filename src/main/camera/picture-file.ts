import { decodeJpeg, isJpeg, jpegSize } from './jpeg';
import { decodePng, type Pixels, pngSize } from './png';

/** What a picture of the log is called outside of it: PNG where it was computed, JPEG where it came from a camera. */
export const pictureKind = (file: Uint8Array): 'png' | 'jpeg' => (isJpeg(file) ? 'jpeg' : 'png');

/** @throws ForesightError bad-file */
export const decodePicture = (file: Uint8Array): Pixels =>
  isJpeg(file) ? decodeJpeg(file) : decodePng(file);

/** Sides of the picture in a whole file of a kind that is read here; null for any other. Looks at no pixel. */
export const pictureSize = (file: Uint8Array): { width: number; height: number } | null =>
  isJpeg(file) ? jpegSize(file) : pngSize(file);
