import { dirname } from 'node:path';
import { setTimeout as setTimeoutAsync } from 'node:timers/promises';
import { ForesightError } from '../../shared/errors';
import type { Evaluation, ModelSummary, TrainProgress } from '../../shared/model';
import type { PolicyEvaluation, PolicyProgress, PolicySummary } from '../../shared/policy';
import type { PolicyExport } from '../../shared/policy-training';
import { trainThreads } from '../dynamics/threads';
import { removeUnfinished } from '../files/write-whole';
import { workspacePaths } from '../log/workspace';
import { heardOf } from '../processes/heard';
import type { Host } from '../processes/port';
import type { JobEpisodes, LoggedEpisodes } from './episodes';
import type { ExportReport, FromTrainProcess, Job } from './types';

/**
 * The lowest there is, so that a control loop and its plans at 50 Hz stay on time beside a training: `foresight bench load`
 * had 99 % of plans 5 to 27 % slower beside it, with 15 up to 79 %.
 */
export const DEFAULT_NICE = 19;
/** A cancelled process that has not answered by then is ended: it may be in the middle of a long call or of compiling. */
const CANCEL_PATIENCE_MS = 80;
/** How long an ended process may take to be gone. */
const EXIT_PATIENCE_MS = 1000;
/** A process that says nothing for so long is still at it: whoever watches sees the seconds go on. */
const SILENCE_MS = 250;

export interface RunningJob<Result> {
  /** @throws cancelled, or what went wrong, also when the process died */
  result: Promise<Result>;
  /** Ends it within 200 ms, whatever it is doing; no half-written file is left. */
  cancel(): void;
}

type TrainJob = Extract<Job, { type: 'train' }>;
type EvaluateJob = Extract<Job, { type: 'evaluate' }>;
type ExportJob = Extract<Job, { type: 'export' }>;
type LearnJob = Extract<Job, { type: 'learn-policy' }>;
type ExportPolicyJob = Extract<Job, { type: 'export-policy' }>;
type EvaluatePolicyJob = Extract<Job, { type: 'evaluate-policy' }>;
type Asked<J extends Job> = Omit<J, 'type' | 'nice' | 'threads'> & { nice?: number };

const share = () => ({ nice: DEFAULT_NICE, threads: trainThreads() });

/**
 * Trains a model in a process of its own. The file lies in `folder` when the result is there.
 * @param hear.onCheckpoint the training can be resumed from its checkpoint's file as of now
 */
export function startTraining(
  host: Host,
  job: Asked<TrainJob>,
  hear: { onProgress?: (progress: TrainProgress) => void; onCheckpoint?: () => void } = {},
): RunningJob<{ file: string; summary: ModelSummary }> {
  const clock = runningClock((progress) => hear.onProgress?.(progress));
  const full: TrainJob = { ...share(), ...job, type: 'train' };
  const running = startJob(host, full, 'The training process', (message) => {
    if (message.type === 'progress') clock.report(message.progress);
    if (message.type === 'checkpointed') hear.onCheckpoint?.();
    return message.type === 'trained' ? { file: message.file, summary: message.summary } : undefined;
  });
  return { ...running, result: running.result.finally(() => clock.stop()) };
}

/** Passes progress on, and while none comes (compiling blocks its thread) the last one with the seconds going on. */
function runningClock(onProgress: (progress: TrainProgress) => void) {
  let last: { progress: TrainProgress; at: number } | undefined;
  let passedOn = performance.now();
  const pass = (progress: TrainProgress) => {
    passedOn = performance.now();
    onProgress(progress);
  };
  const timer = setInterval(() => {
    if (last === undefined || performance.now() - passedOn < SILENCE_MS) return;
    const silent = (performance.now() - last.at) / 1000;
    pass({ ...last.progress, secondsElapsed: last.progress.secondsElapsed + silent });
  }, SILENCE_MS);
  return {
    report(progress: TrainProgress) {
      last = { progress, at: performance.now() };
      pass(progress);
    },
    stop: () => clearInterval(timer),
  };
}

/** Evaluates a model file on episodes in a process of its own. */
export function startEvaluation(
  host: Host,
  job: Asked<EvaluateJob>,
  { onProgress }: { onProgress?: (progress: TrainProgress) => void } = {},
): RunningJob<Evaluation> {
  return startJob(host, { ...share(), ...job, type: 'evaluate' }, 'The evaluation process', (message) => {
    if (message.type === 'progress') onProgress?.(message.progress);
    return message.type === 'evaluated' ? message.evaluation : undefined;
  });
}

/**
 * Writes a model as an ONNX file and compares the file with the app's own predictions on recorded steps, in a
 * process of its own, because the engine would hold up the core.
 */
export function startExport(host: Host, job: Asked<ExportJob>): RunningJob<ExportReport> {
  return startJob(host, { ...share(), ...job, type: 'export' }, 'The export process', (message) =>
    message.type === 'exported' ? message.report : undefined,
  );
}

