import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { ForesightError } from '../../shared/errors';
import type { CheckpointInfo } from '../../shared/model';
import { listCheckpoints, pruneCheckpoints, readCheckpoint } from '../jobs/checkpoint';
import { checkpointFile } from '../jobs/checkpoint-file';
import type { CheckpointJob } from '../jobs/types';
import { fileName } from './file-name';

/** Trainings of a workspace that were interrupted, a file each. */
export class Checkpoints {
  constructor(private readonly folder: string) {}

  list(): Promise<CheckpointInfo[]> {
    return listCheckpoints(this.folder);
  }

  /** Where a training that begins is to be kept. */
  async begin(asked: Omit<CheckpointJob['info'], 'id'>): Promise<CheckpointJob> {
    await pruneCheckpoints(this.folder);
    const id = `${fileName(asked.name)}-${randomBytes(3).toString('hex')}`;
    return { file: checkpointFile(this.folder, id), info: { ...asked, id }, resume: false };
  }

  /**
   * An interrupted training, to go on with.
   * @param wanted its id, or its file; the newest when left out
   * @throws not-found, bad-file
   */
  async find(wanted?: string): Promise<CheckpointJob> {
    const id = wanted === undefined ? (await this.list())[0]?.id : basename(wanted, '.safetensors');
    if (id === undefined) {
      throw new ForesightError(
        'not-found',
        'There is no interrupted training in this workspace.',
        'Start one: foresight train.',
      );
    }
    const file = wanted?.endsWith('.safetensors') ? wanted : checkpointFile(this.folder, id);
    const { savedAt, epoch, secondsElapsed, ...info } = (await readCheckpoint(file)).info;
    return { file, info, resume: true };
  }
}
