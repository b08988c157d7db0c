import { ForesightError } from '../../../shared/errors';
import { type Eyes as EyesSummary, viewsOf } from '../../../shared/eyes';
import { STRIP_STEPS } from '../../../shared/film-strip';
import { eyesLooker } from '../../../shared/look';
import { decodePicture } from '../../camera/picture-file';
import { framesSeen } from '../../camera/seen';
import { actsBefore } from '../../dynamics/latent/acts';
import { pixelsOf } from '../../dynamics/latent/size';
import type { LogReader } from '../../log/reader';
import type { Stretch } from './onlooker';

/** Rows that an episode which goes on may be behind in the log at most. */
const UNWRITTEN = 400;
const LONGEST = STRIP_STEPS.at(-1) as number;

/**
 * What was seen from a row of a recorded episode on, read frame by frame: a strip of a long episode takes no longer than one of a short.
 * @throws ForesightError not-found: no such row, no such camera; unavailable: no picture by then; bad-data: pictures of another size
 */
export function readStretch(reader: LogReader, episode: number, row: number, eyes: EyesSummary): Stretch {
  const { stack } = eyes;
  const first = Math.max(0, row - stack + 1);
  const { rows, hostSeconds, actions, observations } = reader.columns(episode, first, row + LONGEST + 1);
  const at = row - first;
  if (at >= rows) throw noRow(episode, row);
  const picture = pictures(reader, episode, eyes, hostSeconds);
  const width = actions.length / rows;
  const channels = eyes.beside.map(({ name }) => eyes.observations.indexOf(name));
  const steps = STRIP_STEPS.filter((ahead) => at + ahead < rows);
  return {
    ...{ episode, row },
    columns: steps.map((ahead) => ({
      steps: ahead,
      second: hostSeconds[at + ahead] as number,
      pictures: Array.from({ length: stack }, (_, age) =>
        picture(Math.max(0, at + ahead - (stack - 1) + age)),
      ),
      beside: [
        ...channels.map((channel) => Number(observations[(at + ahead) * eyes.observations.length + channel])),
        ...actsBefore(eyes, actions, { row: at + ahead, width }),
      ],
    })),
    actions: actions.slice(at * width, (at + (steps.at(-1) ?? 0)) * width),
  };
}

/**
 * The row that the newest strip of an episode begins at, whose last column is the newest row that is in the log.
 * @param steps that it has by now; some of them may not be in the log yet
 * @throws ForesightError unavailable: none is
 */
export function newestBeginning(reader: LogReader, episode: number, steps: number): number {
  const from = Math.max(0, steps - UNWRITTEN);
  const { rows } = reader.columns(episode, from, steps + 1);
  if (rows > 0) return Math.max(0, from + rows - 1 - LONGEST);
  throw new ForesightError(
    'unavailable',
    `Nothing of episode ${episode} is in the log yet.`,
    'Ask again in a second.',
  );
}

/** What a row saw, as the network gets it. The first picture stands for those before it, as in a training. */
function pictures(
  reader: LogReader,
  episode: number,
  eyes: EyesSummary,
  hostSeconds: Float64Array,
): (row: number) => Uint8Array {
  const show = eyesLooker(eyes);
  const cameras = viewsOf(eyes).map(({ camera }) => framesOf(reader, episode, camera, hostSeconds));
  const made = new Map<string, Uint8Array>();
  return (row) => {
    const frames = cameras.map((camera) => camera.at(row));
    const key = frames.map(({ number }) => number).join(' ');
    const known = made.get(key);
    if (known) return known;
    const picture = new Uint8Array(pixelsOf(eyes));
    const files = frames.map(({ read }) => read());
    const whole = files.filter((file) => file !== undefined);
    if (whole.length === files.length) show(whole.map(decodePicture), picture);
    made.set(key, picture);
    return picture;
  };
}

/** A camera's pictures: which one a row saw. @throws ForesightError not-found: no such camera; unavailable: no picture */
function framesOf(reader: LogReader, episode: number, camera: string, hostSeconds: Float64Array) {
  const place = reader.cameras(episode).findIndex(({ name }) => name === camera);
  if (place < 0) {
    throw new ForesightError(
      'not-found',
      `Episode ${episode} has no camera "${camera}", which this model looks through.`,
      'Look at an episode that was recorded with it.',
    );
  }
  const times = reader.frameTimes(episode, place);
  if (times.sequence.length === 0) {
    throw new ForesightError(
      'unavailable',
      `Camera "${camera}" took no picture in episode ${episode}.`,
      'Look at another episode.',
    );
  }
  const seen = framesSeen(hostSeconds, times.hostSeconds);
  return {
    at(row: number) {
      const number = times.sequence[Math.max(0, seen[row] as number)] as number;
      return { number, read: () => reader.frames(episode, place, number, number + 1)[0]?.data };
    },
  };
}

const noRow = (episode: number, row: number): ForesightError =>
  new ForesightError('not-found', `Episode ${episode} has no row ${row}.`, 'Choose a row that it has.');
