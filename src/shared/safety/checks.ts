import { z } from 'zod';

/** One look at a connected rig before it moves. */
export const RunCheck = z.object({
  id: z.enum([
    'phase',
    'link',
    'observation',
    'limits',
    'motors',
    'calibration',
    'watchdog',
    'dead-man',
    'model',
    'policy',
  ]),
  /** refused: nothing begins to move. remark: it may, and somebody should know. */
  result: z.enum(['passed', 'remark', 'refused']),
  /** What was found, a sentence. */
  found: z.string(),
  /** What to do about it; null where nothing needs to be done. */
  next: z.string().nullable(),
});
export type RunCheck = z.infer<typeof RunCheck>;