/** Learns a policy in a process of its own. The file lies in `folder` when the result is there. */
export function startLearning(
  host: Host,
  job: Asked<LearnJob>,
  hear: { onProgress?: (progress: PolicyProgress) => void; onCheckpoint?: () => void } = {},
): RunningJob<{ file: string; summary: PolicySummary }> {
  return startJob(host, { ...share(), ...job, type: 'learn-policy' }, 'The training process', (message) => {
    if (message.type === 'policy-progress') hear.onProgress?.(message.progress);
    if (message.type === 'checkpointed') hear.onCheckpoint?.();
    return message.type === 'policy-learned' ? { file: message.file, summary: message.summary } : undefined;
  });
}

/** Writes a policy as an ONNX file and compares the file with the app's own actions, in a process of its own. */
export function startPolicyExport(host: Host, job: Asked<ExportPolicyJob>): RunningJob<PolicyExport> {
  return startJob(host, { ...share(), ...job, type: 'export-policy' }, 'The export process', (message) =>
    message.type === 'policy-exported' ? message.report : undefined,
  );
}

/** Evaluates a policy file in a simulation, in a process of its own. */
export function startPolicyEvaluation(
  host: Host,
  job: Asked<EvaluatePolicyJob>,
  { onProgress }: { onProgress?: (progress: PolicyProgress) => void } = {},
): RunningJob<PolicyEvaluation> {
  return startJob(
    host,
    { ...share(), ...job, type: 'evaluate-policy' },
    'The evaluation process',
    (message) => {
      if (message.type === 'policy-progress') onProgress?.(message.progress);
      return message.type === 'policy-evaluated' ? message.evaluation : undefined;
    },
  );
}

const FROM_TRAIN_PROCESS: Record<FromTrainProcess['type'], true> = {
  ...{ 'policy-progress': true, 'policy-learned': true, 'policy-evaluated': true, 'policy-exported': true },
  ...{ progress: true, checkpointed: true, trained: true, evaluated: true, exported: true },
  ...{ cancelled: true, failed: true },
};

/** @param hear takes a message; what it returns is the job's result */
function startJob<Result>(
  host: Host,
  job: Job,
  label: string,
  hear: (message: FromTrainProcess) => Result | undefined,
): RunningJob<Result> {
  let cancel = () => {};
  let cancelled = false;
  const run = async (): Promise<Result> => {
    const child = await host.spawn('train-process', { label });
    const gone = new Promise<string>((resolve) => child.onClose(resolve));
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Result>((resolve, reject) => {
        if (cancelled) return reject(cancelledError(job));
        child.onMessage((received) => {
          const message = heardOf<FromTrainProcess>(FROM_TRAIN_PROCESS, received, label);
          if (!message) return;
          const result = hear(message);
          if (result !== undefined) resolve(result);
          else if (message.type === 'cancelled') reject(cancelledError(job));
          else if (message.type === 'failed') reject(ForesightError.fromShape(message.error));
        });
        gone.then((reason) => reject(cancelled ? cancelledError(job) : endedError(reason)));
        cancel = () => {
          child.post({ type: 'cancel' });
          timer ??= setTimeout(() => reject(cancelledError(job)), CANCEL_PATIENCE_MS);
        };
        child.post(job);
      });
    } catch (error) {
      child.kill();
      await Promise.race([gone, setTimeoutAsync(EXIT_PATIENCE_MS, undefined, { ref: false })]);
      if (child.pid !== undefined) await removeUnfinished(foldersOf(job), child.pid);
      throw error;
    } finally {
      clearTimeout(timer);
      child.kill();
    }
  };
  return {
    result: run(),
    cancel: () => {
      cancelled = true;
      cancel();
    },
  };
}

/** Folders that a job writes files to: pictures as it looks at them, and what comes of it. */
function foldersOf(job: Job): string[] {
  const own: string[] = [];
  if ('episodes' in job && isLogged(job.episodes)) own.push(workspacePaths(job.episodes.workspace).frames);
  if (job.type === 'export' || job.type === 'export-policy') own.push(dirname(job.file));
  if ('folder' in job) own.push(job.folder);
  if ('checkpoint' in job && job.checkpoint) own.push(dirname(job.checkpoint.file));
  return own;
}

const isLogged = (episodes: JobEpisodes | number | null): episodes is LoggedEpisodes =>
  typeof episodes === 'object' && episodes !== null && !Array.isArray(episodes);

function cancelledError(job: Job): ForesightError {
  const what = {
    ...{ train: 'training', evaluate: 'evaluation', export: 'export' },
    ...{ 'learn-policy': 'training', 'evaluate-policy': 'evaluation', 'export-policy': 'export' },
  }[job.type];
  return new ForesightError(
    'cancelled',
    `The ${what} was cancelled.`,
    'Start it again when you want its result.',
  );
}

function endedError(reason: string): ForesightError {
  return new ForesightError(
    'internal',
    reason,
    'Start it again, or resume a training from its checkpoint; if it ends once more, free memory or choose a smaller model.',
  );
}
