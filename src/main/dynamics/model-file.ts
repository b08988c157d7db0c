import { stateNumbers } from '../../shared/eyes';
import { ModelSummary } from '../../shared/model';
import { isLatent } from '../../shared/model-options';
import { modelClass } from './classes';
import { eyesInFile, takeEyes } from './latent/eyes';
import { inputCount, modelLayout, targetCount } from './layout';
import {
  contentHash,
  type LearnedFile,
  readLearned,
  type Taking,
  writeLearned,
  wrongFile,
} from './learned-file';
import type { DynamicsModel, NamedArray, Normaliser } from './types';

const MODEL_FILE: LearnedFile<ModelSummary> = {
  what: 'a model file',
  belongsTo: 'model',
  next: 'Check the path, or choose another model.',
  summary: ModelSummary,
};

const NORMALISER_ARRAYS = ['inputMean', 'inputStd', 'targetMean', 'targetStd'] as const;

/**
 * Name of a model by content: sha256 over its arrays and everything that determined them. What merely goes with
 * it (its name, when and how fast it was trained, its evaluation) stays out, so the same data, options and seed
 * give the same hash.
 * @param written its options and its eyes as they were written, where that was by another version
 */
export function modelHash(
  model: DynamicsModel,
  { options, eyes }: { options?: unknown; eyes?: unknown } = model.summary,
): string {
  const { rig, observations, actions, periodSeconds, transitions, episodes, epochs, elites } = model.summary;
  const identity = {
    ...{ rig, options, observations, actions, periodSeconds, transitions, episodes, epochs, elites },
    ...(eyes ? { eyes } : {}),
  };
  return contentHash(identity, fileArrays(model));
}

function fileArrays({ weights, normaliser, eyes }: DynamicsModel): Map<string, NamedArray> {
  const arrays = new Map([...weights].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const name of NORMALISER_ARRAYS) {
    arrays.set(`normaliser/${name}`, { shape: [normaliser[name].length], values: normaliser[name] });
  }
  for (const [name, array] of eyesInFile(eyes)) arrays.set(name, array);
  return arrays;
}

/** Writes `<folder>/<hash>.safetensors`, whole or not at all, and returns its path. @throws bad-file */
export const writeModel = (model: DynamicsModel, folder: string, foresight: string): Promise<string> =>
  writeLearned({ summary: model.summary, arrays: fileArrays(model) }, folder, foresight);

/**
 * Reads and checks a model file; nothing in it is trusted.
 * @throws not-found, or bad-file with a sentence that says what is wrong
 */
export async function readModel(file: string): Promise<DynamicsModel> {
  const { summary, written, found, take, takeAll, finish } = await readLearned(file, MODEL_FILE);
  requireConsistent(summary, file);
  const layout = modelLayout(summary);
  const one = modelClass(summary.options.class.name);
  const weights = takeAll(one.shapes(layout, summary.options.class, found));
  const model: DynamicsModel = {
    ...{ summary, weights, normaliser: takeNormaliser(summary, take) },
    ...(summary.eyes && { eyes: takeEyes(summary.eyes, take) }),
  };
  finish(modelHash(model, written));
  return model;
}

function takeNormaliser(summary: ModelSummary, take: Taking): Normaliser {
  const layout = modelLayout(summary);
  const inputs = inputCount(layout);
  const targets = targetCount(layout);
  return {
    inputMean: take('normaliser/inputMean', [inputs]).values,
    inputStd: take('normaliser/inputStd', [inputs]).values,
    targetMean: take('normaliser/targetMean', [targets]).values,
    targetStd: take('normaliser/targetStd', [targets]).values,
  };
}

/** @throws bad-file where one part of a description contradicts another */
function requireConsistent(summary: ModelSummary, file: string): void {
  const { recalibration, options, observations, elites, eyes } = summary;
  if ((eyes !== null) !== isLatent(options.class)) {
    throw wrongFile(
      file,
      MODEL_FILE,
      `a model of the class "${options.class.name}" ${eyes ? 'has' : 'lacks'} eyes`,
    );
  }
  if (eyes && stateNumbers(eyes) !== observations.length) {
    throw wrongFile(
      file,
      MODEL_FILE,
      `${observations.length} observations of a state of ${stateNumbers(eyes)}`,
    );
  }
  const members = modelClass(options.class.name).members(options.class);
  if (elites.length === 0 || elites.some((elite) => elite < 0 || elite >= members)) {
    throw wrongFile(file, MODEL_FILE, `elites ${elites} of ${members} members`);
  }
  if (recalibration && recalibration.length !== observations.length + (options.rewardHead ? 1 : 0)) {
    throw wrongFile(
      file,
      MODEL_FILE,
      `${recalibration.length} factors of recalibration for ${observations.length} observations`,
    );
  }
}
