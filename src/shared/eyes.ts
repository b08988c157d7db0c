import { z } from 'zod';
import { Crop, cropOf } from './crop';
import { ChannelInfo } from './episode';
import { DECODERS, ENCODERS } from './latent-options';
import type { LatentOptions } from './model-options';
import type { AlgorithmOptions } from './policy-options';
import type { RigFile } from './rig';
import type { TaskFile } from './task';

/** A filter, which believes something after every step, whether a picture was there or not. */
const Recurrent = z.object({
  /** Numbers that are remembered for certain, and that are inferred with a spread. */
  remembered: z.number().int().min(4).max(1024),
  inferred: z.number().int().min(2).max(256),
  /** Numbers of an action of the rig. */
  actions: z.number().int().min(1),
});
export type Recurrent = z.infer<typeof Recurrent>;

/** What a model that learned from pictures looks through, and how its pictures become a latent state. */
export const Eyes = z.object({
  /** Name of the rig's camera, and the pictures that it takes, pixels. */
  camera: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  /** The part of them that is looked at; the whole picture when left out. */
  crop: Crop.optional(),
  /** The network gets it scaled to `size` × `size`. */
  size: z.number().int().min(16).max(128),
  colour: z.enum(['grey', 'rgb']),
  /** Pictures that a state is inferred from: those that were seen at the newest control periods. */
  stack: z.number().int().min(1).max(8),
  encoder: z.enum(ENCODERS),
  decoder: z.enum(DECODERS).default('squares'),
  /** Numbers that are inferred from the pictures. */
  latent: z.number().int().min(2).max(256),
  /** Episodes that it learned from were ended by their task: whether one has ended is part of the state. */
  ends: z.boolean().default(false),
  /** Channels of the rig that are part of the state as they are, beside what is inferred. */
  beside: z.array(ChannelInfo).default([]),
  /** How what was seen is carried from step to step; null of one that infers a state from the newest pictures alone. */
  recurrent: Recurrent.nullable().default(null),
  /**
   * Numbers of the actions that were executed between the pictures of a state, oldest first: what they change of a velocity no picture
   * shows yet.
   */
  acts: z.number().int().min(0).default(0),
  /** Channels of the rig that was looked at, which the model itself does not know. */
  observations: z.array(z.string()),
});
export type Eyes = z.infer<typeof Eyes>;

type StateShape = Pick<Eyes, 'latent' | 'ends' | 'beside'>;

/** 1 once the task has ended the episode, 0 before. */
const ENDED = 'ended';

/**
 * A state as a model's observations: what is inferred from the pictures, numbers without unit, limits or meaning of their own; whether
 * the episode has ended; and the rig's own channels.
 */
export const latentChannels = ({ latent, ends, beside }: StateShape): ChannelInfo[] => [
  ...Array.from({ length: latent }, (_, i) => plain(`z${i + 1}`)),
  ...(ends ? [plain(ENDED)] : []),
  ...beside,
];

const plain = (name: string): ChannelInfo => ({ name, unit: '1', angle: false, limits: null });

/** Numbers beside the pictures of a state: the channels, then the actions between them. */
export const besideNumbers = ({ beside, acts }: Pick<Eyes, 'beside' | 'acts'>): number =>
  beside.length + acts;

/** Numbers of a state. */
export const stateNumbers = ({ latent, ends, beside }: StateShape): number =>
  latent + (ends ? 1 : 0) + beside.length;

/**
 * A task in the numbers of such a state: no formula can be written in them, so its reward is the one that the model has learned, and it
 * ends where the model says that it does.
 */
export function latentTask({ success: _, ...task }: TaskFile, { ends }: StateShape): TaskFile {
  return { ...task, let: {}, reward: '0', termination: ends ? `${ENDED} > 0.5` : '' };
}

/** As a training with these options will have them. */
export const eyesFor = (
  options: LatentOptions,
  camera: { name: string; width: number; height: number },
  rig: { observations: readonly string[]; actions: number } & Pick<Eyes, 'beside' | 'ends'>,
): Eyes => {
  const { crop, size, colour, encoder, decoder, latent } = options;
  const { beside, ends, actions } = rig;
  const recurs = options.name === 'latent-recurrent';
  return {
    ...{ camera: camera.name, width: camera.width, height: camera.height },
    ...{ size, colour, encoder, decoder, latent, ends, beside, observations: [...rig.observations] },
    ...(cropOf(crop) && { crop: cropOf(crop) }),
    stack: recurs ? 1 : options.stack,
    acts: recurs ? 0 : (options.stack - 1) * actions,
    recurrent: recurs ? { remembered: options.remembered, inferred: options.inferred, actions } : null,
  };
};

/** Channels of a rig as they are to whoever knows of it only what its camera shows: what is observed are the numbers of a latent state. */
export const latentRigFile = <Channels extends Pick<RigFile, 'observations'>>(
  file: Channels,
  eyes: StateShape,
): Channels => ({
  ...file,
  observations: latentChannels(eyes).map(({ name, unit, angle }) => ({ name, unit, angle })),
});

/** An algorithm as it learns in latent states: by the reward that the model has learned. */
export const byLearnedReward = (algorithm: AlgorithmOptions): AlgorithmOptions =>
  'learnedReward' in algorithm ? { ...algorithm, learnedReward: true } : algorithm;
