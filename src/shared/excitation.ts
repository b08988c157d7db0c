import { z } from 'zod';

/** Bandwidth as a share of the control rate where nothing is said: slow enough for what has mass, some swings in an episode. */
export const USUAL_BANDWIDTH_SHARE = 1 / 20;

const bandwidth = z.number().gt(0).max(10_000).optional().meta({
  title: 'Bandwidth, Hz',
  description:
    'How fast it changes; a twentieth of the control rate when left out, and never more than half of the control rate.',
});

/** A new uniform action every `holdSteps` steps of the request that it stands in. */
const UniformExcitation = z.strictObject({ method: z.literal('uniform') }).meta({
  title: 'Uniform',
  description: 'A new random action every so many steps, all as likely as each other.',
});

const WalkExcitation = z.strictObject({ method: z.literal('walk'), bandwidth }).meta({
  title: 'Random walk',
  description: 'Wanders through the range and turns round at its ends; every action is as likely as another.',
});

const PrbsExcitation = z
  .strictObject({
    method: z.literal('prbs'),
    bandwidth,
    order: z.number().int().min(2).max(20).default(10).meta({
      title: 'Order',
      description: 'Length n of the shift register: the sequence repeats itself after 2ⁿ − 1 values.',
    }),
  })
  .meta({
    title: 'PRBS',
    description: 'Pseudo-random binary sequence: either end of the range, flat in power up to the bandwidth.',
  });

const MultisineExcitation = z
  .strictObject({
    method: z.literal('multisine'),
    bandwidth,
    lowest: z.number().gt(0).max(10_000).optional().meta({
      title: 'Lowest frequency, Hz',
      description: 'And the distance of its lines; a twentieth of the bandwidth when left out.',
    }),
  })
  .meta({
    title: 'Multisine',
    description:
      'Many sines of the same power whose phases keep the peaks low (Schroeder); no two channels share a frequency.',
  });

const OuExcitation = z.strictObject({ method: z.literal('ou'), bandwidth }).meta({
  title: 'Ornstein–Uhlenbeck',
  description: 'Smooth noise that is drawn back to the middle of the range: mostly gentle, now and then far.',
});

export const EXCITATIONS = [
  UniformExcitation,
  WalkExcitation,
  PrbsExcitation,
  MultisineExcitation,
  OuExcitation,
] as const;
/** How a rig is moved to learn what it does. Formulas: src/main/control/excitation. */
export const Excitation = z.discriminatedUnion('method', EXCITATIONS);
export type Excitation = z.infer<typeof Excitation>;
export type ExcitationMethod = Excitation['method'];

/** What one action channel has otherwise than the others. */
export const ChannelExcitation = z.strictObject({
  /** Share of its range around the middle; 0 keeps it at its hold value. */
  amplitude: z.number().min(0).max(1).optional(),
  /** Hz; of no use to uniform actions. */
  bandwidth: z.number().gt(0).max(10_000).optional(),
  seed: z.number().int().optional(),
});
export type ChannelExcitation = z.infer<typeof ChannelExcitation>;

/** Of one action channel, with everything decided. */
export const ChannelSignal = z.object({
  amplitude: z.number(),
  /** Hz */
  bandwidth: z.number(),
  seed: z.number(),
});
export type ChannelSignal = z.infer<typeof ChannelSignal>;
