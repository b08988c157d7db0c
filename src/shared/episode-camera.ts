import { z } from 'zod';

/** A camera as it was when an episode was recorded, and what came of it. */
export const EpisodeCamera = z.object({
  name: z.string(),
  /** Of its pictures, pixels. */
  width: z.number().int(),
  height: z.number().int(),
  /** Pictures a second that it was to make. */
  rate: z.number(),
  frames: z.number().int(),
  /** Pictures that were due and are not there. */
  dropped: z.number().int(),
});
export type EpisodeCamera = z.infer<typeof EpisodeCamera>;

/** The picture that was seen at a moment of an episode. */
export const SeenPicture = z.object({
  /** Counts the camera's pictures since the episode began; one that was dropped leaves a gap. */
  sequence: z.number().int(),
  /** When it was captured, s since the episode began, as of rows. */
  hostSeconds: z.number(),
  /** Pictures right before it that are the same to the byte; not all of them where they are very many. */
  alike: z.number().int(),
  /** What kind of file it is: PNG where it was computed, JPEG where a camera took it. */
  kind: z.enum(['png', 'jpeg']),
  /** The file, base64. */
  file: z.string(),
});
export type SeenPicture = z.infer<typeof SeenPicture>;
