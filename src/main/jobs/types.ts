import type { ErrorShape } from '../../shared/errors';
import type { Evaluation, ModelSummary, TrainOptions, TrainProgress } from '../../shared/model';
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
      /** Horizons of the k-step evaluation on the hold-out; empty for none. */
      horizons: number[];
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
  | { type: 'cancel' };
export type FromTrainProcess =
  | { type: 'progress'; progress: TrainProgress }
  | { type: 'trained'; file: string; summary: ModelSummary }
  | { type: 'evaluated'; evaluation: Evaluation }
  | { type: 'cancelled' }
  | { type: 'failed'; error: ErrorShape };
