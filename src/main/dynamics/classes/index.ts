import { ForesightError } from '../../../shared/errors';
import type { ClassName, TrainOptions } from '../../../shared/model-options';
import { modelLayout } from '../layout';
import { arrayConstants, normaliserArrays, type Predictor } from '../predictor';
import type { DynamicsModel, NamedArray } from '../types';
import { bayesian } from './bayesian';
import { deterministic } from './deterministic';
import { diffusion } from './diffusion';
import { energy } from './energy';
import { ensemble } from './ensemble';
import { gaussian } from './gaussian';
import { gaussianProcess } from './gaussian-process';
import { latentFrame } from './latent-frame';
import { latentRecurrent } from './latent-recurrent';
import type { ModelClass } from './types';

/** Every model class by name. Options and titles: shared/model-options.ts. */
const CLASSES: { [Name in ClassName]?: ModelClass<Name> } = {
  deterministic,
  gaussian,
  ensemble,
  bayesian,
  'gaussian-process': gaussianProcess,
  diffusion,
  energy,
  'latent-frame': latentFrame,
  'latent-recurrent': latentRecurrent,
};

/** The class of this name. Its functions take the options of that class, which a caller has beside the name. */
export function modelClass(name: ClassName): ModelClass {
  const found = CLASSES[name];
  if (found === undefined) throw new RangeError(`there is no model class "${name}"`);
  return found as unknown as ModelClass;
}

/** @throws wrong-use where a class cannot be trained with the chosen loss */
export function requireLoss({ class: { name }, loss }: Pick<TrainOptions, 'class' | 'loss'>): void {
  const { losses } = modelClass(name);
  if (losses.includes(loss.name)) return;
  throw new ForesightError(
    'wrong-use',
    `The model class "${name}" cannot be trained with the loss "${loss.name}".`,
    `Choose one of: ${losses.join(', ')}.`,
  );
}

/** Members that predict: the elites, or all where a file names none. */
export function predictingMembers({ summary }: DynamicsModel): number[] {
  const { elites, options } = summary;
  if (elites.length > 0) return elites;
  return Array.from({ length: modelClass(options.class.name).members(options.class) }, (_, member) => member);
}

/** Everything a model's prediction computes with, to be fed (`arraySpecs`) or baked into a graph (`arrayConstants`). */
export function predictionArrays(
  model: DynamicsModel,
  members = predictingMembers(model),
): Record<string, NamedArray> {
  const arrays = modelClass(model.summary.options.class.name).predictionArrays(model, members);
  return { ...arrays, ...normaliserArrays(model.normaliser) };
}

/** First axis of every prediction. Not every class predicts with as many networks as it stores. */
export function predictedMembers(arrays: Record<string, NamedArray>): number {
  const [first] = Object.values(arrays);
  return first?.shape[0] ?? 0;
}

/**
 * A model's prediction functions inside a traced program, over its arrays as constants of the graph or over tensors
 * that were fed.
 * Example: const { mean } = predictorOf(model).predict(state, action);   // [members, batch, targets]
 */
export function predictorOf(
  model: Pick<DynamicsModel, 'summary'>,
  tensors: ReturnType<typeof arrayConstants>,
): Predictor {
  const { options } = model.summary;
  return modelClass(options.class.name).predictor(modelLayout(model.summary), options.class, tensors);
}

export { arrayConstants };
