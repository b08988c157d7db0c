import { z } from 'zod';
import { LatentFrameOptions, LatentRecurrentOptions } from './latent-options';
import { network, variance } from './network-options';

/**
 * Options of every model class and every loss, with defaults and ranges. The window's forms, the command line's
 * flags and experiment files are made from these schemas: `title` is the field's label, `description` one sentence
 * about it (shared/option-fields.ts reads them). A class or loss that is added here and to the registry in
 * main/dynamics/classes or main/dynamics/losses appears everywhere.
 */
export const DeterministicOptions = z
  .strictObject({ name: z.literal('deterministic'), ...network })
  .meta({ title: 'Deterministic', description: 'One network for the mean, squared error (L2).' });

export const GaussianOptions = z
  .strictObject({ name: z.literal('gaussian'), variance, ...network })
  .meta({ title: 'Gaussian', description: 'One network for mean and variance, maximum likelihood.' });

export const EnsembleOptions = z
  .strictObject({
    name: z.literal('ensemble'),
    members: z.number().int().min(1).max(20).default(5).meta({
      title: 'Members',
      description: 'Networks that are trained independently.',
    }),
    elites: z.number().int().min(1).max(20).default(4).meta({
      title: 'Elites',
      description: 'Members that predict: those with the lowest hold-out loss.',
    }),
    bootstrap: z.boolean().default(true).meta({
      title: 'Bootstrap',
      description: 'Every member learns from its own resampling of the data; otherwise only weights differ.',
    }),
    variance,
    ...network,
  })
  .meta({
    title: 'Ensemble',
    description: 'Several Gaussian networks; their disagreement is what is not known.',
  });

export const BayesianOptions = z
  .strictObject({
    name: z.literal('bayesian'),
    variance,
    posteriorSamples: z.number().int().min(1).max(50).default(10).meta({
      title: 'Posterior samples',
      description: 'Networks drawn from the posterior that predict together.',
    }),
    priorStd: z.number().positive().max(100).default(2).meta({
      title: 'Prior standard deviation',
      description: 'Of a weight before data, times 1/√inputs of its layer.',
    }),
    initialStd: z.number().positive().max(1).default(0.05).meta({
      title: 'Initial standard deviation',
      description: 'Of a weight when training begins, times 1/√inputs of its layer.',
    }),
    klWeight: z.number().min(0).max(10).default(0.05).meta({
      title: 'KL weight',
      description:
        'Weight of the divergence from the prior; 1 is the evidence lower bound, which needs far more data than weights.',
    }),
    ...network,
    hiddenUnits: z.number().int().min(4).max(1024).default(64).meta({
      title: 'Units a layer',
      description: 'Units of every hidden layer; a wide network stays with its prior for longer.',
    }),
  })
  .meta({ title: 'Bayesian network', description: 'A distribution over weights by variational inference.' });

export const EnergyOptions = z
  .strictObject({
    name: z.literal('energy'),
    negatives: z.number().int().min(2).max(512).default(32).meta({
      title: 'Negatives',
      description: 'Contrastive samples a transition in training.',
    }),
    candidates: z.number().int().min(2).max(1024).default(128).meta({
      title: 'Candidates',
      description: 'Points that the sampler chooses its start from; more where there are many modes.',
    }),
    langevinSteps: z.number().int().min(1).max(200).default(10).meta({
      title: 'Sampler steps',
      description: 'Langevin steps from the chosen start to a sample; each costs a network and its gradient.',
    }),
    ...network,
  })
  .meta({ title: 'Energy-based', description: 'Any distribution of the next state, trained contrastively.' });

export const DiffusionOptions = z
  .strictObject({
    name: z.literal('diffusion'),
    noiseLevels: z.number().int().min(2).max(1000).default(100).meta({
      title: 'Noise levels',
      description: 'Levels between data and noise that the score is learned at.',
    }),
    samplerSteps: z.number().int().min(1).max(100).default(10).meta({
      title: 'Sampler steps',
      description: 'Denoising steps from noise to a sample; each costs a network.',
    }),
    ...network,
  })
  .meta({
    title: 'Diffusion',
    description: 'Any distribution of the next state, trained by score matching.',
  });

