import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { ForesightError } from '../../shared/errors';
import type { ModelSummary, TrainOptions, TrainProgress } from '../../shared/model';
import { Random } from '../../shared/random';
import { openEngine } from '../tensor';
import { adamSchedule, optimiserState } from './adam';
import { BatchSampler } from './batches';
import { BestWeights } from './best-weights';
import { collectTransitions, fitNormaliser, MIN_TRANSITIONS, normalise, splitTransitions } from './dataset';
import { initialWeights } from './initial-weights';
import { modelHash } from './model-file';
import { networkLayout } from './network';
import { smoothEpisodes } from './smoothing';
import { compilePrograms, type Rows, type State } from './train-programs';
import type { DynamicsModel, ModelChannels, NamedArray, Normaliser, TrainingEpisode } from './types';

/** Optimisation steps in one engine call: more saves little and makes cancelling and compiling slower. */
export const UNROLL = 8;
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
 * Trains an ensemble on recorded transitions (PETS, Chua et al. 2018): bootstrapped members, Gaussian negative
 * log-likelihood, Adam. After every pass over the data each member is judged by the likelihood of the hold-out, its
 * best weights are kept, and training ends when no member has gained 1 % for `patience` passes. The same
 * request gives the same weights on the same machine.
 * @throws bad-data, cancelled, unavailable (the engine)
 */
export async function trainModel(request: TrainRequest): Promise<DynamicsModel> {
  const { channels, options, signal } = request;
  const report = progressReporter(request);
  report({ phase: 'loading' });
  const data = prepareData(request);
  const layout = networkLayout({ ...channels, options });
  const random = new Random(options.seed);
  const weights = initialWeights(layout, options, random.fork('weights'));
  const batch = Math.min(options.batchSize, data.train.rows);

  report({ phase: 'compiling', transitions: data.transitions });
  const engine = await openEngine(options.engine);
  const programs = await compilePrograms(engine, {
    ...{ weights, layout, batch, unroll: UNROLL, options },
    holdOut: data.holdOut,
  });
  try {
    const sampler = new BatchSampler(data.train, { members: options.members, batch, unroll: UNROLL }, random);
    const callsPerEpoch = Math.max(1, Math.round(data.train.rows / batch / UNROLL));
    const best = new BestWeights(weights);
    const curve: ModelSummary['curve'] = [];
    let state = arraysOf(new Map([...weights, ...optimiserState(weights)]));
    let steps = 0;
    let epoch = 0;
    while (epoch < options.epochs && best.epochsWithoutImprovement < options.patience) {
      const losses: Float32Array[] = [];
      for (let call = 0; call < callsPerEpoch; call++) {
        const schedule = adamSchedule(options.learningRate, steps + 1, UNROLL);
        const outputs = await programs.step({ ...state, ...sampler.next(), schedule });
        steps += UNROLL;
        state = outputs.state;
        losses.push(outputs.nll);
        await breathe(signal);
      }
      epoch++;
      const trainLoss = mean(losses.map(mean));
      if (!Number.isFinite(trainLoss)) throw divergedError(epoch, options.learningRate);
      const judged = programs.judge && (await programs.judge(state));
      best.update(judged ?? meanByMember(losses), state);
      curve.push({ epoch, train: trainLoss, holdOut: judged ? mean(judged) : null });
      report({ phase: 'training', epoch, trainLoss, holdOutLoss: judged ? [...judged] : null });
    }
    return assemble(request, { data, best, curve, epochs: epoch, seconds: report.seconds() });
  } finally {
    await programs.dispose();
  }
}

interface TrainingData {
  transitions: number;
  train: Rows;
  holdOut: Rows | undefined;
  normaliser: Normaliser;
  notes: string[];
}

