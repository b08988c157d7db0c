import type { SimulatedCamera } from '../../../shared/camera';
import type { Random } from '../../../shared/random';

/** What a picture differs by from that of a perfect camera. */
export interface Conditions {
  /** Factor of all brightness. */
  light: number;
  /** Pixels that everything is seen further to the right and further down. */
  right: number;
  down: number;
  /** Nothing is seen at all. */
  black: boolean;
}

export const CLEAR: Conditions = { light: 1, right: 0, down: 0, black: false };

/** `seconds · rate` may lie below a whole number by this: what 0.05 · 3 · 20 is off for being written in binary. */
const TICK_ROUNDING = 1e-6;

/** How a rig stood, and when: device time. */
export interface PoseAt {
  seconds: number;
  /** Joint positions, MJCF order. */
  pose: readonly number[];
}

/** Number of the newest picture that is due at a time since the episode began, from 0. */
export const pictureDue = ({ rate }: Pick<SimulatedCamera, 'rate'>, seconds: number): number =>
  Math.floor(seconds * rate + TICK_ROUNDING);

/**
 * Notes how the rig stands, and says how it stood when what a camera shows now was captured. Before the episode it is taken to have
 * stood as it began.
 * @param poses noted so far, oldest first, as far back as a picture that comes now shows
 */
export function poseShown(
  poses: PoseAt[],
  { source }: SimulatedCamera,
  seconds: number,
  pose: readonly number[],
): readonly number[] {
  const newest = poses.at(-1);
  if (!newest || newest.seconds < seconds) poses.push({ seconds, pose });
  const captured = seconds - source.latencySeconds + TICK_ROUNDING;
  while (poses[1] && poses[1].seconds <= captured) poses.shift();
  return poses[0]?.pose ?? pose;
}

/** Of the two waves that brightness changes in, s and share. */
const WAVES = [
  { least: 5, most: 20, share: 0.6 },
  { least: 2, most: 5, share: 0.4 },
] as const;

/**
 * Those of one picture, the same for the same camera of the same episode.
 * @param random of the camera in this episode
 * @param sequence number of the picture
 */
export function conditionsOf(
  { rate, source }: SimulatedCamera,
  random: Random,
  sequence: number,
): Conditions {
  const { light, shake, blackEvery } = source;
  const moved = random.fork(`shake ${sequence}`);
  const pixels = () => (shake > 0 ? moved.integer(2 * shake + 1) - shake : 0);
  return {
    light: light > 0 ? 1 + light * waves(random.fork('light'), sequence / rate) : 1,
    ...{ right: pixels(), down: pixels() },
    black: blackEvery > 0 && (sequence + 1) % blackEvery === 0,
  };
}

/** Whether a picture never comes. An episode begins with something to see. */
export const isLost = ({ source }: SimulatedCamera, random: Random, sequence: number): boolean =>
  source.dropped > 0 && sequence > 0 && random.fork(`dropped ${sequence}`).uniform() < source.dropped;

/** −1 to 1, of periods and phases that are drawn. */
function waves(random: Random, seconds: number): number {
  return WAVES.reduce((sum, { least, most, share }) => {
    const period = least + (most - least) * random.uniform();
    return sum + share * Math.sin(2 * Math.PI * (seconds / period + random.uniform()));
  }, 0);
}
