import { z } from 'zod';
import { Reading } from '../known';

/** What a motor on a servo bus says of itself. */
export const MotorState = z.object({
  name: z.string(),
  id: z.number().int(),
  /** Null before it has said so. */
  torque: z.boolean().nullable(),
  /** rad, rad, A, V and °C. */
  goal: Reading,
  position: Reading,
  current: Reading,
  voltage: Reading,
  temperature: Reading,
  /** ms from the newest hold or release until this motor's own answer confirmed it; null where it has not. */
  confirmedMs: Reading,
  /** What its answer says against that: "its torque is off"; null where nothing does. */
  doubt: z.string().nullable(),
});
export type MotorState = z.infer<typeof MotorState>;

/** What the rig process sees that decides whether the rig may begin to move. */
export const RigHealth = z.object({
  /** Of the newest observation; null before the first one. */
  observationAgeMs: Reading,
  /** What is beyond a limit now, as sentences. */
  outside: z.array(z.string()),
  /** Whether the rig moves only while the dead-man key is held, and whether it is. */
  deadMan: z.object({ wanted: z.boolean(), held: z.boolean() }),
});
export type RigHealth = z.infer<typeof RigHealth>;
