import { ForesightError } from '../../shared/errors';
import type { Evaluation, ModelSummary, TrainProgress } from '../../shared/model';
import type { Host } from '../port';
import type { Job } from './run-job';
import type { ExportReport, FromTrainProcess } from './types';

/** Low enough that a control loop and its plans at 50 Hz stay on time beside a training. */
export const DEFAULT_NICE = 15;
/** A cancelled process that has not answered by then is ended. */
const CANCEL_PATIENCE_MS = 3000;

export interface RunningJob<Result> {
  /** @throws cancelled, or what went wrong, also when the process died */
  result: Promise<Result>;
  /** Asks the process to stop; it does between two engine calls. */
  cancel(): void;
}

type TrainJob = Extract<Job, { type: 'train' }>;
type EvaluateJob = Extract<Job, { type: 'evaluate' }>;
type ExportJob = Extract<Job, { type: 'export' }>;

/** Trains a model in a process of its own. The file lies in `folder` when the result is there. */
export function startTraining(
  host: Host,
  job: Omit<TrainJob, 'type' | 'nice'> & { nice?: number },
  { onProgress }: { onProgress?: (progress: TrainProgress) => void } = {},
): RunningJob<{ file: string; summary: ModelSummary }> {
  return startJob(host, { nice: DEFAULT_NICE, ...job, type: 'train' }, 'The training process', (message) => {
    if (message.type === 'progress') onProgress?.(message.progress);
    return message.type === 'trained' ? { file: message.file, summary: message.summary } : undefined;
  });
}

/** Evaluates a model file on episodes in a process of its own. */
export function startEvaluation(
  host: Host,
  job: Omit<EvaluateJob, 'type' | 'nice'> & { nice?: number },
): RunningJob<Evaluation> {
  return startJob(
    host,
    { nice: DEFAULT_NICE, ...job, type: 'evaluate' },
    'The evaluation process',
    (message) => (message.type === 'evaluated' ? message.evaluation : undefined),
  );
}

/**
 * Writes a model as an ONNX file and compares the file with the app's own predictions on recorded steps, in a
 * process of its own, because the engine would hold up the core.
 */
export function startExport(
  host: Host,
  job: Omit<ExportJob, 'type' | 'nice'> & { nice?: number },
): Promise<ExportReport> {
  return startJob(host, { nice: DEFAULT_NICE, ...job, type: 'export' }, 'The export process', (message) =>
    message.type === 'exported' ? message.report : undefined,
  ).result;
}

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
    try {
      return await new Promise<Result>((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined;
        const settle = (action: () => void) => {
          clearTimeout(timer);
          action();
        };
        child.onMessage((received) => {
          const message = received as FromTrainProcess;
          const result = hear(message);
          if (result !== undefined) settle(() => resolve(result));
          else if (message.type === 'cancelled') settle(() => reject(cancelledError(job)));
          else if (message.type === 'failed') settle(() => reject(ForesightError.fromShape(message.error)));
        });
        child.onClose((reason) => settle(() => reject(cancelled ? cancelledError(job) : endedError(reason))));
        cancel = () => {
          if (timer !== undefined) return;
          child.post({ type: 'cancel' });
          timer = setTimeout(() => reject(cancelledError(job)), CANCEL_PATIENCE_MS);
        };
        child.post(job);
        if (cancelled) cancel();
      });
    } finally {
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

function cancelledError(job: Job): ForesightError {
  const what = { train: 'training', evaluate: 'evaluation', export: 'export' }[job.type];
  return new ForesightError(
    'cancelled',
    `The ${what} was cancelled.`,
    'Start it again when you want its result.',
  );
}

function endedError(reason: string): ForesightError {
  return new ForesightError(
    'internal',
    `${reason} Its work is lost.`,
    'Start it again; if it ends once more, free memory or choose a smaller model.',
  );
}
