import { z } from 'zod';

/**
 * Latent states of recorded steps along the two directions in which they differ most (principal components), in the order in which they
 * were recorded. Each list has an entry a state.
 */
export const LatentMap = z.object({
  x: z.array(z.number()),
  y: z.array(z.number()),
  episode: z.array(z.number().int()),
  row: z.array(z.number().int()),
  /** s since its episode began. */
  second: z.array(z.number()),
  /** On arriving at the state; null at the first of an episode. */
  reward: z.array(z.number().nullable()),
  /** Share of the states' variance that lies along each of the two. */
  explained: z.tuple([z.number(), z.number()]),
  /** States that there were; those shown are a sample where they are fewer. */
  among: z.number().int(),
});
export type LatentMap = z.infer<typeof LatentMap>;
