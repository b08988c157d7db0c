import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { activate, dense, filled, type MlpShape, named, type Tensors } from '../mlp';
import type { NamedArray } from '../types';

/**
 * Standard deviation of a fresh kernel's entries times √inputs. √2 keeps the signal's size through the layers (He et al.
 * 2015); with half of it, as for the mean of a Gaussian network, structure between close modes takes several times
 * as long to be found, longer than training waits for progress.
 */
const HIDDEN_GAIN = Math.SQRT2;
/** The first guess is nearly the same for every variable. */
const LAST_GAIN = 0.1;

/**
 * A perceptron of (condition, variable), for classes that look at many variables under one condition: many noise levels,
 * many negatives, many steps of a sampler. What the first layer makes of the condition is computed once a row:
 *   h_0 = φ(W_c c + W_v v + b),  h_{l+1} = φ(W_l h_l + b_l),  the last layer linear.
 * Arrays: "condition/kernel" [1, conditions, units], and those of mlp.ts with the variable as input.
 */
export function initialConditionalMlp(
  { hiddenLayers, hiddenUnits }: MlpShape,
  { conditions, variables, outputs }: { conditions: number; variables: number; outputs: number },
  random: Random,
): Map<string, NamedArray> {
  const kernel = (inputs: number, units: number, gain: number): NamedArray => {
    const values = random.fillNormal(new Float32Array(inputs * units));
    return { shape: [1, inputs, units], values: values.map((value) => (value * gain) / Math.sqrt(inputs)) };
  };
  const weights = new Map([['condition/kernel', kernel(conditions, hiddenUnits, HIDDEN_GAIN)]]);
  for (let layer = 0; layer <= hiddenLayers; layer++) {
    const last = layer === hiddenLayers;
    const [inputs, units] = [layer === 0 ? variables : hiddenUnits, last ? outputs : hiddenUnits];
    weights.set(`layer${layer}/kernel`, kernel(inputs, units, last ? LAST_GAIN : HIDDEN_GAIN));
    weights.set(`layer${layer}/bias`, filled([1, 1, units], 0));
  }
  return weights;
}

/** What the first layer makes of the condition, [1, rows, conditions] → [1, rows, units]. */
export const conditionOf = (tensors: Tensors, inputs: tf.Tensor3D): tf.Tensor3D =>
  tf.matMul(inputs, named(tensors, 'condition/kernel'));

/**
 * @param condition [1, rows, units] from `conditionOf`
 * @param variables [1, rows · n, variables]: n variables a row, those of a row one after the other
 * @returns [1, rows · n, outputs]
 */
export function conditionalMlp(
  shape: MlpShape,
  tensors: Tensors,
  condition: tf.Tensor3D,
  variables: tf.Tensor3D,
): tf.Tensor3D {
  const rows = condition.shape[1];
  const all = variables.shape[1];
  const seen = dense(tensors, 'layer0', variables);
  const both: tf.Tensor3D =
    all === rows
      ? tf.add(seen, condition)
      : tf.reshape(
          tf.add(
            tf.reshape(seen, [rows, all / rows, shape.hiddenUnits]),
            tf.reshape(condition, [rows, 1, shape.hiddenUnits]),
          ),
          [1, all, shape.hiddenUnits],
        );
  let hidden = activate(shape.activation, both);
  for (let layer = 1; layer < shape.hiddenLayers; layer++) {
    hidden = activate(shape.activation, dense(tensors, `layer${layer}`, hidden));
  }
  return dense(tensors, `layer${shape.hiddenLayers}`, hidden);
}
