import { z } from 'zod';
import { ChannelInfo } from '../../shared/episode';

/** What Foresight's own writers say of an episode, whatever the format: what its files have no place for. */
export const episodeNote = {
  startedAt: z.number(),
  terminated: z.boolean(),
  reason: z.string(),
  tags: z.array(z.string()),
  events: z.array(z.object({ step: z.number(), kind: z.string(), message: z.string() })),
};

/** A camera of an episode as it was recorded. */
export const cameraNote = { name: z.string(), rate: z.number().positive(), dropped: z.number().int().min(0) };

/** The same of the whole file; a format adds its `episodes`. */
export const fileNote = {
  version: z.literal(1),
  rig: z.string(),
  rigFile: z.unknown(),
  periodSeconds: z.number().positive(),
  observations: z.array(ChannelInfo).max(1000),
  actions: z.array(ChannelInfo).max(1000),
};
