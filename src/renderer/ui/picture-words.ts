import type { SeenPicture } from '../../shared/episode-camera';

/**
 * What is to be known about the picture that stands there; empty where it is what it should be.
 * @param rate pictures a second that the camera was to make
 * @param second that is looked at; null where it is the newest there is
 * @param periodSeconds of the rig: a picture is of the moment of a step
 */
export function pictureWords(
  picture: SeenPicture | null,
  rate: number,
  second: number | null,
  periodSeconds: number,
): string {
  if (picture === null) return 'No picture yet';
  const age = second === null ? 0 : second - picture.hostSeconds;
  const missing = Math.floor(age * rate);
  // A picture is due once in a period of the camera, at the first step in it.
  if (missing >= 1 && age > 1 / rate + 1.5 * periodSeconds) {
    return `${age.toFixed(2)} s old: ${missing === 1 ? '1 picture is' : `${missing} pictures are`} missing`;
  }
  if (picture.alike === 0) return '';
  return `The same picture ${picture.alike + 1} times${picture.alike >= 30 ? ' or more' : ''}`;
}
