import { ForesightError } from '../../shared/errors';
import { latentChannels, viewsOf } from '../../shared/eyes';
import type { ModelSummary } from '../../shared/model';
import { isLatent, type LatentOptions } from '../../shared/model-options';
import { Random } from '../../shared/random';
import { steadyWords } from '../../shared/steady';
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
import { eyesOf, haveEnds, openSeen, requireSight, seenSoFar, throughEyes } from './latent-episodes';
import type { Job, JobSurroundings } from './types';

type TrainJob = Extract<Job, { type: 'train' }>;

/** Rows that are learned from behind an end of an episode. */
const STILL = 10;
/** Between two words about how far it is. */
const SAYING_MS = 200;

/** What the first half of learning from pictures leaves to the second. */
export interface Sighted {
  /** What was recorded as latent states, all of it. */
  sight: OpenEpisodes;
  eyes: Eyes;
  /** What the training goes on from after all. */
  from: DynamicsModel | undefined;
  /** What whoever asked for it has to know, as sentences. */
  notes: string[];
}

/**
 * The first half of learning from pictures: an encoder, from what was seen in the episodes that are learned from; or the one of the
 * model that the training goes on from.
 * @throws ForesightError wrong-use, bad-data, cancelled
 */
export async function learnToSee(
  job: TrainJob,
  asked: DynamicsModel | undefined,
  { signal, onProgress }: JobSurroundings,
): Promise<Sighted> {
  const { channels, options } = job;
  const { class: own } = options;
  if (!isLatent(own)) throw new RangeError(`"${own.name}" does not learn from pictures`);
  const began = performance.now();
  const opened = openEpisodes(job.episodes);
  opened.close();
  const looking = (options: LatentOptions) => eyesOf(job.episodes, opened.stretches, options, channels);
  // What goes on keeps its eyes: what stands still in these episodes is not looked for.
  const seen = looking(asked?.eyes ? { ...own, steady: 0 } : own);
  const stretches = seenSoFar(job.episodes, opened.stretches, seen);
  const isAnew = asked?.eyes?.summary.ends === false && haveEnds(job.episodes, stretches);
  const from = isAnew ? undefined : asked;
  const summary = from?.eyes?.summary ?? (isAnew ? looking(own) : seen);
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
  const sight = await throughEyes(engine, eyes, seenIn(stretches), STILL);
  const notes = [...(from ? [] : steadied(summary)), ...(isAnew ? [knowsNoEnd(asked.summary)] : [])];
  return { eyes, sight, from, notes };
}

/** How far the cameras shook, and how their light changed, where pictures are steadied. */
const steadied = (summary: Eyes['summary']): string[] =>
  viewsOf(summary).flatMap(({ camera, steady }) => (steady ? [steadyWords(camera, steady)] : []));

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

/** Whether an episode has ended is no part of the state of such a model, and cannot become one: its weights have no place for it. */
const knowsNoEnd = ({ name, hash }: ModelSummary): string =>
  `It was trained anew and does not go on from "${name}" (${hash.slice(0, 8)}): that one knows of no end of an episode, and some of these have one.`;

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
