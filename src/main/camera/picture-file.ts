import { decodeJpeg, isJpeg } from './jpeg';
import { decodePng, type Pixels } from './png';

/** What a picture of the log is called outside of it: PNG where it was computed, JPEG where it came from a camera. */
export const pictureKind = (file: Uint8Array): 'png' | 'jpeg' => (isJpeg(file) ? 'jpeg' : 'png');

/** @throws ForesightError bad-file */
export const decodePicture = (file: Uint8Array): Pixels =>
  isJpeg(file) ? decodeJpeg(file) : decodePng(file);
