import { join } from 'node:path';

/** Where everything lies in a workspace folder; docs/log.md describes it for people. */
export interface WorkspacePaths {
  folder: string;
  database: string;
  /** SQLite's write-ahead log: what was committed last, until the log is closed. */
  wal: string;
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
    wal: join(folder, 'foresight.db-wal'),
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
