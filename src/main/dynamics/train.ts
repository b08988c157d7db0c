import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { ForesightError } from '../../shared/errors';
import type { ModelSummary, TrainOptions, TrainProgress } from '../../shared/model';
import { Random } from '../../shared/random';
import { type Engine, openEngine } from '../tensor';
import { modelClass, requireLoss } from './classes';
import type { DirectClass, Fitted } from './classes/types';
import { fitByGradient } from './fit';
import { lossMethod } from './losses';
import { modelHash } from './model-file';
import { trainThreads } from './train-programs';
import { pickRows, prepareData, type TrainingData } from './training-data';
import type { DynamicsModel, ModelChannels, TrainingEpisode } from './types';

const PROGRESS_PERIOD_MS = 125;

export interface TrainRequest {
  name: string;
  rig: string;
  channels: ModelChannels;
  episodes: TrainingEpisode[];
  options: TrainOptions;
  /** Called at most about eight times a second, and at every change of phase. */
  onProgress?: (progress: TrainProgress) => void;
  /** Aborting ends the training within one engine call; it then throws `cancelled`. */
  signal?: AbortSignal;
}

/**
 * Trains a model of the chosen class with the chosen loss on recorded transitions. The same request gives the same
 * weights on the same machine.
 * @throws bad-data, wrong-use (a loss that the class cannot be trained with), cancelled, unavailable (the engine)
 */
export async function trainModel(request: TrainRequest): Promise<DynamicsModel> {
  const { channels, options, episodes } = request;
  requireLoss(options);
  const report = progressReporter(request);
  await report({ phase: 'loading' });
  let data = prepareData(channels, episodes, options);
  await report({ phase: 'compiling', transitions: data.transitions.count });
  const engine = await openEngine(options.engine);
  const method = lossMethod(options.loss.name);
  let best: { model: DynamicsModel; error: number } | undefined;
  for (let round = 1; ; round++) {
    const fitted = await fitOnce(request, data, engine, report, round);
    const model = assemble(request, data, fitted, report.seconds());
    if (!method.refine) return model;
    const { error, notes, data: more } = await method.refine(options.loss, { model, data, engine, round });
    model.summary.notes.push(...notes);
    if (best === undefined || error < best.error) best = { model, error };
    if (more === undefined) return best.model;
    data = more;
  }
}

function fitOnce(
  { options }: TrainRequest,
  data: TrainingData,
  engine: Engine,
  report: Reporter,
  round: number,
): Promise<Fitted> {
  const one = modelClass(options.class.name);
  const random = new Random(options.seed).fork(round === 1 ? 'fit' : `fit ${round}`);
  if (one.kind === 'gradient') return fitByGradient({ data, options, engine, random, report });
  return (one as DirectClass).fit({
    layout: data.layout,
    options: options.class,
    train: pickRows(data.all, data.split.train),
    holdOut: data.split.holdOut.length > 0 ? pickRows(data.all, data.split.holdOut) : undefined,
    engine,
    threads: trainThreads(),
    random,
    progress: (step, steps, trainLoss, detail = '') =>
      report({ phase: 'training', epoch: step, epochs: steps, trainLoss, detail }),
  });
}

function assemble(
  { name, rig, channels, episodes, options }: TrainRequest,
  data: TrainingData,
  { weights, losses, curve, epochs, notes }: Fitted,
  seconds: number,
): DynamicsModel {
  const elites = modelClass(options.class.name).elites(options.class);
  const summary: ModelSummary = {
    ...{ hash: '', name, rig, options, ...channels, curve, epochs },
    createdAt: Date.now(),
    transitions: data.recorded,
    episodes: episodes.map(({ id }) => id),
    trainSeconds: seconds,
    holdOutLoss: losses,
    elites: best(losses, elites),
    parent: null,
    recalibration: null,
    evaluation: null,
    notes: [...data.notes, ...notes],
  };
  const model: DynamicsModel = { summary, weights, normaliser: data.normaliser };
  summary.hash = modelHash(model);
  return model;
}

/** The members with the lowest losses, best first. */
function best(losses: readonly number[], count: number): number[] {
  const members = [...losses.keys()];
  members.sort((a, b) => (losses[a] as number) - (losses[b] as number) || a - b);
  return members.slice(0, count);
}

export interface Reporter {
  /**
   * Passes progress on, at once when the phase changes and else not too often, and lets messages in (a cancel, say)
   * between two engine calls, which block the thread. @throws cancelled
   */
  (change: Partial<TrainProgress> & Pick<TrainProgress, 'phase'>): Promise<void>;
  /** Since the training began. */
  seconds(): number;
}

function progressReporter({ options, onProgress, signal }: TrainRequest): Reporter {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let reported = Number.NEGATIVE_INFINITY;
  let progress: TrainProgress = {
    ...{ phase: 'loading', epoch: 0, epochs: options.epochs, transitions: 0, secondsElapsed: 0 },
    ...{ trainLoss: null, holdOutLoss: null, detail: '' },
  };
  const report = async (change: Partial<TrainProgress> & Pick<TrainProgress, 'phase'>) => {
    const due = change.phase !== progress.phase || performance.now() - reported >= PROGRESS_PERIOD_MS;
    progress = { ...progress, ...change, secondsElapsed: seconds() };
    if (due) {
      reported = performance.now();
      onProgress?.(progress);
    }
    await setImmediate();
    if (!signal?.aborted) return;
    throw new ForesightError(
      'cancelled',
      'The training was cancelled.',
      'Start it again when you want the model.',
    );
  };
  return Object.assign(report, { seconds });
}
