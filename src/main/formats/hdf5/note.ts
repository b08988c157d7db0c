import { z } from 'zod';
import type { BESIDES_STEPS } from '../frames';
import { cameraNote, episodeNote, fileNote } from '../note';

/** What stands in the attribute "foresight" of the file's root: what its layout has no place for. */
const maybe = z.number().nullable();
export const Hdf5Note = z.object({
  ...fileNote,
  episodes: z.array(
    z.object({
      frames: z.number().int().positive(),
      ...episodeNote,
      /** Of the row after the last frame. */
      last: z.object({
        hostSeconds: maybe,
        deviceSeconds: maybe,
        latenessSeconds: maybe,
        planMs: maybe,
        missed: maybe,
      }),
      cameras: z.array(z.object(cameraNote)).max(1000).optional(),
    }),
  ),
});
export type Hdf5Note = z.infer<typeof Hdf5Note>;

/** Series of a step that the layouts have no place for, as they are called in the file. */
export const BESIDES: Record<(typeof BESIDES_STEPS)[number], string> = {
  hostSeconds: 'host_seconds',
  deviceSeconds: 'device_seconds',
  latenessSeconds: 'lateness_seconds',
  planMs: 'plan_ms',
  missed: 'missed',
};
/** Of a camera of an episode: when its pictures were captured, a row each, and the picture that the row after the last frame alone saw. */
export const capturedTable = (camera: string) => `foresight/${camera}_captured`;
export const afterTable = (camera: string) => `foresight/${camera}_after`;
/** Numbers of a row of the first: the row that saw it first, its number, and when it was captured by the host's clock and by the device's. */
export const CAPTURED_WIDTH = 4;
export const REQUESTED = 'requested_actions';
