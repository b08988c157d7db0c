import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import type { Tensors } from '../../dynamics/mlp';
import type { RolloutChoice } from '../source';

/** Is a whole plan predicted by one member? */
export const oneMember = ({ members }: Pick<RolloutChoice, 'members'>): boolean => members === 'once';

/** Who predicts a plan: depends on the stream's seed only, so that all iterations of the plan meet the same. */
export const memberOfPlan = (random: Random, members: number): number =>
  random.fork('member of the plan').integer(members);

/**
 * The arrays of one member, [1, …] each, from those of all: what a prediction costs is then one member's. What all members
 * share has no axis of their number.
 * @param member [1] int32
 */
export function gathered(arrays: Tensors, members: number, member: tf.Tensor): Tensors {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [
      name,
      array.shape[0] === members ? tf.gather(array, member as tf.Tensor1D) : array,
    ]),
  );
}
