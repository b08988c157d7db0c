import { asForesightError } from '../../shared/errors';
import type { TrainProgress } from '../../shared/model';
import { recalibrationOf } from '../../shared/verdict';
import { chooseHoldOut } from '../dynamics/data/hold-out';
import { learnedBy } from '../dynamics/data/stretches';
import { evaluateModel } from '../dynamics/evaluate';
import { knownTerritoryOf } from '../dynamics/known-territory';
import { readModel, writeModel } from '../dynamics/model-file';
import { trainThreads } from '../dynamics/threads';
import { trainModel } from '../dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../dynamics/types';
import { version } from '../installation/version';
import { openEngineOrDefault } from '../tensor';
import { CheckpointWriter, hashData, readCheckpoint, requireSameData } from './checkpoint';
import type { FromTrainProcess, Job, JobSurroundings } from './types';

type TrainJob = Extract<Job, { type: 'train' }>;

/** A killed training loses at most so much. */
const CHECKPOINT_SECONDS = 5;

/** Trains, evaluates and writes the model. */
export async function train(job: TrainJob, surroundings: JobSurroundings): Promise<FromTrainProcess> {
  const { signal, onProgress } = surroundings;
  const from = job.fromModel === undefined ? undefined : await readModel(job.fromModel);
  const { learn: episodes, judge } = chooseHoldOut(
    job.episodes,
    job.last,
    from && learnedBy(from.summary),
    from?.summary.keptOut,
  );
  let newest: TrainProgress | undefined;
  const writer = job.checkpoint && checkpointWriter(job, job.checkpoint, episodes, surroundings);
  const model = await learn(job, { episodes, from }, writer, {
    ...surroundings,
    onProgress: (progress) => {
      newest = progress;
      onProgress(progress);
    },
  });
  const { summary } = model;
  const learnedFrom = new Set(learnedBy(summary).map(({ episode }) => episode));
  const whole = judge.map(({ id }) => id).filter((id) => !learnedFrom.has(id));
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
    summary.evaluation = await evaluateModel(model, tested ? judge : job.episodes, {
      ...{ horizons: job.horizons, report: job.report, signal, kind: tested ? 'unseen' : 'learned' },
      onProgress: ({ part }) => onProgress({ ...progress, phase: 'evaluating', detail: part }),
    });
    summary.recalibration = recalibrationOf(summary.evaluation, summary);
  }
  const engine = await openEngineOrDefault(summary.options.engine);
  summary.knownTerritory = await knownTerritoryOf(engine, model, episodes, trainThreads());
  const file = await writeModel(model, job.folder, version);
  await writer?.remove();
  onProgress({ ...progress, phase: 'done' });
  return { type: 'trained', file, summary };
}

/** Trains from the beginning, from a model or from a checkpoint. */
async function learn(
  job: TrainJob,
  { episodes, from }: { episodes: TrainingEpisode[]; from: DynamicsModel | undefined },
  writer: CheckpointWriter | undefined,
  { signal, onProgress }: JobSurroundings,
): Promise<DynamicsModel> {
  const known = job.checkpoint?.resume ? await readCheckpoint(job.checkpoint.file) : undefined;
  if (known) requireSameData(known, hashData(job.channels, episodes));
  const { name, rig, channels, options } = job;
  try {
    return await trainModel({
      ...{ name, rig, channels, options, episodes, signal, onProgress },
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
  { channels }: TrainJob,
  { file, info, everySeconds = CHECKPOINT_SECONDS }: NonNullable<TrainJob['checkpoint']>,
  episodes: TrainingEpisode[],
  { onCheckpoint }: JobSurroundings,
): CheckpointWriter {
  const dataHash = hashData(channels, episodes);
  return new CheckpointWriter({
    ...{ file, everySeconds },
    describe: ({ fit, seconds }) => ({
      info: { ...info, savedAt: Date.now(), epoch: fit?.curve.length ?? 0, secondsElapsed: seconds },
      dataHash,
    }),
    onWritten: onCheckpoint,
  });
}