export const GaussianProcessOptions = z
  .strictObject({
    name: z.literal('gaussian-process'),
    kernel: z.enum(['squared-exponential', 'matern52']).default('squared-exponential').meta({
      title: 'Kernel',
      description: 'Covariance of two inputs; one length scale an input (ARD).',
    }),
    exactUpTo: z.number().int().min(8).max(4000).default(1000).meta({
      title: 'Exact up to',
      description:
        'Transitions up to which the process is exact (the time to fit grows with their cube); beyond, inducing points are used.',
    }),
    inducingPoints: z.number().int().min(8).max(2000).default(300).meta({
      title: 'Inducing points',
      description:
        'Points at most that stand for the data when there is more of it; plans slow down with their number.',
    }),
    iterations: z.number().int().min(1).max(2000).default(100).meta({
      title: 'Iterations',
      description:
        'Gradient steps on the marginal likelihood of 400 transitions; a tenth as many follow on more of them.',
    }),
  })
  .meta({
    title: 'Gaussian process',
    description: 'Exact Bayesian regression; knows best where it has no data.',
  });

export const CLASS_OPTIONS = [
  EnsembleOptions,
  GaussianOptions,
  DeterministicOptions,
  BayesianOptions,
  EnergyOptions,
  DiffusionOptions,
  GaussianProcessOptions,
  LatentFrameOptions,
  LatentRecurrentOptions,
] as const;
export const ClassOptions = z.discriminatedUnion('name', CLASS_OPTIONS);
export type ClassOptions = z.infer<typeof ClassOptions>;
export type ClassName = ClassOptions['name'];
/** Of those that learn from pictures. */
export type LatentOptions = OptionsOf<'latent-frame' | 'latent-recurrent'>;
export const isLatent = (options: ClassOptions): options is LatentOptions =>
  options.name === 'latent-frame' || options.name === 'latent-recurrent';
/** Options of one class: `OptionsOf<'ensemble'>`. */
export type OptionsOf<Name extends ClassName> = Extract<ClassOptions, { name: Name }>;

export const OneStepOptions = z
  .strictObject({ name: z.literal('one-step') })
  .meta({ title: 'One step', description: 'Equation error: every transition on its own.' });

export const KStepOptions = z
  .strictObject({
    name: z.literal('k-step'),
    steps: z.number().int().min(2).max(100).default(16).meta({
      title: 'Steps',
      description: 'k: steps that a prediction is unrolled over.',
    }),
    curriculum: z.boolean().default(true).meta({
      title: 'Curriculum',
      description: 'Begin with one step and double up to k; otherwise k from the start.',
    }),
    decay: z.number().gt(0).max(1).default(1).meta({
      title: 'Weight decay over steps',
      description: 'Weight of a step relative to the one before.',
    }),
  })
  .meta({ title: 'k steps', description: 'Simulation error: predictions unrolled through the model.' });

export const DadOptions = z
  .strictObject({
    name: z.literal('dad'),
    rounds: z.number().int().min(1).max(20).default(5).meta({
      title: 'Rounds',
      description: 'Times that predictions are corrected and learned from again.',
    }),
    steps: z.number().int().min(2).max(200).default(5).meta({
      title: 'Steps',
      description:
        'How far predictions are rolled out and corrected; few, because a prediction far astray has no way back in one step.',
    }),
  })
  .meta({
    title: 'Data as demonstrator',
    description: 'One-step training on predicted states too, each labelled with what really followed.',
  });

export const LOSS_OPTIONS = [OneStepOptions, KStepOptions, DadOptions] as const;
export const LossOptions = z.discriminatedUnion('name', LOSS_OPTIONS);
export type LossOptions = z.infer<typeof LossOptions>;
export type LossName = LossOptions['name'];

