import { z } from 'zod';

/** One joint as it was when it was last seen, and as it is now; in the channel's unit. */
export const JointCheck = z.object({
  channel: z.string(),
  unit: z.string(),
  before: z.number(),
  now: z.number(),
  /** now − before; of an angle that goes round the short way. */
  difference: z.number(),
  /** A sentence where it has moved, null where it is where it was. */
  moved: z.string().nullable(),
});
export type JointCheck = z.infer<typeof JointCheck>;

/** A robot that was lost and has come back: what is the same, and what is not. It stays on hold until a person has confirmed. */
export const PoseCheck = z.object({
  /** Which check it is: another connection is another one. */
  id: z.number().int(),
  rig: z.string(),
  /** What was looked at, a sentence each: the device, its motors, their torque. */
  found: z.array(z.string()),
  joints: z.array(JointCheck),
  /** Something is not as it was. */
  differs: z.boolean(),
});
export type PoseCheck = z.infer<typeof PoseCheck>;

/** A lost robot whose device is plugged in again. */
export const PluggedIn = z.object({
  /** As lists call it. */
  port: z.string(),
  /** What is known of it, a sentence. */
  words: z.string(),
});
export type PluggedIn = z.infer<typeof PluggedIn>;
