import { arrayConstants, modelClass, predictorOf } from '../dynamics/classes';
import { foldedNetwork } from '../dynamics/folded';
import { modelLayout } from '../dynamics/layout';
import type { Tensors } from '../dynamics/mlp';
import type { Predictor } from '../dynamics/predictor';
import { recalibrated } from '../dynamics/recalibration';
import type { DynamicsModel, NamedArray } from '../dynamics/types';

/** What a plan predicts with, recalibrated where the model was. */
export interface PlannedPrediction {
  arrays: Record<string, NamedArray>;
  /** @param tensors the arrays, as constants of the graph when left out */
  predictor(tensors?: Tensors): Predictor;
}

/**
 * The model's predictions from as few operations as its class allows (dynamics/folded.ts).
 * @param arrays those of `predictionArrays`
 */
export function plannedPrediction(
  model: Pick<DynamicsModel, 'summary'>,
  arrays: Record<string, NamedArray>,
): PlannedPrediction {
  const { options, recalibration } = model.summary;
  const network = modelClass(options.class.name).foldable?.(options.class);
  const folded = network && foldedNetwork(modelLayout(model.summary), network, arrays, recalibration);
  const own = folded?.arrays ?? arrays;
  return {
    arrays: own,
    predictor: (tensors = arrayConstants(own)) =>
      folded ? folded.predictor(tensors) : recalibrated(model.summary, predictorOf(model, tensors)),
  };
}
