import { PolicyCheckpointInfo } from '../../shared/policy-training';
import type { TrainingState } from '../policy/lab';
import {
  type CheckpointKind,
  type CheckpointOf,
  encodeCheckpointOf,
  listCheckpointsOf,
  pruneCheckpointsOf,
  readCheckpointOf,
  requireSame,
} from './checkpoint-file';

/** The training of a policy on its way. */
export type PolicyCheckpoint = CheckpointOf<PolicyCheckpointInfo, TrainingState>;

const POLICY_TRAINING: CheckpointKind<PolicyCheckpointInfo> = {
  key: 'policy-checkpoint',
  format: 1,
  info: PolicyCheckpointInfo,
  next: 'List the interrupted trainings with: foresight policy list.',
};

export const encodePolicyCheckpoint = (checkpoint: PolicyCheckpoint): Uint8Array =>
  encodeCheckpointOf(POLICY_TRAINING, checkpoint);

/** @throws not-found, bad-file */
export const readPolicyCheckpoint = (file: string): Promise<PolicyCheckpoint> =>
  readCheckpointOf(POLICY_TRAINING, file);

export const listPolicyCheckpoints = (folder: string): Promise<PolicyCheckpointInfo[]> =>
  listCheckpointsOf(POLICY_TRAINING, folder);

export const prunePolicyCheckpoints = (folder: string): Promise<void> =>
  pruneCheckpointsOf(POLICY_TRAINING, folder);

/** @throws bad-data when rig, task or episodes are not those that the checkpoint was made with */
export const requireSameGround = (checkpoint: PolicyCheckpoint, now: string): void =>
  requireSame(checkpoint, now, {
    changed: 'its rig, its task or its episodes have changed',
    next: 'Undo the change, or start the training anew.',
  });
