import { z } from 'zod';
import { CropText } from './crop';
import { network, variance } from './network-options';
import { RATE_SCHEDULES } from './rate-schedule';
import { MOST_ASIDE } from './steady';

/** What looks at a picture, and what draws one. */
export const ENCODERS = ['keypoints', 'glimpses', 'patches', 'dense', 'convolutions'] as const;
export const DECODERS = ['squares', 'things', 'convolutions'] as const;
/** What of a picture is looked at; "d" is its depth. */
export const COLOURS = ['grey', 'rgb', 'opponent', 'greyd', 'rgbd', 'opponentd'] as const;
/** How a state knows of motion, which no single picture shows. */
export const MOTIONS = ['learned', 'differences'] as const;
/** Whose deviation over the recording a pixel counts in. */
const UNITS = ['pixel', 'picture'] as const;
export type PixelUnit = (typeof UNITS)[number];
/** What an encoder is taught by. */
const SEE_BY = ['reconstruction', 'consistency', 'redundancy'] as const;

const pictures = (size: number) => ({
  camera: z.string().default('').meta({
    title: 'Camera',
    description:
      "Name of the rig's camera that is learned from; the first when left out. Several with commas, or all, are looked through together.",
  }),
  crop: CropText.default('').meta({
    title: 'Crop',
    description:
      "Part of the camera's picture that is looked at, pixels: left,top,width,height; all of it when left out. Of several cameras with semicolons.",
  }),
  size: z.number().int().min(16).max(128).multipleOf(8).default(size).meta({
    title: 'Picture (pixels)',
    description: 'Width of the picture that the network gets; a multiple of 8.',
  }),
  height: z
    .number()
    .int()
    .min(0)
    .max(128)
    .multipleOf(8)
    .refine((height) => height === 0 || height >= 16, 'Is 0 or at least 16.')
    .default(0)
    .meta({
      title: 'Height (pixels)',
      description:
        'Height of that picture, for a crop that is wider or higher than a square; a multiple of 8, 0 for a square.',
    }),
  colour: z.enum(COLOURS).default('grey').meta({
    title: 'Colour',
    description:
      'Brightness alone, or red, green and blue, which costs three times as much at the first layer, or of these the opponents: brightness, red less blue, green less both, in which a small coloured thing counts beside large grey ones. With d the depth beside them, of cameras that tell it.',
  }),
  steady: z.number().int().min(0).max(MOST_ASIDE).default(0).meta({
    title: 'Steady (pixels)',
    description:
      'For a camera that shakes, and light that changes: every picture is moved by up to so many of its pixels, and brightened, to lie on what stands still in the recording; 0 for none.',
  }),
});

const encoding = {
  encoder: z.enum(ENCODERS).default('keypoints').meta({
    title: 'Encoder',
    description:
      'Keypoints: finds where things are with weights that are shared over the picture. Glimpses: looks at the surroundings of two of them as well, for things that move across the picture and turn. Patches: shared first layers. Dense: none shared. Convolutions: the usual layers, at several times the cost.',
  }),
  decoder: z.enum(DECODERS).default('squares').meta({
    title: 'Decoder',
    description:
      'Squares: one layer draws every square of the picture. Things: draws what lies where by the same weights wherever it is, for what moves across the picture. Convolutions: smoother, at several times the cost.',
  }),
  unit: z.enum(UNITS).default('pixel').meta({
    title: 'Unit of brightness',
    description:
      "Pixel: each counts in units of its own deviation over the recording, so that what is small and stays about its place counts. Picture: all in units of the picture's, so that what moves across it looks the same everywhere.",
  }),
  latent: z.number().int().min(2).max(256).default(24).meta({
    title: 'Latent numbers',
    description: 'Numbers of a latent state.',
  }),
};

