import { ForesightError } from '../../../shared/errors';
import { pictureKind } from '../../camera/picture-file';
import type { Log } from '../../log/types';
import { Mp4Writer } from './mp4';

/** Pictures that are read of the log at once. */
const PART = 64;
/** Units of time in a second: 11 µs each, as in most videos. */
const TIMESCALE = 90_000;

/**
 * What a camera saw in an episode as a video file: it begins with its first picture, and each is shown until the next was captured,
 * so one that was dropped leaves the one before it standing for longer.
 * @param camera its place among the episode's
 * @returns how many pictures
 * @throws ForesightError bad-data: no pictures, or some of two kinds
 */
export async function writeVideo(
  log: Pick<Log, 'cameras' | 'frameTimes' | 'frames'>,
  episode: number,
  camera: number,
  path: string,
): Promise<number> {
  const { name, width, height, rate } = (await log.cameras(episode))[camera]!;
  const { sequence, hostSeconds } = await log.frameTimes(episode, camera);
  const begin = hostSeconds[0];
  if (begin === undefined) {
    throw new ForesightError(
      'bad-data',
      `Camera "${name}" has no picture in episode ${episode}.`,
      `Choose another: foresight episode show ${episode} says how many each has.`,
    );
  }
  // Each place in time is rounded by itself, so that the errors do not add up.
  const at = (i: number) => Math.round(((hostSeconds[i] ?? Number.NaN) - begin) * TIMESCALE);
  const last = Math.max(1, Math.round(TIMESCALE / rate));
  let mp4: Mp4Writer | undefined;
  let codec: ReturnType<typeof pictureKind> | undefined;
  let count = 0;
  try {
    const end = (sequence.at(-1) ?? -1) + 1;
    for (let from = sequence[0] ?? 0; from < end; from += PART) {
      for (const { data } of await log.frames(episode, camera, from, from + PART)) {
        const kind = pictureKind(data);
        codec ??= kind;
        if (kind !== codec) throw mixed(episode, name);
        mp4 ??= await Mp4Writer.create(path, { codec, width, height, timescale: TIMESCALE });
        const duration = count + 1 < sequence.length ? Math.max(1, at(count + 1) - at(count)) : last;
        await mp4.add(data, duration);
        count++;
      }
    }
    await mp4?.finish();
  } catch (thrown) {
    await mp4?.abandon();
    throw thrown;
  }
  return count;
}

const mixed = (episode: number, name: string) =>
  new ForesightError(
    'bad-data',
    `The pictures of camera "${name}" in episode ${episode} are PNG files in one part and JPEG files in another, which no video holds.`,
    'Write the parts that it was merged of, each by itself.',
  );
