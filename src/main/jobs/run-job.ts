import { evaluateModel } from '../dynamics/evaluate';
import { checkExport, type ExportCheck, exportOnnx } from '../dynamics/export';
import { checkEyes, exportEyes } from '../dynamics/latent/export-eyes';
import { Seeing } from '../dynamics/latent/seeing';
import { readModel } from '../dynamics/model-file';
import type { DynamicsModel, Eyes } from '../dynamics/types';
import { version } from '../installation/version';
import { openEngineOrDefault } from '../tensor';
import { type JobEpisodes, openEpisodes, toJudge } from './episodes';
import { exportPolicyFile } from './export-policy-job';
import { openFor, readSeen, seenVerdict } from './latent-episodes';
import { evaluatePolicyFile, learnPolicy } from './learn-job';
import { train } from './train-job';
import type { FromTrainProcess, Job, JobSurroundings } from './types';

/** Does a job in this process and returns what to say about it. */
export async function runJob(job: Job, surroundings: JobSurroundings): Promise<FromTrainProcess> {
  switch (job.type) {
    case 'train':
      return train(job, surroundings);
    case 'evaluate':
      return evaluate(job, surroundings);
    case 'learn-policy':
      return learnPolicy(job, surroundings);
    case 'export-policy':
      return exportPolicyFile(job);
    case 'evaluate-policy':
      return evaluatePolicyFile(job, surroundings);
    case 'export': {
      const model = await readModel(job.modelFile);
      Object.assign(model.summary, job.known);
      await exportOnnx(model, job.file, { foresight: version });
      const episodes = await openFor(model, job.episodes);
      const judged = toJudge(episodes, episodes.stretches);
      episodes.close();
      const check = await checkExport(model, job.file, judged.episodes);
      if (model.eyes) await exportSight(model, model.eyes, job.file, job.episodes, check);
      return { type: 'exported', report: { file: job.file, ...check } };
    }
  }
}

/** Encoder and decoder beside the exported file, the encoder checked on recorded pictures. */
async function exportSight(
  model: DynamicsModel,
  eyes: Eyes,
  file: string,
  given: JobEpisodes,
  check: ExportCheck,
): Promise<void> {
  await exportEyes(model, eyes, file, version);
  const { stretches, close } = openEpisodes(given);
  close();
  const engine = await openEngineOrDefault(model.summary.options.engine);
  const seeing = await Seeing.open(engine, eyes, 1);
  try {
    const seen = await readSeen(given, stretches, eyes.summary);
    const { largestDifference } = await checkEyes(seeing, file, seen);
    check.channels.push({
      name: 'encoder',
      unit: '1',
      absolute: largestDifference,
      relative: largestDifference,
    });
    check.largestDifference = Math.max(check.largestDifference, largestDifference);
  } finally {
    await seeing.dispose();
  }
}

async function evaluate(
  { modelFile, episodes: given, kind, horizons, report }: Extract<Job, { type: 'evaluate' }>,
  { signal, onProgress }: JobSurroundings,
): Promise<FromTrainProcess> {
  const model = await readModel(modelFile);
  const { summary } = model;
  const started = performance.now();
  const opened = await openFor(model, given);
  const { episodes, among } = toJudge(opened, opened.stretches);
  opened.close();
  const evaluation = await evaluateModel(model, episodes, {
    ...{ kind, horizons, report, signal, among },
    onProgress: ({ part, done, total }) =>
      onProgress({
        ...{ phase: 'evaluating', detail: part, epoch: done, epochs: total },
        ...{ trainLoss: null, holdOutLoss: null, transitions: summary.transitions },
        secondsElapsed: (performance.now() - started) / 1000,
      }),
  });
  if (model.eyes) {
    const engine = await openEngineOrDefault(summary.options.engine);
    evaluation.pictures = await seenVerdict(engine, model, given, opened.stretches);
  }
  return { type: 'evaluated', evaluation };
}
