import type { EpisodeStretch, TrainProgress } from '../../shared/model';
import { isLatent } from '../../shared/model-options';
import { recalibrationOf } from '../../shared/verdict';
import { type Gathered, gather } from '../dynamics/data/gather';
import { chooseHoldOut } from '../dynamics/data/hold-out';
import { hashTransitions } from '../dynamics/data/step-rows';
import { learnedBy, stepsIn } from '../dynamics/data/stretches';
import { evaluateModel } from '../dynamics/evaluate';
import { knownTerritoryOf } from '../dynamics/known-territory';
import { readModel, writeModel } from '../dynamics/model-file';
import { trainThreads } from '../dynamics/threads';
import { trainModel } from '../dynamics/training/train';
import type { TrainingState } from '../dynamics/training/training-state';
import type { DynamicsModel, TrainingEpisode } from '../dynamics/types';
import { version } from '../installation/version';
import { openEngineOrDefault } from '../tensor';
import { type Checkpoint, encodeCheckpoint, readCheckpoint, requireSameData } from './checkpoint';
import { CHECKPOINT_SECONDS, CheckpointWriter } from './checkpoint-file';
import { openEpisodes, toJudge } from './episodes';
import { seenVerdict } from './latent-episodes';
import { giveEyes, latentJob, learnToSee, type Sighted } from './learn-to-see';
import { bytesNeeded, requireMemory } from './memory-needed';
import type { FromTrainProcess, Job, JobSurroundings } from './types';

type TrainJob = Extract<Job, { type: 'train' }>;

/** Between two words about how far reading is. */
const READING_MS = 200;

/** Trains, evaluates and writes the model. */
export async function train(job: TrainJob, surroundings: JobSurroundings): Promise<FromTrainProcess> {
  const from = job.fromModel === undefined ? undefined : await readModel(job.fromModel);
  if (isLatent(job.options.class)) {
    const sighted = await learnToSee(job, from, surroundings);
    const latent = latentJob(job, sighted.eyes);
    const material = readMaterial(latent, sighted.from, surroundings, sighted.sight);
    return trainOn(latent, sighted.from, material, surroundings, sighted);
  }
  return trainOn(job, from, readMaterial(job, from, surroundings), surroundings);
}

interface Material {
  gathered: Gathered;
  /** Kept out of it, as stretches and what of them is judged on; where nothing is, what is judged on is learned from. */
  keptOut: readonly EpisodeStretch[];
  judged: ReturnType<typeof toJudge>;
  /** A sample of what is learned from. */
  learned: readonly TrainingEpisode[];
}

/**
 * Everything that the training will need of the recording, before anything is computed: what is damaged or too much is said
 * at once and not after hours, and the log is closed again.
 */
function readMaterial(
  job: TrainJob,
  from: DynamicsModel | undefined,
  { onProgress }: JobSurroundings,
  episodes = openEpisodes(job.episodes),
): Material {
  try {
    const known = from && learnedBy(from.summary);
    const { learn, judge } = chooseHoldOut(episodes.stretches, job.last, known, from?.summary.keptOut);
    const { learnable } = episodes;
    const learned = learnable ? learn.map(learnable) : learn;
    const steps = stepsIn(learned);
    requireMemory(bytesNeeded(job.channels, job.options, steps, trainThreads()), steps);
    const gathered = gather(job.channels, { source: episodes.source, stretches: learned }, job.options, {
      onRows: readingProgress(job, steps, onProgress),
    });
    return {
      ...{ gathered, keptOut: judge },
      judged: toJudge(episodes, judge.length > 0 ? judge : episodes.stretches),
      learned: toJudge(episodes, learn).episodes,
    };
  } finally {
    episodes.close();
  }
}

