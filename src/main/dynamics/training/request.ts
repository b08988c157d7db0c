import type { TrainOptions, TrainProgress } from '../../../shared/model';
import type { Gathered } from '../data/gather';
import type { DynamicsModel, ModelChannels, TrainingEpisode } from '../types';
import type { TrainingState } from './training-state';

/** What a training is asked for. */
export interface TrainRequest {
  name: string;
  rig: string;
  channels: ModelChannels;
  /** What is learned from, or what was gathered of it before. */
  episodes: readonly TrainingEpisode[] | Gathered;
  options: TrainOptions;
  /** Called at most about eight times a second, and at every change of phase. */
  onProgress?: (progress: TrainProgress) => void;
  /** Aborting ends the training within one engine call; it then throws `cancelled`. */
  signal?: AbortSignal;
  /**
   * Threads that members may be trained on side by side, where the training is long enough to be worth them; without,
   * everything happens in this thread. The model does not depend on it.
   */
  workers?: number;
  /** A model to go on from: its weights and normaliser instead of fresh ones. */
  from?: DynamicsModel;
  /** Where an interrupted training with the same request was. */
  resume?: TrainingState;
  checkpoint?: {
    /** Is it time for one? Members wait for each other then, so not too often. */
    due(): boolean;
    /** Takes what it is given before it returns, and may write it later. */
    take(state: TrainingState): void;
  };
}
