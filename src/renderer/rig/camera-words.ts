import type { Camera } from '../../shared/camera';
import type { RigCameraState } from '../../shared/rig-camera';
import type { UsbCamera } from '../live/usb/usb-cameras';

export interface CameraWords {
  text: string;
  isGood: boolean;
}

/** Older than so many periods, and at least this, the newest picture is none of now. */
const OLD_PERIODS = 2;
const OLD_MS = 500;

const bad = (text: string): CameraWords => ({ text, isGood: false });

/** What is said of a camera whose pictures a window brings. */
export function usbWords(
  own: UsbCamera | undefined,
  state: RigCameraState | undefined,
  canTake: boolean,
): CameraWords {
  // Another window brings them.
  const isElsewhere = own?.state !== 'taking' && state?.ageMs != null && state.ageMs < OLD_MS;
  if (isElsewhere) return { text: 'Another window brings its pictures.', isGood: true };
  if (!canTake)
    return bad('This browser cannot bring pictures: use the desktop program, or a Chromium over https.');
  switch (own?.state) {
    case 'taking':
      return { text: 'Seeing.', isGood: true };
    case 'opening':
      return { text: 'Opening …', isGood: true };
    case 'failed':
      return bad(`Not seeing: ${own.trouble}.`);
    case 'missing':
      return bad('The camera that was chosen is not plugged in.');
    case 'ask':
      return bad('Two cameras have this name, and one was plugged in anew. Choose it by its picture.');
    default:
      return bad('No camera is chosen: nothing of it will be recorded.');
  }
}

/** What is said of a camera that another program serves. */
export function streamWords({ source, rate }: Camera, state: RigCameraState | undefined): CameraWords {
  const url =
    source.kind === 'stream'
      ? source.url
      : source.kind === 'rosbridge'
        ? `${source.topic}${source.url === undefined ? '' : ` at ${source.url}`}`
        : '';
  if (!state) return { text: `Reading ${url} …`, isGood: true };
  if (state.trouble !== null) return bad(`Not seeing: ${state.trouble}.`);
  if (state.ageMs === null) return { text: `Reading ${url} …`, isGood: true };
  if (state.ageMs > Math.max(OLD_MS, (1000 * OLD_PERIODS) / rate)) {
    return bad(`Not seeing: no picture for ${(state.ageMs / 1000).toFixed(1)} s.`);
  }
  return { text: 'Seeing.', isGood: true };
}
