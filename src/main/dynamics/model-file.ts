import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ForesightError } from '../../shared/errors';
import { ModelSummary } from '../../shared/model';
import { writeWhole } from '../files/write-whole';
import { type ForeignFile, readForeign } from '../foreign/read';
import { modelClass } from './classes';
import { inputCount, modelLayout, targetCount } from './layout';
import { decodeSafetensors, encodeSafetensors } from './safetensors';
import type { DynamicsModel, NamedArray, Normaliser } from './types';

const MODEL_FILE: ForeignFile = {
  what: 'a model file',
  most: 1024 ** 3,
  next: 'Check the path, or choose another model.',
};

/** What the file says about itself under the metadata key "foresight", as JSON. */
const FileMetadata = z.object({
  format: z.literal(1),
  /** Version of Foresight that trained it. */
  foresight: z.string(),
  summary: ModelSummary,
});

const NORMALISER_ARRAYS = ['inputMean', 'inputStd', 'targetMean', 'targetStd'] as const;

/**
 * Name of a model by content: sha256 over its arrays and everything that determined them. What merely goes with
 * it (its name, when and how fast it was trained, its evaluation) stays out, so the same data, options and seed
 * give the same hash.
 */
export function modelHash(model: DynamicsModel, options: unknown = model.summary.options): string {
  const { rig, observations, actions, periodSeconds, transitions, episodes, epochs, elites } = model.summary;
  const identity = {
    ...{ rig, options, observations, actions, periodSeconds, transitions, episodes, epochs, elites },
  };
  const hash = createHash('sha256').update(JSON.stringify(sorted(identity)));
  for (const [name, { shape, values }] of fileArrays(model)) {
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

function fileArrays({ weights, normaliser }: DynamicsModel): Map<string, NamedArray> {
  const arrays = new Map([...weights].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const name of NORMALISER_ARRAYS) {
    arrays.set(`normaliser/${name}`, { shape: [normaliser[name].length], values: normaliser[name] });
  }
  return arrays;
}

/**
 * Writes `<folder>/<hash>.safetensors` and returns its path. The file appears whole or not at all: it is written
 * beside its place and renamed.
 */
export async function writeModel(model: DynamicsModel, folder: string, foresight: string): Promise<string> {
  const metadata: z.infer<typeof FileMetadata> = { format: 1, foresight, summary: model.summary };
  const bytes = encodeSafetensors({
    metadata: { foresight: JSON.stringify(metadata) },
    tensors: fileArrays(model),
  });
  const file = join(folder, `${model.summary.hash}.safetensors`);
  await writeWhole(file, bytes);
  return file;
}

/**
 * Reads and checks a model file; nothing in it is trusted.
 * @throws not-found, or bad-file with a sentence that says what is wrong
 */
export async function readModel(file: string): Promise<DynamicsModel> {
  const { metadata, tensors } = decodeSafetensors(await readForeign(file, MODEL_FILE), file);
  const { summary, options } = readSummary(file, metadata.foresight);
  const layout = modelLayout(summary);
  const take = (name: string, shape: number[]): NamedArray => {
    const array = tensors.get(name);
    if (array?.shape.join() !== shape.join()) throw wrongFile(file, `"${name}" is not [${shape}]`);
    if (!array.values.every(Number.isFinite))
      throw wrongFile(file, `"${name}" has values that are no numbers`);
    tensors.delete(name);
    return array;
  };
  const one = modelClass(summary.options.class.name);
  const found = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  const shapes = one.shapes(layout, summary.options.class, found);
  const weights = new Map([...shapes].map(([name, shape]) => [name, take(name, shape)]));
  const inputs = inputCount(layout);
  const targets = targetCount(layout);
  const normaliser: Normaliser = {
    inputMean: take('normaliser/inputMean', [inputs]).values,
    inputStd: take('normaliser/inputStd', [inputs]).values,
    targetMean: take('normaliser/targetMean', [targets]).values,
    targetStd: take('normaliser/targetStd', [targets]).values,
  };
  const [surplus] = tensors.keys();
  if (surplus !== undefined) throw wrongFile(file, `"${surplus}" belongs to no model`);
  const model: DynamicsModel = { summary, weights, normaliser };
  if (modelHash(model, options) !== summary.hash)
    throw wrongFile(file, 'its content does not match its checksum');
  return model;
}

/** The description, and its options exactly as they were written. */
function readSummary(file: string, text: string | undefined): { summary: ModelSummary; options: unknown } {
  let json: unknown;
  try {
    json = JSON.parse(text ?? '');
  } catch (cause) {
    throw wrongFile(file, 'it says nothing about a model', cause);
  }
  const parsed = FileMetadata.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrongFile(file, `${issue?.path.join('.')} in its description: ${issue?.message}`, parsed.error);
  }
  const { summary } = parsed.data;
  const members = modelClass(summary.options.class.name).members(summary.options.class);
  if (summary.elites.length === 0 || summary.elites.some((elite) => elite < 0 || elite >= members)) {
    throw wrongFile(file, `elites ${summary.elites} of ${members} members`);
  }
  const { recalibration, options, observations } = summary;
  if (recalibration && recalibration.length !== observations.length + (options.rewardHead ? 1 : 0)) {
    throw wrongFile(
      file,
      `${recalibration.length} factors of recalibration for ${observations.length} observations`,
    );
  }
  return { summary, options: (json as { summary: { options: unknown } }).summary.options };
}

function wrongFile(file: string, what: string, cause?: unknown): ForesightError {
  return new ForesightError(
    'bad-file',
    `${file} is not a model file of Foresight: ${what}.`,
    'Choose a .safetensors file that Foresight wrote; if it did, copy it again from where it came.',
    { cause },
  );
}
