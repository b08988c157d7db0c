import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../../shared/policy';
import { nextState, observationOf } from '../../dynamics/layout';
import type { Tensors } from '../../dynamics/mlp';
import { drawnAction } from '../representation/acting';
import { physicalAction, policyInputs } from '../representation/actor';
import { type ImaginedModel, type Imagining, uncertainty } from './model';

/** One imagined step of many rows, [1, rows, …] each. */
export interface ImaginedStep {
  /** Units of the ranges. */
  action: tf.Tensor3D;
  /** SI units. */
  next: tf.Tensor3D;
  /** With the penalty. */
  reward: tf.Tensor3D;
  /** 1 where the task ended, null where nothing ends it. */
  ends: tf.Tensor3D | null;
}

/**
 * One step of a policy in a model. Rows lie in as many equal blocks as members predict, block m being predicted by member m, or as
 * they are dealt:
 *
 *   a ~ π(· | s),  Δ ~ p_m(· | s, a),  s' = s + Δ,  r = r(s, a, s') − λ u(s, a)
 *
 * Traceable, and by everything in it differentiable but the choice of discrete actions.
 * @param tensors the actor's arrays and the model's
 * @param state [1, rows, stateWidth]
 * @param noise.action [1, rows, noiseWidthOf] as an actor draws by (representation/acting.ts)
 * @param noise.model [members, rows / members, noiseWidth] of the members in their order
 * @param dealt [members] int32: of every member the block that it predicts, a permutation
 */
export function imaginedStep(
  { space, penalty }: Imagining,
  model: ImaginedModel,
  shape: ActorShape,
  tensors: Tensors,
  state: tf.Tensor3D,
  noise: { action: tf.Tensor3D; model: tf.Tensor3D },
  dealt?: tf.Tensor1D,
): ImaginedStep {
  const { layout, members } = model;
  const inputs = policyInputs(space, tensors, state);
  const action = drawnAction(space, shape, tensors, inputs, noise.action);
  const physical = physicalAction(space, action);
  // Rows go to the members, and what these say comes back: weights are many times as much to move.
  const toMembers = (x: tf.Tensor3D): tf.Tensor3D => {
    const blocks: tf.Tensor3D = tf.reshape(x, [members, -1, x.shape[2]]);
    return dealt ? tf.gather(blocks, dealt) : blocks;
  };
  const fromMembers = (x: tf.Tensor3D): tf.Tensor3D => {
    const blocks: tf.Tensor = dealt ? tf.scatterND(tf.reshape(dealt, [members, 1]), x, x.shape) : x;
    return tf.reshape(blocks, [1, -1, x.shape[2]]);
  };
  const predictor = model.predictor(tensors);
  const target = fromMembers(predictor.sample(toMembers(state), toMembers(physical), noise.model));
  const next = nextState(layout, state, physical, target);
  const before = observationOf(layout, state);
  const judged = model.judge({ before, action: physical, after: observationOf(layout, next), target });
  if (penalty.kind === 'none' || penalty.weight === 0) return { action, next, ...judged };
  const doubt = uncertainty(penalty.kind, predictor.predict(state, physical), tensors);
  return { action, next, ...judged, reward: tf.sub(judged.reward, tf.mul(penalty.weight, doubt)) };
}
