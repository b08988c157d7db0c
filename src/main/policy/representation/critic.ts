import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { stateInputCount } from '../../dynamics/layout';
import { initialMlp, type MlpShape, mlp, type Tensors } from '../../dynamics/mlp';
import type { PolicySpace } from './space';
import type { Arrays } from './types';

/** Action values Q(s, a) of several critics side by side, "critic/layer<n>/…" [critics, …]. */
export const initialCritics = (
  space: PolicySpace,
  shape: MlpShape,
  critics: number,
  random: Random,
): Arrays =>
  initialMlp(
    shape,
    { members: critics, inputs: stateInputCount(space.layout) + space.actions.length, outputs: 1 },
    random,
    'critic/',
  );

/**
 * @param inputs [1 or critics, batch, inputs] of the state (`policyInputs`)
 * @param action [1 or critics, batch, actions] in units of the ranges
 * @returns [critics, batch, 1]
 */
export const criticValues = (
  shape: MlpShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
  action: tf.Tensor3D,
  prefix = 'critic/',
): tf.Tensor3D => mlp(shape, tensors, tf.concat([inputs, action], 2), prefix);
