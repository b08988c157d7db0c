import { type DrivenJoint, drivenJoints } from '../../../shared/joint-goals';
import type { RigFile } from '../../../shared/rig';

/** A goal this close to where it is to be is there, rad or m. */
const NEAR = 0.02;
/** A joint may hang behind its goal by so much: a proportional control gives way under a load. */
const BEHIND = 0.15;
/** Goals that have been where they are to be for so long have joints there, or never will. */
const SETTLE_SECONDS = 2;

export interface Approach {
  /** By joint, rad or m; undefined for one that stays. */
  goals: (number | undefined)[];
  reached: boolean;
  /** The joint that is farthest from where it is to be; null where all are there. */
  farthest: { joint: string; away: number } | null;
}

/** Brings joints from where they are to where they are to be at a limited speed, and from then on passes on where they are to be. */
export class SoftStart {
  readonly joints: readonly DrivenJoint[];
  #goals: number[] | undefined;
  #reached = false;
  #settledFor = 0;

  constructor(
    follower: RigFile,
    private readonly speed: number,
  ) {
    this.joints = drivenJoints(follower);
  }

  get reached(): boolean {
    return this.#reached;
  }

  /**
   * @param wanted by joint, rad or m; undefined: it stays where it is
   * @param observation of the follower, [observations]
   * @param seconds since the step before
   */
  step(wanted: readonly (number | undefined)[], observation: ArrayLike<number>, seconds: number): Approach {
    const places = this.joints.map((joint) => observation[joint.observation] ?? Number.NaN);
    const targets = this.joints.map((joint, i) => within(joint, wanted[i]));
    this.#goals ??= [...places];
    const most = this.speed * seconds;
    let farthest: Approach['farthest'] = null;
    let isThere = true;
    let isNear = true;
    const goals = targets.map((target, i) => {
      const before = this.#goals?.[i] ?? target;
      if (target === undefined || before === undefined) return undefined;
      const goal = this.#reached ? target : before + Math.max(-most, Math.min(most, target - before));
      if (this.#goals) this.#goals[i] = goal;
      if (Math.abs(target - goal) > NEAR) isThere = false;
      const away = Math.abs(target - (places[i] ?? target));
      if (away > BEHIND) isNear = false;
      if (away > (farthest?.away ?? NEAR)) farthest = { joint: this.joints[i]?.name ?? '', away };
      return goal;
    });
    this.#settledFor = isThere ? this.#settledFor + seconds : 0;
    if (isThere && (isNear || this.#settledFor > SETTLE_SECONDS)) this.#reached = true;
    return { goals, reached: this.#reached, farthest };
  }
}

function within({ limits }: DrivenJoint, angle: number | undefined): number | undefined {
  if (angle === undefined || !Number.isFinite(angle)) return undefined;
  return limits ? Math.min(limits[1], Math.max(limits[0], angle)) : angle;
}
