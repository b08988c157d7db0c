import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { asForesightError, ForesightError } from '../../shared/errors';
import { CheckpointInfo } from '../../shared/model';
import { decodeSafetensors, encodeSafetensors } from '../dynamics/safetensors';
import type { TrainingState } from '../dynamics/training/training-state';
import { writeWhole } from '../files/write-whole';
import { type ForeignFile, readForeign } from '../foreign/read';
import { version } from '../installation/version';
import { arraysAside, arraysBack } from './plain-data';

/**
 * A training on its way, as a file: what it was asked (info), what it learns from (a checksum of the data) and where it is
 * (state). A safetensors file like a model's, with everything that is no array in its metadata.
 */
export interface Checkpoint {
  info: CheckpointInfo;
  dataHash: string;
  state: TrainingState;
}

/** Raised when a training would go on otherwise from the same state: another split, another order of drawing. */
const FORMAT = 3;
const EXTENSION = '.safetensors';
const CHECKPOINT_FILE: ForeignFile = {
  what: 'an interrupted training',
  most: 2 * 1024 ** 3,
  next: 'List the interrupted trainings with: foresight models.',
};
/** Interrupted trainings that are kept; beyond, the oldest go when a new one begins. */
const KEPT = 10;

const FileMetadata = z.object({
  format: z.literal(FORMAT),
  /** Version of Foresight that wrote it: another one may compute in another way. */
  foresight: z.string(),
  info: CheckpointInfo,
  dataHash: z.string(),
  /** The state without its arrays, as JSON. */
  state: z.string(),
  /** sha256 over the state and the arrays: what passes is what we wrote, and needs no further checks. */
  sha256: z.string(),
});

export const checkpointFile = (folder: string, id: string): string => join(folder, `${id}${EXTENSION}`);

/** Copies everything that it is given. */
export function encodeCheckpoint({ info, dataHash, state }: Checkpoint): Uint8Array {
  const { plain, arrays } = arraysAside(state);
  const text = JSON.stringify(plain);
  const metadata: z.infer<typeof FileMetadata> = {
    ...{ format: FORMAT, foresight: version, info, dataHash, state: text },
    sha256: checksum(text, arrays),
  };
  const tensors = new Map([...arrays].map(([name, values]) => [name, { shape: [values.length], values }]));
  return encodeSafetensors({ metadata: { checkpoint: JSON.stringify(metadata) }, tensors });
}

/** @throws not-found, bad-file */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  const bytes = await readForeign(file, CHECKPOINT_FILE).catch((thrown: unknown) => {
    const error = asForesightError(thrown);
    if (error.code !== 'not-found') throw error;
    const message = `There is no interrupted training "${basename(file, EXTENSION)}".`;
    throw new ForesightError('not-found', message, CHECKPOINT_FILE.next, { cause: thrown });
  });
  const { metadata, tensors } = decodeSafetensors(bytes, file);
  const described = json(metadata.checkpoint);
  const format = z.object({ format: z.number() }).safeParse(described).data?.format;
  if (format !== undefined && format !== FORMAT) {
    throw unusable(file, 'it was written by another version of Foresight');
  }
  const parsed = FileMetadata.safeParse(described);
  if (!parsed.success) throw unusable(file, 'it does not describe a training', parsed.error);
  const { foresight, info, dataHash, state: text, sha256 } = parsed.data;
  if (foresight !== version) throw unusable(file, `it was written by version ${foresight} of Foresight`);
  const arrays = new Map([...tensors].map(([name, { values }]) => [name, values]));
  if (checksum(text, arrays) !== sha256) throw unusable(file, 'its content does not match its checksum');
  return { info, dataHash, state: arraysBack(JSON.parse(text), arrays) as TrainingState };
}

/** What is interrupted, the newest first; files that cannot be read are left out. */
export async function listCheckpoints(folder: string): Promise<CheckpointInfo[]> {
  const names = await readdir(folder).catch(() => []); // no folder, no interrupted training
  const read = names
    .filter((name) => name.endsWith(EXTENSION) && !name.startsWith('.'))
    .map((name) =>
      readCheckpoint(join(folder, name))
        .then(({ info }) => [info])
        .catch(() => []),
    );
  return (await Promise.all(read)).flat().sort((a, b) => b.savedAt - a.savedAt);
}

/** Makes room for a new one. */
export async function pruneCheckpoints(folder: string): Promise<void> {
  const old = (await listCheckpoints(folder)).slice(KEPT - 1);
  await Promise.all(old.map(({ id }) => rm(checkpointFile(folder, id), { force: true })));
}

/** @throws bad-data when the episodes are not those that the checkpoint was made with */
export function requireSameData({ info, dataHash }: Checkpoint, now: string): void {
  if (dataHash === now) return;
  throw new ForesightError(
    'bad-data',
    `The training "${info.name}" cannot be resumed: its episodes have changed since it was interrupted.`,
    'Undo the change to the episodes, or start the training anew.',
  );
}

/** Writes a training's checkpoints, one at a time and not too often. */
export class CheckpointWriter {
  #next: number;
  #writing: Promise<void> | undefined;
  #problem: string | undefined;

  constructor(
    private readonly options: {
      file: string;
      everySeconds: number;
      describe(state: TrainingState): Omit<Checkpoint, 'state'>;
      onWritten(): void;
    },
  ) {
    this.#next = performance.now() + 1000 * options.everySeconds;
  }

  due(): boolean {
    return this.#writing === undefined && this.#problem === undefined && performance.now() >= this.#next;
  }

  take(state: TrainingState): void {
    if (this.#writing !== undefined) return;
    const bytes = encodeCheckpoint({ ...this.options.describe(state), state });
    this.#writing = writeWhole(this.options.file, bytes)
      .then(this.options.onWritten, (thrown: unknown) => {
        this.#problem = asForesightError(thrown).message;
      })
      .finally(() => {
        this.#writing = undefined;
        this.#next = performance.now() + 1000 * this.options.everySeconds;
      });
  }

  /** Why no more checkpoints were written, when that was so: a training goes on without. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The training is over: there is nothing to resume. */
  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.options.file, { force: true });
  }
}

function checksum(text: string, arrays: ReadonlyMap<string, Float32Array>): string {
  const hash = createHash('sha256').update(text);
  for (const [name, values] of arrays) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined; // said by the caller: it describes no training
  }
}

function unusable(file: string, what: string, cause?: unknown): ForesightError {
  return new ForesightError(
    'bad-file',
    `${file} cannot be resumed from: ${what}.`,
    'Start the training anew; the file can be deleted.',
    { cause },
  );
}
