import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { asForesightError, ForesightError } from '../../shared/errors';
import { decodeSafetensors, encodeSafetensors } from '../dynamics/safetensors';
import { writeWhole } from '../files/write-whole';
import { readForeign } from '../foreign/read';
import { version } from '../installation/version';
import { arraysAside, arraysBack } from './plain-data';

/** What every list of interrupted trainings needs to know of one. */
export interface KnownTraining {
  id: string;
  name: string;
  /** Milliseconds since 1970. */
  savedAt: number;
}

/** A kind of training, and what its files are like. */
export interface CheckpointKind<Info extends KnownTraining> {
  /** Metadata key of the file. */
  key: string;
  /** Raised when a training would go on otherwise from the same state. */
  format: number;
  info: z.ZodType<Info>;
  /** What to do where there is none of that name. */
  next: string;
}

/**
 * A training on its way, as a file: what it was asked (info), what it learns from (a checksum of the data) and where it is
 * (state). A safetensors file like a model's, with everything that is no array in its metadata.
 */
export interface CheckpointOf<Info, State> {
  info: Info;
  dataHash: string;
  state: State;
}

const EXTENSION = '.safetensors';
const MOST_BYTES = 2 * 1024 ** 3;
/** Interrupted trainings that are kept; beyond, the oldest go when a new one begins. */
const KEPT = 10;
/** A killed training loses at most so much, unless writing takes long. */
export const CHECKPOINT_SECONDS = 5;
/** Share of its time that a training may spend on writing down where it is. */
const MOST_SHARE = 0.1;

interface FileMetadata<Info> {
  format: number;
  /** Version of Foresight that wrote it: another one may compute in another way. */
  foresight: string;
  info: Info;
  dataHash: string;
  /** The state without its arrays, as JSON. */
  state: string;
  /** sha256 over the state and the arrays: what passes is what we wrote, and needs no further checks. */
  sha256: string;
}

export const checkpointFile = (folder: string, id: string): string => join(folder, `${id}${EXTENSION}`);

/** Copies everything that it is given. */
export function encodeCheckpointOf<Info extends KnownTraining, State>(
  { key, format }: CheckpointKind<Info>,
  { info, dataHash, state }: CheckpointOf<Info, State>,
): Uint8Array {
  const { plain, arrays } = arraysAside(state);
  const text = JSON.stringify(plain);
  const metadata: FileMetadata<Info> = {
    ...{ format, foresight: version, info, dataHash, state: text },
    sha256: checksum(text, arrays),
  };
  const tensors = new Map([...arrays].map(([name, values]) => [name, { shape: [values.length], values }]));
  return encodeSafetensors({ metadata: { [key]: JSON.stringify(metadata) }, tensors });
}

/** @throws not-found, bad-file */
export async function readCheckpointOf<Info extends KnownTraining, State>(
  kind: CheckpointKind<Info>,
  file: string,
): Promise<CheckpointOf<Info, State>> {
  const { next } = kind;
  const what = 'an interrupted training';
  const bytes = await readForeign(file, { what, next, most: MOST_BYTES }).catch((thrown: unknown) => {
    const error = asForesightError(thrown);
    if (error.code !== 'not-found') throw error;
    const message = `There is no interrupted training "${basename(file, EXTENSION)}".`;
    throw new ForesightError('not-found', message, next, { cause: thrown });
  });
  const { metadata, tensors } = decodeSafetensors(bytes, file);
  const described = json(metadata[kind.key]);
  const format = z.object({ format: z.number() }).safeParse(described).data?.format;
  if (format !== undefined && format !== kind.format) {
    throw unusable(file, 'it was written by another version of Foresight');
  }
  const parsed = z
    .object({
      ...{ foresight: z.string(), info: kind.info, dataHash: z.string() },
      ...{ state: z.string(), sha256: z.string() },
    })
    .safeParse(described);
  if (!parsed.success) throw unusable(file, 'it does not describe a training', parsed.error);
  const { foresight, info, dataHash, state: text, sha256 } = parsed.data;
  if (foresight !== version) throw unusable(file, `it was written by version ${foresight} of Foresight`);
  const arrays = new Map([...tensors].map(([name, { values }]) => [name, values]));
  if (checksum(text, arrays) !== sha256) throw unusable(file, 'its content does not match its checksum');
  return { info, dataHash, state: arraysBack(JSON.parse(text), arrays) as State };
}

/** What is interrupted, the newest first; files that cannot be read are left out. */
export async function listCheckpointsOf<Info extends KnownTraining>(
  kind: CheckpointKind<Info>,
  folder: string,
): Promise<Info[]> {
  const names = await readdir(folder).catch(() => []); // no folder, no interrupted training
  const read = names
    .filter((name) => name.endsWith(EXTENSION) && !name.startsWith('.'))
    .map((name) =>
      readCheckpointOf(kind, join(folder, name))
        .then(({ info }) => [info])
        .catch(() => []),
    );
  return (await Promise.all(read)).flat().sort((a, b) => b.savedAt - a.savedAt);
}

/** Makes room for a new one. */
export async function pruneCheckpointsOf<Info extends KnownTraining>(
  kind: CheckpointKind<Info>,
  folder: string,
): Promise<void> {
  const old = (await listCheckpointsOf(kind, folder)).slice(KEPT - 1);
  await Promise.all(old.map(({ id }) => rm(checkpointFile(folder, id), { force: true })));
}

/** Writes a training's checkpoints, one at a time and not too often. */
export class CheckpointWriter<State> {
  #next: number;
  #writing: Promise<void> | undefined;
  #problem: string | undefined;

  constructor(
    private readonly options: {
      file: string;
      /** At least; longer where one takes long to write. */
      everySeconds: number;
      /** All of the file; copies what it is given. */
      encode(state: State): Uint8Array;
      onWritten(): void;
    },
  ) {
    this.#next = performance.now() + 1000 * options.everySeconds;
  }

  due(): boolean {
    return this.#writing === undefined && this.#problem === undefined && performance.now() >= this.#next;
  }

  take(state: State): void {
    if (this.#writing !== undefined) return;
    const { file, encode, everySeconds, onWritten } = this.options;
    const began = performance.now();
    const bytes = encode(state);
    const took = performance.now() - began;
    this.#writing = writeWhole(file, bytes)
      .then(onWritten, (thrown: unknown) => {
        this.#problem = asForesightError(thrown).message;
      })
      .finally(() => {
        this.#writing = undefined;
        this.#next = performance.now() + Math.max(1000 * everySeconds, took / MOST_SHARE);
      });
  }

  /** Why no more checkpoints were written, when that was so: a training goes on without. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * The training came to its end before its time. Waits for what is being written, so that whoever hears of the end has heard
   * of the checkpoint; what fails because of its data or options fails again, so there is nothing to resume then.
   */
  async interrupted(thrown: unknown): Promise<void> {
    await this.#writing;
    const { code } = asForesightError(thrown);
    if (code === 'bad-data' || code === 'wrong-use') await this.remove();
  }

  /** The training is over: there is nothing to resume. */
  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.options.file, { force: true });
  }
}

/** @throws bad-data when what it learns from is not what the checkpoint was made with */
export function requireSame(
  { info, dataHash }: CheckpointOf<KnownTraining, unknown>,
  now: string,
  { changed, next }: { changed: string; next: string },
): void {
  if (dataHash === now) return;
  throw new ForesightError(
    'bad-data',
    `The training "${info.name}" cannot be resumed: ${changed} since it was interrupted.`,
    next,
  );
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
