import { encode } from 'jpeg-js';
import { encodePng } from '../../src/main/camera/png';
import type { Log } from '../../src/main/log/types';
import { freshLog, madeEpisode, PERIOD } from './workspaces';

export const [WIDTH, HEIGHT, ROWS] = [16, 12, 9];
/** Of these rows; the first row saw none, and one picture was dropped. */
export const SEEN_FROM = [1, 2, 4, 6];

/** A picture whose colours say which one it is. */
export const rgbOf = (i: number) =>
  Uint8Array.from(
    { length: 3 * WIDTH * HEIGHT },
    (_, at) => (40 * i + (at % 3) * 9 + Math.floor(at / 48)) % 256,
  );

/** An episode with a camera; `encoded` makes a picture of its colours. */
export async function watchedEpisode(encoded: (rgb: Uint8Array) => Uint8Array): Promise<Log> {
  const log = await freshLog();
  const { episode } = madeEpisode(1, ROWS);
  const camera = { name: 'side', width: WIDTH, height: HEIGHT, rate: 1 / PERIOD };
  const id = await log.beginEpisode({ ...episode, cameras: [camera] });
  const number = { observation: [0, 0], action: [0], requested: [0], reward: 0, latenessSeconds: 0 };
  for (let step = 0; step < ROWS; step++) {
    const seconds = step * PERIOD;
    log.appendRows(
      id,
      [{ ...number, step, hostSeconds: seconds, deviceSeconds: seconds, planMs: Number.NaN, missed: 0 }],
      [],
    );
  }
  for (const [i, row] of SEEN_FROM.entries()) {
    const seconds = row * PERIOD;
    const data = encoded(rgbOf(i));
    log.appendFrames(
      id,
      [{ camera: 0, sequence: row, hostSeconds: seconds, deviceSeconds: seconds, data }],
      [],
    );
  }
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: '' });
  return log;
}

export const png = (rgb: Uint8Array) => encodePng(rgb, WIDTH, HEIGHT);
export function jpeg(rgb: Uint8Array): Uint8Array {
  const data = Buffer.from(
    Array.from({ length: WIDTH * HEIGHT }, (_, i) => [...rgb.subarray(3 * i, 3 * i + 3), 255]).flat(),
  );
  return new Uint8Array(encode({ width: WIDTH, height: HEIGHT, data }, 95).data);
}
