import { asForesightError } from '../../shared/errors';
import type { TrainProgress } from '../../shared/model';
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
import type { DynamicsModel } from '../dynamics/types';
import { version } from '../installation/version';
import { openEngineOrDefault } from '../tensor';
import { type Checkpoint, CheckpointWriter, readCheckpoint, requireSameData } from './checkpoint';
import { type OpenEpisodes, openEpisodes, toJudge } from './episodes';
import { bytesNeeded, requireMemory } from './memory-needed';
import type { FromTrainProcess, Job, JobSurroundings } from './types';

type TrainJob = Extract<Job, { type: 'train' }>;

/** A killed training loses at most so much. */
const CHECKPOINT_SECONDS = 5;

/** Between two words about how far reading is. */
const READING_MS = 200;

/** Trains, evaluates and writes the model. */
export async function train(job: TrainJob, surroundings: JobSurroundings): Promise<FromTrainProcess> {
  const episodes = openEpisodes(job.episodes);
  try {
    return await trainOn(job, episodes, surroundings);
  } finally {
    episodes.close();
  }
}

async function trainOn(
  job: TrainJob,
  episodes: OpenEpisodes,
  surroundings: JobSurroundings,
): Promise<FromTrainProcess> {
  const { signal, onProgress } = surroundings;
  const from = job.fromModel === undefined ? undefined : await readModel(job.fromModel);
  const { learn, judge } = chooseHoldOut(
    episodes.stretches,
    job.last,
    from && learnedBy(from.summary),
    from?.summary.keptOut,
  );
  const steps = stepsIn(learn);
  requireMemory(bytesNeeded(job.channels, job.options, steps, trainThreads()), steps);
  const gathered = gather(job.channels, { source: episodes.source, stretches: learn }, job.options, {
    onRows: readingProgress(job, steps, onProgress),
  });
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
  const { summary } = model;
  const learnedFrom = new Set(learnedBy(summary).map(({ episode }) => episode));
  const whole = judge.map(({ episode }) => episode).filter((id) => !learnedFrom.has(id));
  summary.keptOut = [...new Set([...summary.keptOut, ...whole])];
  if (writer?.problem) summary.notes.push(`It could not have been resumed: ${writer.problem}`);
  const progress = {
    ...newest,
    epoch: summary.epochs,
    secondsElapsed: summary.trainSeconds,
  } as TrainProgress;
  if (job.horizons.length > 0) {
    onProgress({ ...progress, phase: 'evaluating' });
    const tested = judge.length > 0;
    const judged = toJudge(episodes, tested ? judge : episodes.stretches);
    summary.evaluation = await evaluateModel(model, judged.episodes, {
      ...{ horizons: job.horizons, report: job.report, signal, among: judged.among },
      kind: tested ? 'unseen' : 'learned',
      onProgress: ({ part }) => onProgress({ ...progress, phase: 'evaluating', detail: part }),
    });
    summary.recalibration = recalibrationOf(summary.evaluation, summary);
  }
  const engine = await openEngineOrDefault(summary.options.engine);
  const sample = toJudge(episodes, learn).episodes;
  summary.knownTerritory = await knownTerritoryOf(engine, model, sample, trainThreads());
  const file = await writeModel(model, job.folder, version);
  await writer?.remove();
  onProgress({ ...progress, phase: 'done' });
  return { type: 'trained', file, summary };
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
  writer: CheckpointWriter | undefined,
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
    // What fails because of its data or options fails again; what was interrupted can go on.
    const { code } = asForesightError(thrown);
    if (code === 'bad-data' || code === 'wrong-use') await writer?.remove();
    throw thrown;
  }
}

function checkpointWriter(
  { file, info, everySeconds = CHECKPOINT_SECONDS }: NonNullable<TrainJob['checkpoint']>,
  dataHash: string,
  { onCheckpoint }: JobSurroundings,
): CheckpointWriter {
  return new CheckpointWriter({
    ...{ file, everySeconds },
    describe: ({ fit, seconds }) => ({
      info: { ...info, savedAt: Date.now(), epoch: fit?.curve.length ?? 0, secondsElapsed: seconds },
      dataHash,
    }),
    onWritten: onCheckpoint,
  });
}
