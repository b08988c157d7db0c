import { z } from 'zod';

/**
 * What may be wrong with the data of an episode, as found from its rows, events and pictures. `length` depends on the other
 * episodes of the rig, so it is found when it is asked for; all others are stored.
 */
export const FLAG_KINDS = [
  'no-number',
  'clock-jump',
  'jerk',
  'frozen',
  'constant',
  'saturated',
  'late',
  'dropped-pictures',
  'repeated-pictures',
  'length',
] as const;
export const FlagKind = z.enum(FLAG_KINDS);
export type FlagKind = z.infer<typeof FlagKind>;

/**
 * `amount` says how much, by kind: no-number, late: rows; clock-jump, frozen: seconds; jerk: size of the jump in the channel's
 * unit; constant: the value; saturated: share of the rows; pictures: how many; length: steps by those that are usual.
 */
export const EpisodeFlag = z.object({
  kind: FlagKind,
  /** Name of a channel or a camera; null where it is about the episode as a whole. */
  channel: z.string().nullable(),
  /** First and last step that it is about. */
  from: z.number().int(),
  to: z.number().int(),
  amount: z.number(),
  /** For a technician. */
  message: z.string(),
});
export type EpisodeFlag = z.infer<typeof EpisodeFlag>;

/** In a badge, in a table. */
export const FLAG_WORDS: Record<FlagKind, string> = {
  'no-number': 'no number',
  'clock-jump': 'clock jump',
  jerk: 'jerk',
  frozen: 'frozen channel',
  constant: 'constant channel',
  saturated: 'saturated',
  late: 'late',
  'dropped-pictures': 'dropped pictures',
  'repeated-pictures': 'repeated pictures',
  length: 'unusual length',
};
