import { z } from 'zod';

/** Steps after the one that is looked at, a column of the strip each. */
export const STRIP_STEPS = [0, 1, 5, 10, 25] as const;

/** A picture as the network gets it: a PNG file, base64. */
const Picture = z.string();

/** One moment: what was seen at it, what its latent state shows, and what was imagined of it from the first column's state. */
export const StripMoment = z.object({
  /** Steps after the one that is looked at. */
  steps: z.number().int(),
  row: z.number().int(),
  /** s since the episode began. */
  second: z.number(),
  saw: Picture,
  says: Picture,
  /** Open loop through the executed actions, by the mean of the members; null in the first column. */
  imagined: Picture.nullable(),
  /**
   * Share of what sets the seen picture apart from the recording's mean picture that is shown (1 − squared error / squared deviation);
   * 1 is all of it, 0 no more than the mean picture, less is worse. Null where the seen picture is the mean one.
   */
  saysShare: z.number().nullable(),
  imaginedShare: z.number().nullable(),
});
export type StripMoment = z.infer<typeof StripMoment>;

/** What a plan in a model's latent states foresees: a picture each of how it begins and of some steps of it. */
export const ForeseenStrip = z.object({
  episode: z.number().int(),
  /** At which the plan takes effect. */
  step: z.number().int(),
  moments: z.array(
    z.object({
      /** Steps after that one. */
      steps: z.number().int(),
      imagined: Picture,
    }),
  ),
});
export type ForeseenStrip = z.infer<typeof ForeseenStrip>;

/** What a model that learned from pictures makes of a stretch of a recorded episode. Shorter where the episode ends. */
export const FilmStrip = z.object({
  episode: z.number().int(),
  row: z.number().int(),
  /** Edge of its pictures. */
  size: z.number().int(),
  moments: z.array(StripMoment),
});
export type FilmStrip = z.infer<typeof FilmStrip>;
