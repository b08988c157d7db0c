import { decodePicture } from '../../src/main/camera/picture-file';
import { framesSeen } from '../../src/main/camera/seen';
import type { Log } from '../../src/main/log/types';
import { HEIGHT, rgbOf, WIDTH } from './watched-episode';
import { freshLog, madeEpisode, PERIOD } from './workspaces';

/** The second camera is slower and saw something before the episode began. */
export const CAMERAS = [
  { name: 'side', width: WIDTH, height: HEIGHT, rate: 1 / PERIOD },
  { name: 'left-wrist', width: WIDTH, height: HEIGHT, rate: 17.5 },
];
/** Rows that saw a new picture: each a little later than it was captured, and the last one of the first camera after the last action. */
const SEEN = [
  [2, 3, 5, 8],
  [0, 4],
];

/** Two episodes that two cameras saw; some pictures were dropped. `encoded` makes a picture of its colours. */
export async function cameraWorkspace(encoded: (rgb: Uint8Array) => Uint8Array): Promise<Log> {
  const log = await freshLog();
  for (const number of [1, 2]) {
    const { episode, columns } = madeEpisode(number, 9);
    const id = await log.beginEpisode({ ...episode, cameras: CAMERAS });
    const rows = Array.from({ length: columns.rows }, (_, step) => ({
      step,
      hostSeconds: columns.hostSeconds[step]!,
      deviceSeconds: columns.deviceSeconds[step]!,
      observation: [...columns.observations.subarray(2 * step, 2 * step + 2)],
      action: [columns.actions[step]!],
      requested: [columns.requested[step]!],
      ...{ reward: columns.reward[step]!, latenessSeconds: 0, planMs: Number.NaN, missed: 0 },
    }));
    log.appendRows(id, rows, []);
    for (const [camera, seen] of SEEN.entries()) {
      const frames = seen.map((row, i) => ({
        ...{ camera, sequence: row + camera, data: encoded(rgbOf(10 * number + 3 * camera + i)) },
        hostSeconds: columns.hostSeconds[row]! - (row === 8 ? 0 : 0.0013),
        deviceSeconds: columns.deviceSeconds[row]! - 0.0017,
      }));
      log.appendFrames(id, frames, camera === 0 ? [0, 0] : []);
    }
    await log.endEpisode(id, { state: 'complete', terminated: true, reason: 'Done.' });
  }
  return log;
}

/** What the cameras of an episode saw: each picture with its times and its bytes or its pixels, and which one each row saw. */
export async function picturesIn(log: Log, id: number, as: 'bytes' | 'pixels' = 'bytes') {
  const cameras = await log.cameras(id);
  const { hostSeconds } = await log.columns(id);
  const all = [];
  for (const [place, camera] of cameras.entries()) {
    const frames = await log.frames(id, place, 0, 2 ** 31 - 1);
    const seen = framesSeen(hostSeconds, (await log.frameTimes(id, place)).hostSeconds);
    all.push({
      ...{ camera, seen: [...seen] },
      frames: frames.map(({ data, ...frame }) => ({
        ...frame,
        data: Buffer.from(as === 'bytes' ? data : decodePicture(data).data).toString('base64'),
      })),
    });
  }
  return all;
}
