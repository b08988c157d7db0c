import * as tf from '@tensorflow/tfjs-core';
import type { ModelSummary } from '../../shared/model';
import { spreadsOf } from './data/training-data';
import { modelLayout } from './layout';
import type { Predictor } from './predictor';
import type { DynamicsModel } from './types';

/**
 * What became of the intervals on steps that the model had not learned from: one factor s a channel on the predicted standard
 * deviation (evaluate/calibration.ts), Y → m + s (Y − m). Plans, tubes and exported files use it; a verdict does not, because
 * it finds it.
 */

/** [observations] the factors; 1 where there are none. */
export const deviationFactors = ({
  observations,
  recalibration,
}: Pick<ModelSummary, 'observations' | 'recalibration'>): Float64Array =>
  Float64Array.from(observations, (_, channel) => recalibration?.[channel] ?? 1);

/**
 * [observations] what a channel's deviation among the members' means is a share of, SI units: its spread in the training
 * data over its factor, so that squares of these shares are recalibrated variances.
 */
export function deviationUnits({ summary, normaliser }: DynamicsModel): Float64Array {
  const factors = deviationFactors(summary);
  return spreadsOf(modelLayout(summary), normaliser.inputStd).map(
    (spread, channel) => spread / factors[channel],
  );
}

/** The same predictions with recalibrated noise and ignorance; the predictor itself where there are no factors. */
export function recalibrated(
  { recalibration }: Pick<ModelSummary, 'recalibration'>,
  predictor: Predictor,
): Predictor {
  if (recalibration === null) return predictor;
  const factors = tf.tensor3d(recalibration, [1, 1, recalibration.length]);
  return {
    predict(state, action) {
      const { mean, logVariance, ignorance, std } = predictor.predict(state, action);
      return {
        mean,
        ...(std && { std: tf.mul(std, factors) }),
        logVariance: tf.add(logVariance, tf.mul(2, tf.log(factors))),
        ...(ignorance && { ignorance: tf.mul(ignorance, tf.square(factors)) }),
      };
    },
    mean: (state, action) => predictor.mean(state, action),
    sample(state, action, noise) {
      const mean = predictor.mean(state, action);
      return tf.add(mean, tf.mul(factors, tf.sub(predictor.sample(state, action, noise), mean)));
    },
  };
}
