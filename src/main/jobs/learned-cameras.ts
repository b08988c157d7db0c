import { cropsOf } from '../../shared/crop';
import { ForesightError } from '../../shared/errors';
import type { DepthRange } from '../../shared/eyes';
import type { EpisodeStretch } from '../../shared/model';
import type { LatentOptions } from '../../shared/model-options';
import type { Pixels } from '../../shared/pixels';
import type { Steady } from '../../shared/steady';
import { decodePicture } from '../camera/picture-file';
import { stillIn } from '../camera/training/still';
import type { LogReader } from '../log/reader';
import type { EpisodeCamera } from '../log/types';

/**
 * The cameras that were named, in this order; all of them, or the first.
 * @throws ForesightError bad-data: there is no such camera; wrong-use: one twice, or another number of crops
 */
export function wantedCameras(
  { camera: text, crop }: LatentOptions,
  episode: number,
  cameras: readonly EpisodeCamera[],
): EpisodeCamera[] {
  const asked = text.split(',').map((name) => name.trim());
  const isAll = text.trim() === ALL && cameras.every(({ name }) => name !== ALL);
  const names = isAll ? cameras.map(({ name }) => name) : asked;
  const wanted = names.map((name, i) => {
    const found = text.trim() === '' ? cameras[0] : cameras.find((one) => one.name === name);
    if (found === undefined) throw noCamera(episode, name, cameras);
    if (names.indexOf(name) === i) return found;
    throw new ForesightError('wrong-use', `The camera "${name}" was named twice.`, 'Name every camera once.');
  });
  if (wanted.length === 0) throw noCamera(episode, '', cameras);
  const crops = crop.trim() === '' ? wanted.length : cropsOf(crop).length;
  if (crops === wanted.length) return wanted;
  throw new ForesightError(
    'wrong-use',
    `There are ${crops} crops for ${wanted.length} cameras.`,
    'Give each camera its own, with semicolons between them; nothing between two of them is the whole picture.',
  );
}

/** Every camera of the recording, as an option. */
const ALL = 'all';

/** @throws ForesightError bad-data: an episode without the camera, or with pictures of another size */
export function requireSameCamera(
  { name, width, height }: EpisodeCamera,
  first: number,
  episode: number,
  cameras: readonly EpisodeCamera[],
): void {
  const found = cameras.find((camera) => camera.name === name);
  if (found === undefined) throw noCamera(episode, name, cameras);
  if (found.width === width && found.height === height) return;
  throw new ForesightError(
    'bad-data',
    `Camera "${name}" has pictures of ${width} × ${height} pixels in episode ${first}, and of ${found.width} × ${found.height} in episode ${episode}.`,
    'Learn from episodes whose pictures are of one size.',
  );
}

/** Pictures that the range of depths is found in, at most: so many stretches, so many pictures of each. */
const MEASURED = { stretches: 20, pictures: 3 };
/** The range is wider by this share at both ends than what was found. */
const MARGIN = 0.1;

/**
 * Nearest and farthest that a camera showed in some of a recording's pictures, spread over it, and a little more.
 * @throws ForesightError bad-data: pictures without depth, or with none that is known
 */
export function depthsIn(
  reader: Pick<LogReader, 'cameras' | 'frameTimes' | 'frames'>,
  stretches: readonly EpisodeStretch[],
  camera: string,
): DepthRange {
  let [near, far] = [Number.POSITIVE_INFINITY, 0];
  for (const { depth, episode } of sampled(reader, stretches, camera, MEASURED)) {
    if (!depth) throw noDepth(camera, `came without depth in episode ${episode}`);
    for (const value of depth) {
      if (value === 0) continue;
      near = Math.min(near, value / 1000);
      far = Math.max(far, value / 1000);
    }
  }
  if (far > 0) return { near: near * (1 - MARGIN), far: far * (1 + MARGIN) };
  throw noDepth(camera, 'show nothing whose depth is known');
}

/** Pictures that what stands still is found in, at most: so many stretches, so many pictures of each. */
const LAID = { stretches: 40, pictures: 6 };

/**
 * What stands still in a sample of a camera's pictures, spread over a recording.
 * @param most pixels that a picture may lie aside
 * @throws ForesightError wrong-use: they are too small; bad-data: nothing stands still in them
 */
export function steadyIn(
  reader: Pick<LogReader, 'cameras' | 'frameTimes' | 'frames'>,
  stretches: readonly EpisodeStretch[],
  camera: string,
  most: number,
): Steady | undefined {
  // Without pictures, or with few of them, there is a sentence of its own (requireSight).
  return stillIn(camera, sampled(reader, stretches, camera, LAID), most);
}

/** Some of a camera's pictures, spread over a recording, one by one. */
function* sampled(
  reader: Pick<LogReader, 'cameras' | 'frameTimes' | 'frames'>,
  stretches: readonly EpisodeStretch[],
  camera: string,
  most: { stretches: number; pictures: number },
): Generator<Pixels & { episode: number }> {
  for (const { episode } of evenly(stretches, most.stretches)) {
    const place = reader.cameras(episode).findIndex(({ name }) => name === camera);
    for (const sequence of evenly([...reader.frameTimes(episode, place).sequence], most.pictures)) {
      for (const { data } of reader.frames(episode, place, sequence, sequence + 1)) {
        yield { ...decodePicture(data), episode };
      }
    }
  }
}

const evenly = <T>(list: readonly T[], most: number): T[] => {
  const count = Math.min(most, list.length);
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)] as T);
};

const noDepth = (camera: string, what: string): ForesightError =>
  new ForesightError(
    'bad-data',
    `Pictures of camera "${camera}" ${what}.`,
    'Record with "depth": true of a simulated camera in the rig.json, or choose colours without it (--colour grey).',
  );

function noCamera(episode: number, camera: string, has: readonly EpisodeCamera[]): ForesightError {
  const names = has.map(({ name }) => `"${name}"`).join(', ');
  const without = camera === '' ? 'was recorded without a camera' : `has no camera "${camera}"`;
  return new ForesightError(
    'bad-data',
    `Episode ${episode} ${without}${names === '' ? '' : `; it has ${names}`}.`,
    'Choose episodes that were recorded with this camera, or record some on a rig that has one.',
  );
}
