import { z } from 'zod';
import { SeenPicture } from './episode-camera';

/** A camera of the connected rig that brings pictures from outside, and whether it does. */
export const RigCameraState = z.object({
  name: z.string(),
  kind: z.enum(['usb', 'stream']),
  /** Pictures since the rig was connected. */
  received: z.number().int(),
  /** Since the newest was captured, ms; null before the first. */
  ageMs: z.number().nullable(),
  /** Why nothing comes, as it stands behind a colon; null while pictures come, or where nobody knows. */
  trouble: z.string().nullable(),
});
export type RigCameraState = z.infer<typeof RigCameraState>;

/** What a camera of the connected rig sees now. */
export const LivePicture = SeenPicture.pick({ kind: true, file: true });
export type LivePicture = z.infer<typeof LivePicture>;

/** Base64 of the largest picture that is taken. */
export const MOST_PICTURE_TEXT = 6 * 2 ** 20;
