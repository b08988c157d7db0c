import type { TrainProgress } from '../../shared/model';
import { splitEpisodes } from '../dynamics/dataset';
import { evaluateModel } from '../dynamics/evaluate';
import { checkExport, exportOnnx } from '../dynamics/export';
import { readModel, writeModel } from '../dynamics/model-file';
import { trainModel } from '../dynamics/train';
import { version } from '../version';
import type { FromTrainProcess, ToTrainProcess } from './types';

export type Job = Exclude<ToTrainProcess, { type: 'cancel' }>;

export interface JobSurroundings {
  signal: AbortSignal;
  onProgress(progress: TrainProgress): void;
}

/** Does a job in this process and returns what to say about it. */
export async function runJob(job: Job, surroundings: JobSurroundings): Promise<FromTrainProcess> {
  switch (job.type) {
    case 'train':
      return train(job, surroundings);
    case 'evaluate': {
      const model = await readModel(job.modelFile);
      const options = { horizons: job.horizons, signal: surroundings.signal };
      return { type: 'evaluated', evaluation: await evaluateModel(model, job.episodes, options) };
    }
    case 'export': {
      const model = await readModel(job.modelFile);
      await exportOnnx(model, job.file, { foresight: version });
      const check = await checkExport(model, job.file, job.episodes);
      return { type: 'exported', report: { file: job.file, ...check } };
    }
  }
}

async function train(
  job: Extract<Job, { type: 'train' }>,
  { signal, onProgress }: JobSurroundings,
): Promise<FromTrainProcess> {
  const last = job.last ?? 0;
  const parts = splitEpisodes(job.episodes, last);
  let newest: TrainProgress | undefined;
  const model = await trainModel({
    ...job,
    episodes: parts.first,
    signal,
    onProgress: (progress) => {
      newest = progress;
      onProgress(progress);
    },
  });
  const { summary } = model;
  const progress = {
    ...newest,
    epoch: summary.epochs,
    secondsElapsed: summary.trainSeconds,
  } as TrainProgress;
  if (job.horizons.length > 0) {
    onProgress({ ...progress, phase: 'evaluating' });
    if (last === 0)
      summary.notes.push('Evaluated on the episodes it learned from, so it looks better than it is.');
    const judgedOn = last === 0 ? job.episodes : parts.last;
    summary.evaluation = await evaluateModel(model, judgedOn, { horizons: job.horizons, signal });
  }
  const file = await writeModel(model, job.folder, version);
  onProgress({ ...progress, phase: 'done' });
  return { type: 'trained', file, summary };
}
