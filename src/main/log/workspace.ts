import { dirname, join } from 'node:path';
import { ForesightError } from '../../shared/errors';

/** Where everything lies in a workspace folder; docs/log.md describes it for people. */
export interface WorkspacePaths {
  folder: string;
  database: string;
  /** SQLite's write-ahead log: what was committed last, until the log is closed. */
  wal: string;
  lock: string;
  models: string;
  /** Learned policies. */
  policies: string;
  /** Trainings that were interrupted. */
  checkpoints: string;
  /** The same of policies. */
  policyCheckpoints: string;
  exports: string;
  /** Pictures as trainings look at them; can be made again at any time. */
  frames: string;
  /** Files on their way to an import. */
  uploads: string;
}

export function workspacePaths(folder: string): WorkspacePaths {
  return {
    folder,
    database: join(folder, 'foresight.db'),
    wal: join(folder, 'foresight.db-wal'),
    lock: join(folder, 'foresight.lock'),
    models: join(folder, 'models'),
    policies: join(folder, 'policies'),
    checkpoints: join(folder, 'checkpoints'),
    policyCheckpoints: join(folder, 'checkpoints', 'policies'),
    exports: join(folder, 'exports'),
    frames: join(folder, 'frames'),
    uploads: join(folder, 'uploads'),
  };
}

/** File of the model whose content has this sha256 (hex). */
export function modelPath(folder: string, hash: string): string {
  return join(workspacePaths(folder).models, `${hash}.safetensors`);
}

/**
 * What a workspace is made of is never written over, whoever insists.
 * @throws wrong-use when `file` (absolute) is the log, its lock, a model, a policy or a checkpoint of the workspace `folder`
 */
export function requireOutside(folder: string, file: string): void {
  const { database, wal, lock, models, policies, checkpoints, policyCheckpoints } = workspacePaths(folder);
  const files = [database, wal, `${database}-shm`, lock];
  const folders = [models, policies, checkpoints, policyCheckpoints];
  if (!files.includes(file) && !folders.includes(dirname(file))) return;
  throw new ForesightError(
    'wrong-use',
    `${file} is part of the workspace, so nothing is written in its place.`,
    'Name a file elsewhere, or in the folder "exports" of the workspace.',
  );
}
