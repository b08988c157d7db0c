import { z } from 'zod';
import { episodeNote, fileNote } from '../note';

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
    }),
  ),
});
export type Hdf5Note = z.infer<typeof Hdf5Note>;

/** Series of a step that the layouts have no place for, as they are called in the file. */
export const BESIDES = {
  hostSeconds: 'host_seconds',
  deviceSeconds: 'device_seconds',
  latenessSeconds: 'lateness_seconds',
  planMs: 'plan_ms',
  missed: 'missed',
} as const;
export const SERIES = Object.keys(BESIDES) as (keyof typeof BESIDES)[];
export const REQUESTED = 'requested_actions';
