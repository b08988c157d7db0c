import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { asForesightError, ForesightError } from '../../shared/errors';
import { checkpointFile, type KnownTraining } from '../jobs/checkpoint-file';
import { fileName } from './file-name';

/** What is known of one of these before it has begun. */
type Asked<Info, Progress extends keyof Info> = Omit<Info, Progress>;

/** Trainings of a workspace that were interrupted, a file each. `Progress`: what of an info says how far it is. */
export class Checkpoints<Info extends KnownTraining, Progress extends keyof Info> {
  constructor(
    private readonly folder: string,
    private readonly files: {
      list(folder: string): Promise<Info[]>;
      prune(folder: string): Promise<void>;
      read(file: string): Promise<{ info: Info }>;
      /** How one is started, for whoever has none. */
      start: string;
    },
  ) {}

  list(): Promise<Info[]> {
    return this.files.list(this.folder);
  }

  /** Where a training that begins is to be kept. */
  async begin(
    asked: Omit<Asked<Info, Progress>, 'id'> & { name: string },
  ): Promise<{ file: string; info: Asked<Info, Progress>; resume: boolean }> {
    await this.files.prune(this.folder);
    const id = `${fileName(asked.name)}-${randomBytes(3).toString('hex')}`;
    const info = { ...asked, id } as unknown as Asked<Info, Progress>;
    return { file: checkpointFile(this.folder, id), info, resume: false };
  }

  /**
   * An interrupted training, to go on with.
   * @param wanted its id, or its file; the newest when left out
   * @throws not-found, bad-file
   */
  async find(wanted?: string): Promise<{ file: string; info: Info; resume: boolean }> {
    const id = wanted === undefined ? (await this.list())[0]?.id : basename(wanted, '.safetensors');
    if (id === undefined) {
      throw new ForesightError(
        'not-found',
        'There is no interrupted training in this workspace.',
        `Start one: ${this.files.start}.`,
      );
    }
    const file = wanted?.endsWith('.safetensors') ? wanted : checkpointFile(this.folder, id);
    return { file, info: (await this.files.read(file)).info, resume: true };
  }
}

/**
 * The end of a training that came to no result. Whether it can be resumed is what the disk says, because a process that was
 * ended may not have told of the last checkpoint that it wrote.
 * @param state what is known of the training; its checkpoint is set
 * @param command that resumes, but for the name of the training
 * @returns the error: what ended from outside says how to go on; what failed by itself would fail again
 */
export function endedEarly(
  thrown: unknown,
  state: { checkpoint: string | null },
  { file, info }: { file: string; info: { id: string } },
  command: string,
): ForesightError {
  const error = asForesightError(thrown);
  state.checkpoint = existsSync(file) ? info.id : null;
  if (state.checkpoint === null || (error.code !== 'cancelled' && error.code !== 'internal')) return error;
  const next = `Go on where it was with: ${command} ${state.checkpoint}`;
  return new ForesightError(error.code, error.message, next, { cause: error });
}
