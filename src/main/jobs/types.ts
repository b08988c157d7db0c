import type { ErrorShape } from '../../shared/errors';
import type {
  CheckpointInfo,
  EvaluateOptions,
  Evaluation,
  JudgedOn,
  ModelSummary,
  TrainOptions,
  TrainProgress,
} from '../../shared/model';
import type { EngineName } from '../../shared/model-options';
import type { AlgorithmOptions, PolicyEvaluation, PolicyProgress, PolicySummary } from '../../shared/policy';
import type { PolicyCheckpointInfo, PolicyExport, PolicyTrainInput } from '../../shared/policy-training';
import type { Rig } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import type { ExportCheck } from '../dynamics/export';
import type { ModelChannels } from '../dynamics/types';
import type { JobEpisodes } from './episodes';

type VerdictOptions = Pick<EvaluateOptions, 'trustedFraction'>;

/** How much of the computer a job may take. */
interface Share {
  /** Niceness, 0 (no change) to 19. */
  nice: number;
  /** Threads that it may compute on, as many as whoever started it may. */
  threads: number;
}

/** What a training process is told and what it tells. Episodes of a log it reads by itself. */
export type ToTrainProcess =
  | ({
      type: 'train';
      name: string;
      rig: string;
      channels: ModelChannels;
      episodes: JobEpisodes;
      options: TrainOptions;
      /** Folder that the finished model file goes into, as <sha256>.safetensors. */
      folder: string;
      /** Horizons of the k-step evaluation; empty for none. */
      horizons: number[];
      /** Asks for the full verdict; only errors when left out. */
      report?: VerdictOptions;
      /**
       * What is not learned from but judged on, as chooseHoldOut takes it. Where it comes to nothing, the evaluation is on
       * the episodes learned from, and says so.
       */
      last: number | null;
      /** File of the model that the training goes on from. */
      fromModel?: string;
      /** Where the training is kept while it runs, to be resumed when it is interrupted; nowhere when left out. */
      checkpoint?: CheckpointJob;
    } & Share)
  | ({
      type: 'evaluate';
      modelFile: string;
      episodes: JobEpisodes;
      /** Whether the model learned from any of them. */
      kind: JudgedOn['kind'];
      horizons: number[];
      /** Asks for the full verdict; only errors when left out. */
      report?: VerdictOptions;
    } & Share)
  | ({
      type: 'export';
      modelFile: string;
      /** What is known of the model by now, which may be more than its file says. */
      known?: Pick<ModelSummary, 'name' | 'evaluation' | 'recalibration'>;
      /** Where the ONNX file goes. */
      file: string;
      /** Recorded steps that it is checked on. */
      episodes: JobEpisodes;
    } & Share)
  | ({
      type: 'learn-policy';
      name: string;
      /** What it acts in, with the name and the limits of the rig that it is for. */
      rig: Rig;
      task: TaskFile;
      algorithm: AlgorithmOptions;
      seed: number;
      engine: EngineName;
      history: number;
      where: PolicyTrainInput['where'];
      /** Recorded steps that it learns from; null for none. */
      episodes: JobEpisodes | null;
      /** File of the model that it is given. */
      modelFile: string | null;
      /** File of the policy that it goes on from; null where it begins anew. */
      beginFile: string | null;
      /** The same as numbers and hashes, for the record. */
      ground: Pick<PolicySummary, 'episodes' | 'model' | 'from'>;
      /** At the end; null where there is no simulation. */
      evaluation: { episodes: number; seed: number } | null;
      /** And every so many steps; 0: not. */
      evaluateEvery: number;
      /** Folder that the finished policy file goes into, as <sha256>.safetensors. */
      folder: string;
      checkpoint?: PolicyCheckpointJob;
    } & Share)
  | ({
      type: 'export-policy';
      policyFile: string;
      /** What is known of the policy by now, which may be more than its file says. */
      known: Pick<PolicySummary, 'name' | 'evaluation'>;
      /** Where the ONNX file goes. */
      file: string;
      /** Whose simulation, or else whose recorded episodes, it is checked on. */
      rig: Rig;
      simulated: boolean;
      episodes: JobEpisodes | null;
    } & Share)
  | ({
      type: 'evaluate-policy';
      policyFile: string;
      rig: Rig;
      engine: EngineName;
      episodes: number;
      seed: number;
    } & Share)
  | { type: 'cancel' };

/** As a CheckpointJob. */
export interface PolicyCheckpointJob {
  file: string;
  info: Omit<PolicyCheckpointInfo, 'savedAt' | 'steps' | 'secondsElapsed'>;
  resume: boolean;
  everySeconds?: number;
}

export interface CheckpointJob {
  file: string;
  /** What the file says about the training beside how far it is. */
  info: Omit<CheckpointInfo, 'savedAt' | 'epoch' | 'secondsElapsed'>;
  /** Go on from the file instead of beginning. */
  resume: boolean;
  /** Every five seconds when left out. */
  everySeconds?: number;
}

/** An exported file and how far its predictions are from the app's own. */
export interface ExportReport extends ExportCheck {
  file: string;
}

export type FromTrainProcess =
  | { type: 'progress'; progress: TrainProgress }
  /** The checkpoint's file was written. */
  | { type: 'checkpointed' }
  | { type: 'trained'; file: string; summary: ModelSummary }
  | { type: 'evaluated'; evaluation: Evaluation }
  | { type: 'exported'; report: ExportReport }
  | { type: 'policy-progress'; progress: PolicyProgress }
  | { type: 'policy-learned'; file: string; summary: PolicySummary }
  | { type: 'policy-evaluated'; evaluation: PolicyEvaluation }
  | { type: 'policy-exported'; report: PolicyExport }
  | { type: 'cancelled' }
  | { type: 'failed'; error: ErrorShape };

/** What a training process can be asked to do. */
export type Job = Exclude<ToTrainProcess, { type: 'cancel' }>;

export interface JobSurroundings {
  signal: AbortSignal;
  onProgress(progress: TrainProgress): void;
  onPolicyProgress(progress: PolicyProgress): void;
  onCheckpoint(): void;
}
