import { CheckpointInfo } from '../../shared/model';
import type { TrainingState } from '../dynamics/training/training-state';
import {
  type CheckpointKind,
  type CheckpointOf,
  encodeCheckpointOf,
  listCheckpointsOf,
  pruneCheckpointsOf,
  readCheckpointOf,
  requireSame,
} from './checkpoint-file';

/** The training of a model on its way. */
export type Checkpoint = CheckpointOf<CheckpointInfo, TrainingState>;

/** Format 3: another split, another order of drawing than before. */
const MODEL_TRAINING: CheckpointKind<CheckpointInfo> = {
  key: 'checkpoint',
  format: 3,
  info: CheckpointInfo,
  next: 'List the interrupted trainings with: foresight models.',
};

export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array =>
  encodeCheckpointOf(MODEL_TRAINING, checkpoint);

/** @throws not-found, bad-file */
export const readCheckpoint = (file: string): Promise<Checkpoint> => readCheckpointOf(MODEL_TRAINING, file);

export const listCheckpoints = (folder: string): Promise<CheckpointInfo[]> =>
  listCheckpointsOf(MODEL_TRAINING, folder);

export const pruneCheckpoints = (folder: string): Promise<void> => pruneCheckpointsOf(MODEL_TRAINING, folder);

/** @throws bad-data when the episodes are not those that the checkpoint was made with */
export const requireSameData = (checkpoint: Checkpoint, now: string): void =>
  requireSame(checkpoint, now, {
    changed: 'its episodes have changed',
    next: 'Undo the change to the episodes, or start the training anew.',
  });
