import type { ErrorShape } from '../../shared/errors';
import type { Evaluation, ModelSummary, TrainOptions, TrainProgress } from '../../shared/model';
import type { ExportCheck } from '../dynamics/export';
import type { ModelChannels, TrainingEpisode } from '../dynamics/types';

/** What a training process is told and what it tells. Episodes travel in the message; the process opens no database. */
export type ToTrainProcess =
  | {
      type: 'train';
      name: string;
      rig: string;
      channels: ModelChannels;
      episodes: TrainingEpisode[];
      options: TrainOptions;
      /** Folder that the finished model file goes into, as <sha256>.safetensors. */
      folder: string;
      /** Horizons of the k-step evaluation; empty for none. */
      horizons: number[];
      /**
       * Share at the end of every episode that is not learned from but evaluated on. Without it the evaluation is
       * on the episodes learned from, and the model's notes say so.
       */
      last?: number;
      /** Niceness, 0 (no change) to 19. */
      nice: number;
    }
  | {
      type: 'evaluate';
      modelFile: string;
      episodes: TrainingEpisode[];
      horizons: number[];
      nice: number;
    }
  | {
      type: 'export';
      modelFile: string;
      /** Where the ONNX file goes. */
      file: string;
      /** Recorded steps that it is checked on. */
      episodes: TrainingEpisode[];
      nice: number;
    }
  | { type: 'cancel' };

/** An exported file and how far its predictions are from the app's own. */
export interface ExportReport extends ExportCheck {
  file: string;
}

export type FromTrainProcess =
  | { type: 'progress'; progress: TrainProgress }
  | { type: 'trained'; file: string; summary: ModelSummary }
  | { type: 'evaluated'; evaluation: Evaluation }
  | { type: 'exported'; report: ExportReport }
  | { type: 'cancelled' }
  | { type: 'failed'; error: ErrorShape };