const learning = (steps: number, windows: number) => ({
  encoderSteps: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(steps)
    .meta({
      title: 'Encoder steps',
      description: `Optimisation steps of encoder and decoder, each on ${windows} windows of pictures.`,
    }),
  encoderLearningRate: z.number().min(0).max(1).default(0).meta({
    title: 'Encoder learning rate',
    description: "Step size of encoder and decoder; 0 for the training's own.",
  }),
  encoderSchedule: z.enum(RATE_SCHEDULES).default('constant').meta({
    title: 'Encoder schedule',
    description:
      'Constant, or falling to 0 along half a cosine: for many steps of few windows, which find out more of what moves little.',
  }),
  unroll: z.number().int().min(1).max(50).default(6).meta({
    title: 'Unrolled steps',
    description: 'Steps that a latent state is carried while the encoder learns.',
  }),
  shift: z.number().int().min(0).max(8).default(1).meta({
    title: 'Random shift (pixels)',
    description: 'Pictures are shifted by up to so many pixels while the encoder learns; 0 for none.',
  }),
  channels: z.string().max(2000).default('').meta({
    title: 'Channels beside',
    description:
      "Names of the rig's channels, with commas, that are part of the state as they are, beside what the camera sees; none when left out.",
  }),
  encoderMore: z.number().int().min(0).max(1_000_000).default(0).meta({
    title: 'Further encoder steps',
    description:
      'Steps that encoder and decoder learn on when the training goes on from a model; 0 keeps them as they are.',
  }),
});

/** Of the networks that learn how latent states change. */
const members = {
  members: z.number().int().min(1).max(20).default(3).meta({
    title: 'Members',
    description:
      'Networks that learn how latent states change, on one encoder; their disagreement is what is not known.',
  }),
  elites: z.number().int().min(1).max(20).default(3).meta({
    title: 'Elites',
    description: 'Members that predict: those with the lowest hold-out loss.',
  }),
  bootstrap: z.boolean().default(true).meta({
    title: 'Bootstrap',
    description: 'Every member learns from its own resampling of the data; otherwise only weights differ.',
  }),
  variance,
  ...network,
  hiddenUnits: z.number().int().min(4).max(1024).default(200).meta({
    title: 'Units a layer',
    description: 'Units of every hidden layer.',
  }),
};

export const LatentFrameOptions = z
  .strictObject({
    name: z.literal('latent-frame'),
    ...pictures(64),
    stack: z.number().int().min(1).max(8).default(2).meta({
      title: 'Pictures a state',
      description:
        'Pictures of the newest control periods that a state is inferred from; two for a velocity.',
    }),
    motion: z.enum(MOTIONS).default('learned').meta({
      title: 'Motion',
      description:
        'Learned: layers make a state of all its pictures. Differences: each picture becomes a pose by itself, and a state is the newest pose, how it changed between the pictures before, and what was done between them; a velocity need not be learned.',
    }),
    ...encoding,
    encoderWindows: z.number().int().min(4).max(256).multipleOf(2).default(32).meta({
      title: 'Encoder windows',
      description:
        'Windows of pictures that the encoder learns from in one step; fewer of them make a step cheaper.',
    }),
    seeBy: z.enum(SEE_BY).default('reconstruction').meta({
      title: 'Sees by',
      description:
        'Reconstruction: latent states must show the pictures. Consistency: they must foretell what a slow copy of the encoder says of later pictures. Redundancy: they must foretell each other, with numbers that vary and say different things. Without reconstruction the decoder learns for your eye alone.',
    }),
    ...learning(1500, 32),
    ...members,
  })
  .meta({
    title: 'Latent, from pictures',
    description:
      'Infers a latent state from what a camera saw, and learns how it moves and what reward it brings.',
  });

export const LatentRecurrentOptions = z
  .strictObject({
    name: z.literal('latent-recurrent'),
    ...pictures(32),
    ...encoding,
    remembered: z.number().int().min(4).max(1024).default(128).meta({
      title: 'Remembered numbers',
      description: 'Deterministic part of what is believed, carried from step to step by a gated network.',
    }),
    inferred: z.number().int().min(2).max(256).default(20).meta({
      title: 'Inferred numbers',
      description: 'Stochastic part of what is believed: through it alone comes what was seen.',
    }),
    ...learning(3000, 16),
    window: z.number().int().min(6).max(64).default(16).meta({
      title: 'Window (steps)',
      description:
        'Steps that the filter is carried while it learns, each time beginning with nothing known.',
    }),
    klWeight: z.number().min(0).max(100).default(0.02).meta({
      title: 'KL weight',
      description: 'Weight of what a look changes, in nats, beside what it explains.',
    }),
    klBalance: z.number().min(0).max(1).default(0.8).meta({
      title: 'KL balance',
      description: 'Share by which the expected is drawn to the believed; the rest draws the other way.',
    }),
    freeNats: z.number().min(0).max(100).default(1).meta({
      title: 'Free nats',
      description: 'What a look may change without being charged for it.',
    }),
    ...members,
  })
  .meta({
    title: 'Latent, with memory',
    description:
      'Believes what it has seen so far: for pictures that are late, lost or black, and what one of them does not tell.',
  });
