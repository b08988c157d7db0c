import * as tf from '@tensorflow/tfjs-core';
import { discounts, type ValueAtEnd } from './guide/value-at-end';

/** What rollouts and planners that differentiate trace alike. */

export function input(inputs: Record<string, tf.Tensor>, name: string): tf.Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`the program has no input "${name}"`);
  return tensor;
}

/**
 * [horizon, rows] true up to and with the step that ends the episode.
 * @param endings [horizon, rows] 1 where a step ends it, 0 elsewhere
 */
export const aliveSteps = (endings: tf.Tensor): tf.Tensor =>
  tf.equal(tf.cumsum(endings, 0, true), tf.scalar(0));

/** What happens, 0 elsewhere. where, not a product: after its end a prediction may leave all bounds. */
export const whileAlive = (alive: tf.Tensor | null, x: tf.Tensor): tf.Tensor =>
  alive ? tf.where(alive, x, tf.zerosLike(x)) : x;

/** x, [horizon, …], every step times its discount; as it is without a value. */
export function discountedSteps(value: ValueAtEnd | null | undefined, x: tf.Tensor): tf.Tensor {
  if (!value || value.discount === 1) return x;
  const [horizon = 0, ...rest] = x.shape;
  return tf.mul(x, tf.tensor(discounts(value, horizon), [horizon, ...rest.map(() => 1)]));
}

/**
 * γ^H V(s_H) where the episode has not ended by then.
 * @param worth [...] V(s_H)
 * @param endings [horizon, ...] 1 where a step ends it; null where nothing does
 */
export function worthOfEnd(
  { discount }: ValueAtEnd,
  horizon: number,
  worth: tf.Tensor,
  endings: tf.Tensor | null,
): tf.Tensor {
  const counted = endings ? whileAlive(tf.equal(tf.sum(endings, 0), tf.scalar(0)), worth) : worth;
  return tf.mul(counted, discount ** horizon);
}

/**
 * [..., observations] → [...]: over the observations outside their limits, how far outside as a share of the range, plus
 * one; null when nothing has a limit. It has a slope, that of "how far".
 */
export function limitViolation(
  limits: readonly (readonly [low: number, high: number] | null)[],
): ((after: tf.Tensor) => tf.Tensor) | null {
  if (!limits.some((limit) => limit !== null)) return null;
  const far = 1e30;
  const low = limits.map((limit) => limit?.[0] ?? -far);
  const high = limits.map((limit) => limit?.[1] ?? far);
  const share = limits.map((limit) => (limit ? 1 / (limit[1] - limit[0] || 1) : 0));
  return (after) => {
    const outside = tf.add(
      tf.relu(tf.sub(tf.tensor1d(low), after)),
      tf.relu(tf.sub(after, tf.tensor1d(high))),
    );
    const steps = tf.cast(tf.greater(outside, 0), 'float32');
    return tf.sum(tf.add(tf.mul(outside, tf.tensor1d(share)), steps), -1);
  };
}
