import type { Camera } from '../../../shared/camera';
import type { Captured, CaptureOrder } from './capture-worker';
import type { Device } from './which-camera';

/** Not in TypeScript's library: https://w3c.github.io/mediacapture-transform */
declare class MediaStreamTrackProcessor {
  constructor(options: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}

/** Asked of a camera at least: pictures are better scaled down than taken small. */
const LEAST_WIDTH = 640;
const LEAST_HEIGHT = 480;

/** What of a camera's exposure can be set, in units of 100 µs (W3C mediacapture-image). */
export interface ExposureRange {
  min: number;
  max: number;
  step: number;
}

/** As well not in TypeScript's library. */
interface ExposureSet extends MediaTrackConstraintSet {
  exposureMode: 'continuous' | 'manual';
  exposureTime?: number;
}

/** Takes pictures of one camera until it is closed, or the camera is unplugged. */
export interface Taking {
  /** Null where it cannot be set. */
  readonly exposure: ExposureRange | null;
  /** @param time null: the camera's own */
  expose(time: number | null): Promise<void>;
  close(): void;
}

/** Whether this browser can bring pictures at all. */
export const canTake = (): boolean =>
  'mediaDevices' in navigator && 'MediaStreamTrackProcessor' in globalThis && 'OffscreenCanvas' in globalThis;

/** @throws DOMException the browser's: not allowed, in use, gone */
export async function takePictures(
  { width, height, rate }: Camera,
  device: Device,
  events: { onPicture(picture: Captured): void; onEnd(why: string): void },
): Promise<Taking> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: {
      deviceId: { exact: device.deviceId },
      width: { ideal: Math.max(LEAST_WIDTH, width) },
      height: { ideal: Math.max(LEAST_HEIGHT, height) },
      frameRate: { ideal: rate },
    },
  });
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('the camera gives no pictures');
  const worker = new Worker(new URL('./capture-worker.ts', import.meta.url), { type: 'module' });
  let closed = false;
  const close = () => {
    closed = true;
    for (const each of stream.getTracks()) each.stop();
    worker.terminate();
  };
  const end = (why: string) => {
    if (closed) return;
    close();
    events.onEnd(why);
  };
  track.addEventListener('ended', () => end('it was unplugged'));
  worker.addEventListener('message', ({ data }: MessageEvent<Captured | { trouble: string }>) => {
    if (closed) return;
    if ('trouble' in data) end(data.trouble);
    else events.onPicture(data);
  });
  worker.addEventListener('error', ({ message }) => end(message || 'its pictures cannot be encoded'));
  const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
  worker.postMessage({ frames, width, height, rate } satisfies CaptureOrder, [frames]);
  const { exposureMode, exposureTime } = track.getCapabilities() as {
    exposureMode?: string[];
    exposureTime?: ExposureRange;
  };
  return {
    exposure: exposureMode?.includes('manual') && exposureTime ? exposureTime : null,
    expose: (time) => {
      const set: ExposureSet =
        time === null ? { exposureMode: 'continuous' } : { exposureMode: 'manual', exposureTime: time };
      return track.applyConstraints({ advanced: [set] });
    },
    close,
  };
}
