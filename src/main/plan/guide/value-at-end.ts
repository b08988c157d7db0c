import type * as tf from '@tensorflow/tfjs-core';
import { arrayConstants } from '../../dynamics/classes';
import { policyInputs } from '../../policy/representation/actor';
import type { PolicySpace } from '../../policy/representation/space';
import type { Policy } from '../../policy/representation/types';
import { stateValue, valueShape } from '../../policy/representation/value';

/**
 * What a state is worth where a horizon ends. A plan's objective is then
 *
 *   J = Σ_{t < H} γ^t r(s_t, a_t, s_{t+1}) + γ^H V(s_H)     (V only where the episode has not ended before)
 *
 * with the γ that V was learned with: V is a discounted sum, and beside undiscounted rewards it would be too small, so that
 * whatever a plan earns before its end would outweigh where it leads.
 */
export interface ValueAtEnd {
  discount: number;
  /** [stacks, batch, stateWidth], SI units → [stacks, batch, 1]. Traceable; its weights are constants of the graph. */
  of(state: tf.Tensor3D): tf.Tensor3D;
}

/** @param policy one that has a value */
export function valueAtEnd({ summary, arrays, value }: Policy, space: PolicySpace): ValueAtEnd {
  if (value === null) throw new RangeError('this policy has no value');
  const shape = valueShape(value, summary.actor.activation);
  const needed = Object.fromEntries([...arrays].filter(([name]) => name.startsWith('input/')));
  return {
    discount: discountOf(summary.algorithm),
    of(state) {
      const tensors = arrayConstants({ ...needed, ...Object.fromEntries(value) });
      return stateValue(shape, tensors, policyInputs(space, tensors, state));
    },
  };
}

const discountOf = (algorithm: object): number =>
  'discount' in algorithm && typeof algorithm.discount === 'number' ? algorithm.discount : 1;

/** γ^0 … γ^(H−1); all 1 without a value. */
export const discounts = (value: ValueAtEnd | null | undefined, horizon: number): number[] =>
  Array.from({ length: horizon }, (_, t) => (value ? value.discount ** t : 1));