function prepareData({ channels, episodes, options }: TrainRequest): TrainingData {
  const smoothed = smoothEpisodes(channels, episodes, options.smoothingSeconds);
  const transitions = collectTransitions(channels, smoothed.episodes);
  if (transitions.count < MIN_TRANSITIONS) {
    throw new ForesightError(
      'bad-data',
      `There are ${transitions.count} transitions in ${episodes.length} episodes; a model needs at least ${MIN_TRANSITIONS}.`,
      'Record more, or choose more episodes.',
    );
  }
  const split = splitTransitions(
    transitions.count,
    options.holdOut,
    new Random(options.seed).fork('hold-out'),
  );
  const { normaliser, notes } = fitNormaliser(transitions, split.train);
  notes.push(...smoothed.notes);
  if (transitions.irregular > 0) {
    notes.push(
      `${transitions.irregular} steps that did not take one control period on the device's clock were left out.`,
    );
  }
  const rowsOf = (rows: Int32Array): Rows => ({
    rows: rows.length,
    inputs: normalise(transitions.inputs, normaliser.inputMean, normaliser.inputStd, rows),
    targets: normalise(transitions.targets, normaliser.targetMean, normaliser.targetStd, rows),
  });
  if (split.holdOut.length === 0 && options.holdOut > 0) {
    notes.push(
      'Too few transitions for a hold-out: the training loss decided when to stop and who is an elite.',
    );
  }
  if (split.train.length < options.batchSize) {
    notes.push(
      `The batch was cut from ${options.batchSize} to ${split.train.length} transitions, all there are to learn from.`,
    );
  }
  return {
    transitions: transitions.count,
    train: rowsOf(split.train),
    holdOut: split.holdOut.length > 0 ? rowsOf(split.holdOut) : undefined,
    normaliser,
    notes,
  };
}

function assemble(
  { name, rig, channels, episodes, options }: TrainRequest,
  result: {
    data: TrainingData;
    best: BestWeights;
    curve: ModelSummary['curve'];
    epochs: number;
    seconds: number;
  },
): DynamicsModel {
  const { data, best, curve, epochs, seconds } = result;
  const model: DynamicsModel = {
    summary: {
      ...{ hash: '', name, rig, options, ...channels, curve, epochs, notes: data.notes },
      createdAt: Date.now(),
      transitions: data.transitions,
      episodes: episodes.map(({ id }) => id),
      trainSeconds: seconds,
      holdOutLoss: [...best.losses],
      elites: best.elites(Math.min(options.elites, options.members)),
      evaluation: null,
    },
    weights: best.weights,
    normaliser: data.normaliser,
  };
  model.summary.hash = modelHash(model);
  return model;
}

interface Reporter {
  (change: Partial<TrainProgress> & Pick<TrainProgress, 'phase'>): void;
  /** Since the training began. */
  seconds(): number;
}

/** Keeps the newest progress and passes it on, at once when the phase changes and else not too often. */
function progressReporter({ options, onProgress }: TrainRequest): Reporter {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let reported = Number.NEGATIVE_INFINITY;
  let progress: TrainProgress = {
    ...{ phase: 'loading', epoch: 0, epochs: options.epochs, transitions: 0, secondsElapsed: 0 },
    ...{ trainLoss: null, holdOutLoss: null },
  };
  const report = (change: Partial<TrainProgress> & Pick<TrainProgress, 'phase'>) => {
    const due = change.phase !== progress.phase || performance.now() - reported >= PROGRESS_PERIOD_MS;
    progress = { ...progress, ...change, secondsElapsed: seconds() };
    if (!due) return;
    reported = performance.now();
    onProgress?.(progress);
  };
  return Object.assign(report, { seconds });
}

/** Lets messages in (a cancel, say) between two calls, which block the thread. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  if (signal?.aborted) {
    throw new ForesightError(
      'cancelled',
      'The training was cancelled.',
      'Start it again when you want the model.',
    );
  }
}

function divergedError(epoch: number, learningRate: number): ForesightError {
  return new ForesightError(
    'bad-data',
    `The training diverged in pass ${epoch}: its loss is no number any more.`,
    `Choose a learning rate below ${learningRate}, or look for wild values in the episodes.`,
  );
}

function arraysOf(arrays: Map<string, NamedArray>): State {
  return Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** [members], averaged over calls. */
function meanByMember(calls: readonly Float32Array[]): number[] {
  return Array.from({ length: calls[0]?.length ?? 0 }, (_, member) =>
    mean(calls.map((losses) => losses[member] as number)),
  );
}
