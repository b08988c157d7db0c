import { z } from 'zod';
import { MOST_CAMERAS } from './camera';
import { Crop, cropsOf } from './crop';
import { ChannelInfo } from './episode';
import type { EpisodeCamera } from './episode-camera';
import { COLOURS, DECODERS, ENCODERS, MOTIONS } from './latent-options';
import type { LatentOptions } from './model-options';
import type { AlgorithmOptions } from './policy-options';
import type { RigFile } from './rig';
import { Steady } from './steady';
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

/** Depths of which a picture's byte tells, m. */
const DepthRange = z.object({ near: z.number().positive(), far: z.number().positive() });
export type DepthRange = z.infer<typeof DepthRange>;

/** A camera that is looked through: its name on the rig, the pictures that it takes, pixels, and the part of them that is looked at. */
const View = z.object({
  camera: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  /** The whole picture when left out. */
  crop: Crop.optional(),
  /** Where its depth is looked at: the nearest and the farthest that is told apart, m. */
  depth: DepthRange.optional(),
  /** Of a camera that shakes, or whose light changes: what stands still in its pictures, on which each of them is laid first. */
  steady: Steady.optional(),
});
export type View = z.infer<typeof View>;

/** What a model that learned from pictures looks through, and how its pictures become a latent state. */
export const Eyes = z.object({
  ...View.shape,
  /** Further cameras that are looked through together with it; of one camera left out. */
  others: z
    .array(View)
    .min(1)
    .max(MOST_CAMERAS - 1)
    .optional(),
  /** The network gets the picture of each scaled to `size` pixels across and `pixelsDown` down, one below the other. */
  size: z.number().int().min(16).max(128),
  /** As many as across when left out. */
  pixelsDown: z.number().int().min(16).max(128).optional(),
  colour: z.enum(COLOURS),
  /** Pictures that a state is inferred from: those that were seen at the newest control periods. */
  stack: z.number().int().min(1).max(8),
  encoder: z.enum(ENCODERS),
  decoder: z.enum(DECODERS).default('squares'),
  /** differences: a state is the newest pose, its changes and the actions between the pictures (latent/pose.ts). */
  motion: z.enum(MOTIONS).default('learned'),
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

/** All cameras that some eyes look through, in the order in which the network gets their pictures. */
export function viewsOf(eyes: View & Pick<Eyes, 'others'>): View[] {
  const { camera, width, height, crop, depth, steady, others = [] } = eyes;
  const optional = { ...(crop && { crop }), ...(depth && { depth }), ...(steady && { steady }) };
  return [{ camera, width, height, ...optional }, ...others];
}

/** Whether a recorded camera has the pictures of a view. */
export const shows = (
  { name, width, height, frames }: Pick<EpisodeCamera, 'name' | 'width' | 'height' | 'frames'>,
  view: View,
): boolean => frames > 0 && name === view.camera && width === view.width && height === view.height;

/** Them in a sentence: camera "side", or cameras "side" and "top". */
export const camerasInWords = (eyes: View & Pick<Eyes, 'others'>): string => {
  const names = viewsOf(eyes).map(({ camera }) => `"${camera}"`);
  return `${names.length > 1 ? 'cameras' : 'camera'} ${names.join(' and ')}`;
};

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

/** Numbers of a pose at least: of two, each row of mean 0 and deviation 1, one would follow from the other. */
const LEAST_POSE = 4;

/** Numbers of a state of `stack` poses, their actions beside them: as many as asked for, or fewer, so that poses are alike. */
const wholePoses = (asked: number, stack: number, acts: number): number =>
  stack * Math.max(LEAST_POSE, Math.floor((asked - acts) / stack)) + acts;

/** As a training with these options will have them. @param cameras at least one, in the order in which they are looked through */
export const eyesFor = (
  options: LatentOptions,
  cameras: readonly {
    name: string;
    width: number;
    height: number;
    depth?: DepthRange | undefined;
    steady?: Steady | undefined;
  }[],
  rig: { observations: readonly string[]; actions: number } & Pick<Eyes, 'beside' | 'ends'>,
): Eyes => {
  const { size, height, colour, encoder, decoder, latent } = options;
  const { beside, ends, actions } = rig;
  const recurs = options.name === 'latent-recurrent';
  const crops = cropsOf(options.crop);
  const [first, ...others] = cameras.map(({ name, width, height, depth, steady }, i) => ({
    ...{ camera: name, width, height },
    ...(crops[i] && { crop: crops[i] }),
    ...(depth && { depth }),
    ...(steady && { steady }),
  })) as [View, ...View[]];
  const { motion, stack } = recurs ? ({ motion: 'learned', stack: 1 } as const) : options;
  const acts = (stack - 1) * actions;
  return {
    ...first,
    ...{ size, colour, encoder, decoder, motion, ends, beside, observations: [...rig.observations] },
    latent: motion === 'differences' ? wholePoses(latent, stack, acts) : latent,
    ...(height > 0 && height !== size && { pixelsDown: height }),
    ...(others.length > 0 && { others }),
    ...{ stack, acts },
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
