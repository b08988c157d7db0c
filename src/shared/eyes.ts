import { z } from 'zod';
import type { ChannelInfo } from './episode';
import type { OptionsOf } from './model-options';
import type { RigFile } from './rig';
import type { TaskFile } from './task';

/** What a model that learned from pictures looks through, and how its pictures become a latent state. */
export const Eyes = z.object({
  /** Name of the rig's camera, and the pictures that it takes, pixels. */
  camera: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  /** The network gets the whole picture scaled to `size` × `size`. */
  size: z.number().int().min(16).max(128),
  colour: z.enum(['grey', 'rgb']),
  /** Pictures that a state is inferred from: those that were seen at the newest control periods. */
  stack: z.number().int().min(1).max(8),
  encoder: z.enum(['keypoints', 'patches', 'dense']),
  /** Numbers of a latent state. */
  latent: z.number().int().min(2).max(256),
  /** Channels of the rig that was looked at, which the model itself does not know. */
  observations: z.array(z.string()),
});
export type Eyes = z.infer<typeof Eyes>;

/** The numbers of a latent state as a model's observations: without unit, limits or meaning of their own. */
export const latentChannels = (latent: number): ChannelInfo[] =>
  Array.from({ length: latent }, (_, i) => ({
    ...{ name: `z${i + 1}`, unit: '1', angle: false, limits: null },
  }));

/** As a training with these options will have them. */
export const eyesFor = (
  { size, colour, stack, encoder, latent }: OptionsOf<'latent-frame'>,
  camera: { name: string; width: number; height: number },
  observations: readonly string[],
): Eyes => ({
  ...{ camera: camera.name, width: camera.width, height: camera.height },
  ...{ size, colour, stack, encoder, latent, observations: [...observations] },
});

/** A task in latent states: no formula can be written in their numbers, so that its reward is the one that a model has learned. */
export const latentTask = (task: TaskFile): TaskFile => ({ ...task, let: {}, reward: '0', termination: '' });

/** Channels of a rig as they are to whoever knows of it only what its camera shows: what is observed are the numbers of a latent state. */
export const latentRigFile = <Channels extends Pick<RigFile, 'observations'>>(
  file: Channels,
  { latent }: Pick<Eyes, 'latent'>,
): Channels => ({
  ...file,
  observations: latentChannels(latent).map(({ name, unit, angle }) => ({ name, unit, angle })),
});
