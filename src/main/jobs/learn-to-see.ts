import { ForesightError } from '../../shared/errors';
import { type Eyes as EyesSummary, latentChannels } from '../../shared/eyes';
import { isLatent, type LatentOptions } from '../../shared/model-options';
import { Random } from '../../shared/random';
import { chooseHoldOut } from '../dynamics/data/hold-out';
import { learnedBy } from '../dynamics/data/stretches';
import { fitEyes } from '../dynamics/latent/fit-eyes';
import { absorbing } from '../dynamics/latent/pictures';
import { startsIn } from '../dynamics/latent/recurrent/bound';
import { fitFilter } from '../dynamics/latent/recurrent/fit-filter';
import { modelHash } from '../dynamics/model-file';
import { trainThreads } from '../dynamics/threads';
import type { DynamicsModel, Eyes } from '../dynamics/types';
import { openEngineOrDefault } from '../tensor';
import { type OpenEpisodes, openEpisodes } from './episodes';
import { eyesOf, openSeen, requireSight, throughEyes } from './latent-episodes';
import type { Job, JobSurroundings } from './types';

type TrainJob = Extract<Job, { type: 'train' }>;

/** Rows that are learned from behind an end of an episode. */
const STILL = 10;
/** Between two words about how far it is. */
const SAYING_MS = 200;

/**
 * The first half of learning from pictures: an encoder, from what was seen in the episodes that are learned from; or the one of the
 * model that the training goes on from.
 * @returns what was recorded as latent states, all of it, for the second half, which learns how they change
 * @throws ForesightError wrong-use, bad-data, cancelled
 */
export async function learnToSee(
  job: TrainJob,
  from: DynamicsModel | undefined,
  { signal, onProgress }: JobSurroundings,
): Promise<{ sight: OpenEpisodes; eyes: Eyes }> {
  const { channels, options } = job;
  const { class: own } = options;
  if (!isLatent(own)) throw new RangeError(`"${own.name}" does not learn from pictures`);
  const began = performance.now();
  const { stretches, close } = openEpisodes(job.episodes);
  close();
  const seen = eyesOf(job.episodes, stretches, own, channels);
  if (from?.eyes) requireSameEnds(from.eyes.summary, seen);
  const summary = from?.eyes?.summary ?? seen;
  const steps = from?.eyes ? own.encoderMore : own.encoderSteps;
  const say = (detail: string, step = 0, loss: number | null = null) =>
    onProgress({
      ...{ phase: step === 0 ? 'loading' : 'training', detail, epoch: step, epochs: steps },
      ...{ trainLoss: loss, holdOutLoss: null, transitions: 0 },
      secondsElapsed: (performance.now() - began) / 1000,
    });
  say('pictures');
  const known = from && learnedBy(from.summary);
  const { learn } = chooseHoldOut(stretches, job.last, known, from?.summary.keptOut);
  const seenIn = await openSeen(job.episodes, stretches, summary);
  const learned = seenIn(learn);
  requireSight(learned, summary, stepsOfWindow(own));
  const engine = await openEngineOrDefault(options.engine);
  let said = performance.now();
  const request = {
    ...{ summary, steps, learningRate: own.encoderLearningRate || options.learningRate, engine },
    ...(from?.eyes && { from: from.eyes }),
    episodes: learned.map((one) => absorbing(one, STILL)),
    ...{ threads: trainThreads(), random: new Random(options.seed).fork('eyes') },
    async progress(step: number, loss: number) {
      if (signal.aborted)
        throw new ForesightError('cancelled', 'The training was cancelled.', 'Start it again.');
      if (performance.now() - said < SAYING_MS) return;
      said = performance.now();
      say(`encoder, step ${step} of ${steps}`, step, loss);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const learnEyes = () =>
    own.name === 'latent-recurrent'
      ? fitFilter({ ...request, options: own })
      : fitEyes({ ...request, options: own, actions: channels.actions.length });
  const eyes = (steps === 0 ? from?.eyes : undefined) ?? (await learnEyes());
  return { eyes, sight: await throughEyes(engine, eyes, seenIn(stretches), STILL) };
}

/** Steps that an episode must have more of, for one window to learn from. @throws ForesightError wrong-use */
function stepsOfWindow(own: LatentOptions): number {
  if (own.name === 'latent-frame') return own.unroll;
  if (startsIn(own) > 0) return own.window;
  throw new ForesightError(
    'wrong-use',
    `A window of ${own.window} steps is too short for states that are carried over ${own.unroll}.`,
    `Choose a window of at least ${own.window + 1 - startsIn(own)} steps (--window), or fewer unrolled steps (--unroll).`,
  );
}

/** @throws ForesightError bad-data: episodes that end where none has ended that the model knows */
function requireSameEnds(known: EyesSummary, { ends }: EyesSummary): void {
  if (known.ends || !ends) return;
  throw new ForesightError(
    'bad-data',
    'The model has learned from no episode that its task ended, and these have some: whether one has ended is no part of its state.',
    'Train a new model on all of them.',
  );
}

/** The second half: the same training on latent states. */
export function latentJob(job: TrainJob, { summary }: Eyes): TrainJob {
  const { channels, options } = job;
  return {
    ...job,
    channels: { ...channels, observations: latentChannels(summary) },
    // A latent state holds what the history of pictures tells, and no formula can be written in its numbers.
    options: { ...options, history: 1, rewardHead: true },
  };
}

/** A model of latent states becomes one of pictures. */
export function giveEyes(model: DynamicsModel, eyes: Eyes): void {
  model.eyes = eyes;
  model.summary.eyes = eyes.summary;
  model.summary.hash = modelHash(model);
}