async function trainOn(
  job: TrainJob,
  from: DynamicsModel | undefined,
  { gathered, keptOut, judged, learned }: Material,
  surroundings: JobSurroundings,
  { eyes, notes = [] }: Partial<Pick<Sighted, 'eyes' | 'notes'>> = {},
): Promise<FromTrainProcess> {
  const { signal, onProgress } = surroundings;
  let newest: TrainProgress | undefined;
  const dataHash = job.checkpoint ? hashTransitions(gathered.transitions) : '';
  const writer = job.checkpoint && checkpointWriter(job.checkpoint, dataHash, surroundings);
  const known = job.checkpoint?.resume ? await readCheckpoint(job.checkpoint.file) : undefined;
  if (known) requireSameData(known, dataHash);
  const model = await learnFrom(job, { gathered, from, known }, writer, {
    ...surroundings,
    onProgress: (progress) => {
      newest = progress;
      onProgress(progress);
    },
  });
  if (eyes) giveEyes(model, eyes);
  const { summary } = model;
  const learnedFrom = new Set(learnedBy(summary).map(({ episode }) => episode));
  const whole = keptOut.map(({ episode }) => episode).filter((id) => !learnedFrom.has(id));
  summary.keptOut = [...new Set([...summary.keptOut, ...whole])];
  summary.notes.push(...notes);
  if (writer?.problem) summary.notes.push(`It could not have been resumed: ${writer.problem}`);
  const progress = {
    ...newest,
    epoch: summary.epochs,
    secondsElapsed: summary.trainSeconds,
  } as TrainProgress;
  if (job.horizons.length > 0) {
    onProgress({ ...progress, phase: 'evaluating' });
    summary.evaluation = await evaluateModel(model, judged.episodes, {
      ...{ horizons: job.horizons, report: job.report, signal, among: judged.among },
      kind: keptOut.length > 0 ? 'unseen' : 'learned',
      onProgress: ({ part }) => onProgress({ ...progress, phase: 'evaluating', detail: part }),
    });
    summary.recalibration = recalibrationOf(summary.evaluation, summary);
    if (eyes) summary.evaluation.pictures = await pictureVerdict(job, model, keptOut);
  }
  const engine = await openEngineOrDefault(summary.options.engine);
  summary.knownTerritory = await knownTerritoryOf(engine, model, learned, trainThreads());
  const file = await writeModel(model, job.folder, version);
  await writer?.remove();
  onProgress({ ...progress, phase: 'done' });
  return { type: 'trained', file, summary };
}

/** On what was kept out or, where nothing was, on what was learned from. */
async function pictureVerdict(
  { episodes, options }: TrainJob,
  model: DynamicsModel,
  keptOut: readonly EpisodeStretch[],
) {
  const engine = await openEngineOrDefault(options.engine);
  const stretches = keptOut.length > 0 || Array.isArray(episodes) ? keptOut : episodes.stretches;
  return seenVerdict(engine, model, episodes, stretches);
}

/** Says how far reading is, where it takes long enough to be told. */
function readingProgress(
  { options }: TrainJob,
  steps: number,
  onProgress: JobSurroundings['onProgress'],
): (rows: number) => void {
  const began = performance.now();
  let said = began;
  return (rows) => {
    if (performance.now() - said < READING_MS) return;
    said = performance.now();
    onProgress({
      ...{ phase: 'loading', detail: `${Math.min(99, Math.floor((100 * rows) / steps))} % read` },
      ...{ epoch: 0, epochs: options.epochs, transitions: 0, trainLoss: null, holdOutLoss: null },
      secondsElapsed: (said - began) / 1000,
    });
  };
}

/** Trains from the beginning, from a model or from a checkpoint. */
async function learnFrom(
  job: TrainJob,
  {
    gathered,
    from,
    known,
  }: { gathered: Gathered; from: DynamicsModel | undefined; known: Checkpoint | undefined },
  writer: CheckpointWriter<TrainingState> | undefined,
  { signal, onProgress }: JobSurroundings,
): Promise<DynamicsModel> {
  const { name, rig, channels, options } = job;
  try {
    return await trainModel({
      ...{ name, rig, channels, options, episodes: gathered, signal, onProgress },
      workers: trainThreads(),
      ...(from && { from }),
      ...(known && { resume: known.state }),
      ...(writer && { checkpoint: writer }),
    });
  } catch (thrown) {
    await writer?.interrupted(thrown);
    throw thrown;
  }
}

function checkpointWriter(
  { file, info, everySeconds = CHECKPOINT_SECONDS }: NonNullable<TrainJob['checkpoint']>,
  dataHash: string,
  { onCheckpoint }: JobSurroundings,
): CheckpointWriter<TrainingState> {
  return new CheckpointWriter({
    ...{ file, everySeconds },
    encode: (state) => {
      const { fit, seconds } = state;
      const now = { savedAt: Date.now(), epoch: fit?.curve.length ?? 0, secondsElapsed: seconds };
      return encodeCheckpoint({ info: { ...info, ...now }, dataHash, state });
    },
    onWritten: onCheckpoint,
  });
}
