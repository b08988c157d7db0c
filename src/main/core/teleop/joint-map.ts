import { ForesightError } from '../../../shared/errors';
import { drivenJoints, observedJoints } from '../../../shared/joint-goals';
import type { RigFile } from '../../../shared/rig';
import type { LeaderOptions } from '../../../shared/teleop';

/** What a joint of the follower follows. */
interface Followed {
  follower: string;
  leader: string;
  scale: number;
  offset: number;
  /** Index of the leader's observation. */
  observation: number;
}

/** Which joint follows which, [driven joints of the follower]; undefined for one that stays where it is. */
export type JointMap = (Followed | undefined)[];

/** @throws ForesightError wrong-use: the rig cannot be told angles, a joint is named that is not there, or none is left to follow */
export function jointMap(
  follower: RigFile,
  leader: RigFile,
  { joints }: Pick<LeaderOptions, 'joints'>,
): JointMap {
  const driven = drivenJoints(follower);
  if (driven.length === 0) {
    throw new ForesightError(
      'wrong-use',
      `"${follower.name}" cannot follow an arm: none of its actions says where a joint is to be or how fast it goes there.`,
      'A follower needs actions in rad, m, rad/s or m/s for joints that it observes.',
    );
  }
  const led = observedJoints(leader);
  const names = driven.map(({ name }) => name);
  const stray = Object.keys(joints).find((name) => !names.includes(name));
  if (stray !== undefined) {
    throw new ForesightError(
      'wrong-use',
      `"${follower.name}" has no joint "${stray}" that could follow.`,
      `Its joints are: ${names.join(', ')}.`,
    );
  }
  const map = driven.map(({ name }): Followed | undefined => {
    const { joint = name, scale = 1, offset = 0 } = joints[name] ?? {};
    const found = led.find((one) => one.name === joint);
    if (!found && joints[name]) {
      throw new ForesightError(
        'wrong-use',
        `The leader "${leader.name}" observes no joint "${joint}".`,
        `It observes: ${led.map((one) => one.name).join(', ') || 'none'}.`,
      );
    }
    return found && { follower: name, leader: joint, scale, offset, observation: found.observation };
  });
  if (map.every((one) => one === undefined)) {
    throw new ForesightError(
      'wrong-use',
      `"${leader.name}" and "${follower.name}" have no joint of the same name.`,
      `Say which joint follows which: ${names.join(', ')} of ${led.map((one) => one.name).join(', ') || 'none'}.`,
    );
  }
  return map;
}

/** Where the follower's joints are to be, rad or m. @param observation of the leader */
export const followed = (map: JointMap, observation: ArrayLike<number>): (number | undefined)[] =>
  map.map((one) => {
    const angle = one && observation[one.observation];
    return angle === undefined || !Number.isFinite(angle) ? undefined : one!.scale * angle + one!.offset;
  });
