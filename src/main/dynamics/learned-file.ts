import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ForesightError } from '../../shared/errors';
import { writeWhole } from '../files/write-whole';
import { readForeign } from '../foreign/read';
import { decodeSafetensors, encodeSafetensors } from './safetensors';
import type { NamedArray } from './types';

/** Larger files are not read, bytes. */
const MOST_BYTES = 1024 ** 3;

/** A kind of file that holds something learned: float32 arrays, and a summary that says what they are. */
export interface LearnedFile<Summary> {
  /** In a sentence: "a model file". */
  what: string;
  /** What an array should belong to, in a sentence: "model". */
  belongsTo: string;
  /** What to do where there is no such file. */
  next: string;
  summary: z.ZodType<Summary>;
}

/** Takes an array out of the file, checked. @throws bad-file when it is not there or has another shape, or no numbers */
export type Taking = (name: string, shape: readonly number[]) => NamedArray;

export interface ReadLearned<Summary> {
  summary: Summary;
  /** The summary exactly as it was written: what is checksummed must not depend on defaults of today. */
  written: Record<string, unknown>;
  /** Shapes of all arrays of the file, by name. */
  found: ReadonlyMap<string, readonly number[]>;
  take: Taking;
  takeAll(shapes: ReadonlyMap<string, readonly number[]>): Map<string, NamedArray>;
  /** The last word: every array was taken, and the content is what the summary says. @throws bad-file */
  finish(hash: string): void;
}

/**
 * Name by content: sha256 over what determined the arrays, whatever the order of its keys, and over the arrays in the order
 * in which they are written.
 */
export function contentHash(identity: object, arrays: ReadonlyMap<string, NamedArray>): string {
  const hash = createHash('sha256').update(JSON.stringify(sorted(identity)));
  for (const [name, { shape, values }] of arrays) {
    hash.update(`${name}${JSON.stringify(shape)}`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** Object keys in one order, so that the hash does not depend on who built the object. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** What the file says about itself under the metadata key "foresight", as JSON. */
interface FileMetadata {
  format: 1;
  /** Version of Foresight that wrote it. */
  foresight: string;
  summary: unknown;
}

/**
 * Writes `<folder>/<hash>.safetensors` and returns its path. The file appears whole or not at all: it is written
 * beside its place and renamed.
 * @throws bad-file when it cannot be written
 */
export async function writeLearned(
  { summary, arrays }: { summary: { hash: string }; arrays: Map<string, NamedArray> },
  folder: string,
  foresight: string,
): Promise<string> {
  const metadata: FileMetadata = { format: 1, foresight, summary };
  const bytes = encodeSafetensors({ metadata: { foresight: JSON.stringify(metadata) }, tensors: arrays });
  const file = join(folder, `${summary.hash}.safetensors`);
  await writeWhole(file, bytes);
  return file;
}

/**
 * Reads such a file; nothing in it is trusted.
 * @throws not-found, or bad-file with a sentence that says what is wrong
 */
export async function readLearned<Summary extends { hash: string }>(
  file: string,
  kind: LearnedFile<Summary>,
): Promise<ReadLearned<Summary>> {
  const { what, next } = kind;
  const { metadata, tensors } = decodeSafetensors(
    await readForeign(file, { what, next, most: MOST_BYTES }),
    file,
    what,
  );
  const { summary, written } = readSummary(file, kind, metadata.foresight);
  const take: Taking = (name, shape) => {
    const array = tensors.get(name);
    if (array?.shape.join() !== shape.join()) throw wrongFile(file, kind, `"${name}" is not [${shape}]`);
    if (!array.values.every(Number.isFinite))
      throw wrongFile(file, kind, `"${name}" has values that are no numbers`);
    tensors.delete(name);
    return array;
  };
  return {
    ...{ summary, written, take },
    found: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    takeAll: (shapes) => new Map([...shapes].map(([name, shape]) => [name, take(name, shape)])),
    finish(hash) {
      const [surplus] = tensors.keys();
      if (surplus !== undefined) throw wrongFile(file, kind, `"${surplus}" belongs to no ${kind.belongsTo}`);
      if (hash !== summary.hash) throw wrongFile(file, kind, 'its content does not match its checksum');
    },
  };
}

function readSummary<Summary>(
  file: string,
  kind: LearnedFile<Summary>,
  text: string | undefined,
): { summary: Summary; written: Record<string, unknown> } {
  let json: unknown;
  try {
    json = JSON.parse(text ?? '');
  } catch (cause) {
    throw wrongFile(file, kind, `it says nothing about a ${kind.belongsTo}`, cause);
  }
  const metadata = z.object({ format: z.literal(1), foresight: z.string(), summary: kind.summary });
  const parsed = metadata.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrongFile(
      file,
      kind,
      `${issue?.path.join('.')} in its description: ${issue?.message}`,
      parsed.error,
    );
  }
  const { summary: written } = json as { summary: Record<string, unknown> };
  return { summary: parsed.data.summary, written };
}

export function wrongFile(
  file: string,
  { what }: Pick<LearnedFile<unknown>, 'what'>,
  why: string,
  cause?: unknown,
): ForesightError {
  return new ForesightError(
    'bad-file',
    `${file} is not ${what} of Foresight: ${why}.`,
    'Choose a .safetensors file that Foresight wrote; if it did, copy it again from where it came.',
    { cause },
  );
}
