import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpisodeColumns } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import { channelsOf, type Look, lookBytes, looker, showsDepth } from '../../../shared/look';
import { writeWhole } from '../../files/write-whole';
import type { EpisodeCamera, FrameTimes, Log } from '../../log/types';
import { workspacePaths } from '../../log/workspace';
import { decodePicture } from '../picture-file';
import { framesSeen } from '../seen';

/** Of how a picture becomes what is kept: another one makes all of it anew. */
const VERSION = 1;
/** Frames that are read from the log at once. */
const PART = 256;

/** What is read of a log; from a log itself, or by a process that reads it beside whoever has it open. */
type FrameLog = Pick<Log, 'folder' | 'cameras' | 'frameTimes' | 'frames'> & {
  columns(id: number): Promise<Pick<EpisodeColumns, 'hostSeconds'>>;
  /** It is being recorded: there will be more pictures of it, and what is made of those so far is not kept. */
  recording?(id: number): Promise<boolean>;
};

/** An episode's pictures, all of them, and which one each step saw. */
interface SeenEpisode {
  id: number;
  /** [frames, height, width, channels]. */
  pictures: Uint8Array;
  /** [rows]: place of a frame, −1 where there was none yet. */
  seen: Int32Array;
}

/**
 * Pictures for a training: of one camera in some episodes, cropped and scaled once. What was made of an episode is kept in
 * the workspace (`frames/<sha256>.u8`), by the content of its pictures and how they are to look, and can be deleted at any time.
 */
export class FrameBatches {
  private constructor(
    private readonly look: Look,
    private readonly episodes: readonly SeenEpisode[],
  ) {}

  /**
   * @param ids of the episodes
   * @param camera its name
   * @throws ForesightError not-found (an episode without this camera), bad-data (without a picture), bad-file (damaged),
   * wrong-use (a crop outside of the picture)
   */
  static async open(
    log: FrameLog,
    ids: readonly number[],
    camera: string,
    look: Look,
  ): Promise<FrameBatches> {
    const episodes: SeenEpisode[] = [];
    for (const id of ids) episodes.push(await readEpisode(log, id, camera, look));
    return new FrameBatches(look, episodes);
  }

  /**
   * All pictures of an episode, and which of them each step saw. @param place of the episode among those that were opened
   * @returns pictures [frames, height, width, channels]; seen [rows], −1 where there was none yet
   */
  episode(place: number): { pictures: Uint8Array; seen: Int32Array } {
    const found = this.episodes[place];
    if (found === undefined) throw new RangeError(`there is no episode ${place} among these`);
    return found;
  }

  /** Rows of each episode, and the first of them at which there was a picture. */
  get lengths(): { rows: number; first: number }[] {
    return this.episodes.map(({ seen }) => ({
      rows: seen.length,
      first: seen.findIndex((frame) => frame >= 0),
    }));
  }

  /**
   * What was seen from some steps on.
   * @param windows place of the episode among those that were opened, and the first step
   * @param time steps of a window
   * @param into is written to; a new array when left out
   * @returns [windows, time, height, width, channels]
   * @throws RangeError a window that is not inside its episode's pictures (`lengths`)
   */
  take(windows: readonly { episode: number; step: number }[], time: number, into?: Uint8Array): Uint8Array {
    const size = lookBytes(this.look);
    const batch = into ?? new Uint8Array(windows.length * time * size);
    let to = 0;
    for (const { episode, step } of windows) {
      const from = this.episodes[episode];
      if (from === undefined || step < 0 || step + time > from.seen.length || from.seen[step]! < 0) {
        throw new RangeError(
          `there are no pictures for ${time} steps from step ${step} of episode ${episode}`,
        );
      }
      for (let i = step; i < step + time; i++, to += size) {
        const at = from.seen[i]! * size;
        batch.set(from.pictures.subarray(at, at + size), to);
      }
    }
    return batch;
  }
}

async function readEpisode(log: FrameLog, id: number, camera: string, look: Look): Promise<SeenEpisode> {
  const cameras = await log.cameras(id);
  const place = cameras.findIndex(({ name }) => name === camera);
  const recorded = cameras[place];
  if (recorded === undefined) throw noCamera(id, camera, cameras);
  const times = await log.frameTimes(id, place);
  if (times.sequence.length === 0) {
    throw new ForesightError(
      'bad-data',
      `Camera "${camera}" saw nothing in episode ${id}: there is no picture.`,
      'Leave this episode out.',
    );
  }
  const { hostSeconds } = await log.columns(id);
  const make = () => makePictures(log, id, place, recorded, times, look);
  const bytes = times.sequence.length * lookBytes(look);
  return {
    id,
    seen: framesSeen(hostSeconds, times.hostSeconds),
    pictures: await ((await log.recording?.(id))
      ? make()
      : kept(log, keyOf(recorded, times, look), bytes, make)),
  };
}

async function makePictures(
  log: FrameLog,
  id: number,
  camera: number,
  recorded: EpisodeCamera,
  times: FrameTimes,
  look: Look,
): Promise<Uint8Array> {
  const size = lookBytes(look);
  const show = looker(look, recorded);
  const pictures = new Uint8Array(times.sequence.length * size);
  const end = (times.sequence.at(-1) ?? -1) + 1;
  let at = 0;
  for (let from = 0; from < end; from += PART) {
    for (const { data } of await log.frames(id, camera, from, from + PART)) {
      show(decodePicture(data), pictures.subarray(at, at + size));
      at += size;
    }
  }
  return pictures;
}

/** The same for the same pictures of an episode that are to look the same. */
function keyOf({ width, height }: EpisodeCamera, times: FrameTimes, look: Look): string {
  const { crop } = look;
  const depth = showsDepth(look) && look.depth ? [look.depth.near, look.depth.far] : [];
  const steadied = look.steady ? [look.steady] : [];
  const part = crop ? [crop.left, crop.top, crop.width, crop.height] : [0, 0, width, height];
  return createHash('sha256')
    .update(
      JSON.stringify([
        ...[VERSION, width, height, part, look.width, look.height, channelsOf(look)],
        ...[...depth, ...steadied],
      ]),
    )
    .update(times.checksum)
    .digest('hex');
}

/** From the workspace's shelf, or made and put there. That it cannot be kept is no error: the next one makes it again. */
async function kept(
  { folder }: FrameLog,
  key: string,
  bytes: number,
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const file = join(workspacePaths(folder).frames, `${key}.u8`);
  const found = await readFile(file).catch(() => undefined);
  if (found?.length === bytes) return found;
  const made = await make();
  await writeWhole(file, made).catch(() => undefined);
  return made;
}

function noCamera(id: number, camera: string, cameras: readonly EpisodeCamera[]): ForesightError {
  const names = cameras.map(({ name }) => `"${name}"`).join(', ');
  return new ForesightError(
    'not-found',
    `Episode ${id} has no camera "${camera}"${names === '' ? '' : `; it has ${names}`}.`,
    'Choose episodes that were recorded with this camera.',
  );
}
