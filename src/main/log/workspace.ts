import { join } from 'node:path';

/** Where everything lies in a workspace folder; docs/log.md describes it for people. */
export interface WorkspacePaths {
  folder: string;
  database: string;
  lock: string;
  models: string;
  /** Trainings that were interrupted. */
  checkpoints: string;
  exports: string;
}

export function workspacePaths(folder: string): WorkspacePaths {
  return {
    folder,
    database: join(folder, 'foresight.db'),
    lock: join(folder, 'foresight.lock'),
    models: join(folder, 'models'),
    checkpoints: join(folder, 'checkpoints'),
    exports: join(folder, 'exports'),
  };
}

/** File of the model whose content has this sha256 (hex). */
export function modelPath(folder: string, hash: string): string {
  return join(workspacePaths(folder).models, `${hash}.safetensors`);
}
