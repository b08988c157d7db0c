import { z } from 'zod';

/** With what a person drives from a window. */
export const HAND_DEVICES = ['keyboard', 'gamepad', 'sliders', 'gizmo'] as const;
export type HandDevice = (typeof HAND_DEVICES)[number];

/** Who decides the actions of a recording. */
export const RecordDrive = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('excitation') }),
  /** Commands of `rig.jog` with `thenHold`, each valid until the next: where none comes any more the rig holds. */
  z.strictObject({
    by: z.literal('hand'),
    device: z.enum(HAND_DEVICES).optional(),
    /** A reset first; otherwise the episode begins where the rig is. */
    fromStart: z.boolean().default(true),
  }),
  /** The leader arm that is connected (`rig.leader`); the rig goes to its pose slowly first, and every episode begins there. */
  z.strictObject({ by: z.literal('leader') }),
]);
export type RecordDrive = z.infer<typeof RecordDrive>;

const jointName = z.string().min(1).max(200);

/** Which joint of the leader a joint of the follower follows: scale · angle + offset, rad or m. */
export const FollowedJoint = z.strictObject({
  joint: jointName,
  scale: z.number().default(1),
  offset: z.number().default(0),
});
export type FollowedJoint = z.infer<typeof FollowedJoint>;

/**
 * Which joint follows which, as a person writes it: "elbow=elbow_flex:-1:0.2" is FOLLOWER=LEADER:SCALE:OFFSET, of which scale (1) and
 * offset (0; rad or m) may be left out; several behind each other, with commas or spaces between.
 * @returns null where it is written otherwise
 */
export function followedJoints(text: string): Record<string, FollowedJoint> | null {
  const joints: Record<string, FollowedJoint> = {};
  for (const one of text.split(/[\s,]+/).filter(Boolean)) {
    const found = /^([^=:]+)=([^=:]+)(?::([^:]+))?(?::([^:]+))?$/.exec(one);
    if (!found) return null;
    const [, follower = '', joint = '', scale = '1', offset = '0'] = found;
    const numbers = { scale: Number(scale), offset: Number(offset) };
    if (!Number.isFinite(numbers.scale) || !Number.isFinite(numbers.offset)) return null;
    joints[follower] = { joint, ...numbers };
  }
  return joints;
}

export const LeaderOptions = z.strictObject({
  /** By joint of the follower; a joint that is left out follows the joint of its own name, where the leader has one. */
  joints: z.record(jointName, FollowedJoint).default({}),
  /** How fast the follower goes to the leader's pose before it follows, rad/s or m/s. */
  approachSpeed: z.number().gt(0).max(10).default(0.5),
});
export type LeaderOptions = z.infer<typeof LeaderOptions>;

export const LeaderStatus = z.object({
  /** Of the rig whose joints lead. */
  rig: z.string(),
  title: z.string(),
  /** How it is attached. */
  link: z.string(),
  /** What its motors said of their torque last; null when they did not answer. */
  torque: z.boolean().nullable(),
  /**
   * ready: the follower stands. approaching: it is going to the leader's pose. following: it does what the leader does. lost: nothing comes
   * from the leader any more.
   */
  stage: z.enum(['ready', 'approaching', 'following', 'lost']),
  /** What is to be known, as a sentence: how far the follower still is, or why the leader is lost. */
  reason: z.string(),
  /** Joints of the follower that follow, each with the leader's. */
  joints: z.array(z.object({ follower: z.string(), leader: z.string() })),
});
export type LeaderStatus = z.infer<typeof LeaderStatus>;

/** A recorded episode is played on the rig again. */
export const ReplayOptions = z.strictObject({
  episode: z.number().int(),
  /**
   * What is measured may differ from what was recorded by this share of the channel's range, its limits or else what it recorded; beyond it
   * the rig holds.
   */
  limit: z.number().gt(0).max(10).default(0.2),
  /** Channels that are compared; when left out all of them, of motors only where they are. */
  channels: z.array(z.string().max(200)).max(1000).optional(),
  /** How fast joints go to where the episode began, rad/s or m/s. */
  approachSpeed: z.number().gt(0).max(10).default(0.5),
});
