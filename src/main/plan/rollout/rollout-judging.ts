import * as tf from '@tensorflow/tfjs-core';
import { shorterWay } from '../../dynamics/layout';
import type { SummedReward } from '../reward';
import { aliveSteps, discountedSteps, limitViolation, whileAlive, worthOfEnd } from '../traced';
import type { RolloutShape } from './rollout-shape';

/** [horizon · groups, rowsPerGroup, channels] each. */
interface Transitions {
  before: tf.Tensor;
  action: tf.Tensor;
  after: tf.Tensor;
}

/**
 * What RolloutResult is made of, from all steps at once: "sums" of what varies of the reward, "steps" of every episode
 * where they matter, and the rest as it is named there. The step that terminates still yields its own reward, no step after
 * it does.
 * @param given.learned [horizon · groups, rowsPerGroup] predicted rewards, in the place of the task's formula
 * @param given.end [candidates · particles] what the state after the last step is worth
 * @param byRow [horizon · groups, rowsPerGroup, …] → [horizon, candidates · particles, …]
 */
export function judgedRollouts(
  shape: RolloutShape,
  task: Omit<SummedReward, 'arrays'>,
  { before, action, after }: Transitions,
  { learned, end }: { learned: tf.Tensor | undefined; end: tf.Tensor | null },
  byRow: (x: tf.Tensor) => tf.Tensor,
): Record<string, tf.Tensor> {
  const { horizon, candidates, particles, layout } = shape;
  const endings = task.terminated ? byRow(task.terminated(before, action, after)) : null;
  const alive = endings && aliveSteps(endings);
  const rewards = whileAlive(alive, byRow(learned ?? task.varying(before, action, after)));
  const inCandidates = (x: tf.Tensor) => tf.reshape(x, [candidates, particles]);
  const byCandidate = (x: tf.Tensor) => inCandidates(tf.sum(x, 0));
  const discounted = (x: tf.Tensor) => byCandidate(discountedSteps(shape.value, x));
  const outputs: Record<string, tf.Tensor> = { sums: discounted(rewards) };
  if (shape.value && end) {
    outputs.sums = tf.add(
      outputs.sums as tf.Tensor,
      inCandidates(worthOfEnd(shape.value, horizon, end, endings)),
    );
  }
  if (alive && task.offset !== 0) outputs.steps = discounted(tf.cast(alive, 'float32'));
  const outside = shape.limits ? limitViolation(shape.observationLimits) : null;
  if (outside) {
    const violation = whileAlive(alive, byRow(outside(after)));
    outputs.violation = tf.mean(byCandidate(violation), 1);
    outputs.stepsOutside = tf.mean(byCandidate(tf.sign(violation)), 1);
  }
  if (shape.variance || shape.trajectories) {
    const states = byRow(after);
    if (shape.variance) outputs.variance = variances(shape, states, alive);
    if (shape.trajectories) {
      const rows = tf.transpose(states, [1, 0, 2]);
      outputs.states = tf.reshape(rows, [candidates, particles, horizon, layout.angles.length]);
    }
  }
  return outputs;
}

/**
 * [candidates] Σ_t mean over channels of Σ_{p alive} (s_p − μ)² / particles / spread², with μ the mean of those alive:
 * their variance times the share of them. Angles by the shorter way.
 * @param states [horizon, rows, observations]
 * @param alive [horizon, rows]
 */
function variances(
  { horizon, candidates, particles, layout, spread }: RolloutShape,
  states: tf.Tensor,
  alive: tf.Tensor | null,
): tf.Tensor {
  const width = layout.angles.length;
  const state = tf.reshape(states, [horizon * candidates, particles, width]) as tf.Tensor3D;
  const living = alive && tf.tile(tf.reshape(alive, [horizon * candidates, particles, 1]), [1, 1, width]);
  const counted = (x: tf.Tensor, otherwise = 0) =>
    living ? tf.where(living, x, tf.fill(x.shape, otherwise)) : x;
  const count = living ? tf.maximum(tf.sum(tf.cast(living, 'float32'), 1, true), 1) : tf.scalar(particles);
  // From one of those alive, so that a turn more or less does not count.
  const reference = tf.max(counted(state, -1e30), 1, true);
  const apart = shorterWay(tf.sub(state, reference) as tf.Tensor3D, layout.angles);
  const mean = tf.div(tf.sum(counted(apart), 1, true), count);
  const squares = tf.sum(counted(tf.square(tf.sub(apart, mean))), 1);
  const weights = Array.from(spread, (one) => (one === 0 ? 0 : 1 / (one ** 2 * width * particles)));
  const steps = tf.sum(tf.mul(squares, tf.tensor1d(weights)), -1);
  return tf.sum(tf.reshape(steps, [horizon, candidates]), 0);
}