/**
 * Every engine by the name a model's options carry. "native" is the executor that comes with Foresight, "onnxruntime" computes
 * on the processor as well; "onnxruntime:<provider>" are its other execution providers, of which each system has some.
 */
export const ENGINE_NAMES = [
  'native',
  'onnxruntime',
  'onnxruntime:webgpu',
  'onnxruntime:cuda',
  'onnxruntime:tensorrt',
  'onnxruntime:dml',
  'onnxruntime:coreml',
  'tensorflow',
  'wasm',
  'cpu',
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
export const DEFAULT_ENGINE: EngineName = 'native';

/** Options of every training, whatever the class; defaults suit a rig of a few channels on a laptop. */
export const TrainFields = z.strictObject({
  class: ClassOptions.prefault({ name: 'ensemble' }),
  loss: LossOptions.prefault({ name: 'one-step' }),
  history: z.number().int().min(1).max(32).default(1).meta({
    title: 'History',
    description:
      'Observations, with the actions between them, that a prediction starts from; more than one for hidden velocity or delay, and against noise.',
  }),
  rewardHead: z.boolean().default(false).meta({
    title: 'Learn the reward',
    description: 'Predict the recorded reward too, for plans without a formula.',
  }),
  inputNoise: z.number().min(0).max(1).default(0).meta({
    title: 'Input noise',
    description:
      'Standard deviation of noise added to the observations learned from, as a share of their spread.',
  }),
  recencyHalfLife: z.number().min(0).max(1e7).default(0).meta({
    title: 'Recency half-life',
    description: 'Transitions after which data is drawn half as often; 0 for all alike.',
  }),
  smoothingSeconds: z.number().min(0).max(10).default(0).meta({
    title: 'Smoothing (s)',
    description:
      'Window over which observations are smoothed before learning; 0 for none. Errors are always against the raw recording.',
  }),
  learningRate: z.number().positive().max(1).default(1e-3).meta({
    title: 'Learning rate',
    description: "Adam's step size.",
  }),
  weightDecay: z.number().min(0).max(1).default(3e-5).meta({
    title: 'Weight decay',
    description: 'L2 penalty on the weights of layers.',
  }),
  batchSize: z.number().int().min(1).max(8192).default(256).meta({
    title: 'Batch',
    description: 'Transitions a mini-batch.',
  }),
  holdOut: z.number().min(0).max(0.9).default(0.1).meta({
    title: 'Held out (share)',
    description: 'Share of the transitions that decides when to stop and which members are elites.',
  }),
  epochs: z.number().int().min(1).max(100_000).default(200).meta({
    title: 'Epochs at most',
    description: 'Passes over the data at most.',
  }),
  patience: z.number().int().min(1).max(100_000).default(20).meta({
    title: 'Patience (epochs)',
    description: 'Passes without a gain of 1 % in hold-out likelihood before training stops.',
  }),
  seed: z.number().int().default(0).meta({ title: 'Seed', description: 'Of everything random.' }),
  engine: z.enum(ENGINE_NAMES).default(DEFAULT_ENGINE).meta({
    title: 'Engine',
    description: 'What executes the tensor programs.',
  }),
});

/** Fields of the ensemble that lay beside the training's own before there were other classes. */
const MOVED = ['members', 'elites', 'hiddenLayers', 'hiddenUnits', 'activation'] as const;

/** Options as version 0.1 wrote them, in today's shape; anything else as it is. */
function upgraded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'class' in value) return value;
  const entries = Object.entries(value);
  const isMoved = (key: string) => (MOVED as readonly string[]).includes(key);
  const moved = entries.filter(([key]) => isMoved(key));
  if (moved.length === 0) return value;
  const rest = Object.fromEntries(entries.filter(([key]) => !isMoved(key)));
  return { ...rest, class: { name: 'ensemble', ...Object.fromEntries(moved) } };
}

export const TrainOptions = z.preprocess(upgraded, TrainFields);
export type TrainOptions = z.infer<typeof TrainOptions>;
