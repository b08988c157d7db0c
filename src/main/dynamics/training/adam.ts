import * as tf from '@tensorflow/tfjs-core';
import type { RateSchedule } from '../../../shared/rate-schedule';
import { named, type Tensors } from '../mlp';
import type { NamedArray } from '../types';

/** Adam (Kingma & Ba 2015) with its usual constants. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * Optimiser state beside every weight, scaled so that a step needs no bias correction in the graph:
 * "first/<name>" is Adam's m / (1 − β₁), "second/<name>" its v / (1 − β₂).
 */
export function optimiserState(weights: Map<string, NamedArray>): Map<string, NamedArray> {
  const state = new Map<string, NamedArray>();
  for (const kind of ['first', 'second']) {
    for (const [name, { shape, values }] of weights) {
      state.set(`${kind}/${name}`, { shape, values: new Float32Array(values.length) });
    }
  }
  return state;
}

/**
 * Step size and ε of optimisation steps `first`, `first` + 1, … (counted from 1) for the scaled state:
 * w − size · first / (√second + ε) is Adam's step with bias correction. Row-major [count, 2].
 */
export function adamSchedule(
  learningRate: number,
  first: number,
  count: number,
  beta1 = BETA1,
): Float32Array {
  const schedule = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const step = first + i;
    const scale = Math.sqrt((1 - BETA2) / (1 - BETA2 ** step));
    schedule[2 * i] = (learningRate * (1 - beta1)) / (1 - beta1 ** step) / scale;
    schedule[2 * i + 1] = EPSILON / scale;
  }
  return schedule;
}

/** Share of the learning rate at optimisation step `step` of `steps`, counted from 1: falling along half a cosine, or all of it. */
export const rateShare = (schedule: RateSchedule, step: number, steps: number): number =>
  schedule === 'cosine' ? (1 + Math.cos((Math.PI * Math.min(step - 1, steps)) / steps)) / 2 : 1;

/**
 * One Adam step inside a traced program: all tensors of `current` (weights and state by name) as they are after it.
 * @param decay what of the weight itself is added to its gradient, by name
 * @param beta1 the one that the schedule was made with
 */
export function adamStep(
  current: Tensors,
  gradients: Tensors,
  schedule: { size: tf.Tensor; epsilon: tf.Tensor },
  decay: (name: string) => number | tf.Tensor,
  beta1 = BETA1,
): Tensors {
  const next: Tensors = {};
  for (const [name, slope] of Object.entries(gradients)) {
    const weight = named(current, name);
    const share = decay(name);
    const gradient = share === 0 ? slope : tf.add(slope, tf.mul(weight, share));
    const first = tf.add(tf.mul(named(current, `first/${name}`), beta1), gradient);
    const second = tf.add(tf.mul(named(current, `second/${name}`), BETA2), tf.square(gradient));
    const ratio = tf.div(first, tf.add(tf.sqrt(second), schedule.epsilon));
    next[name] = tf.sub(weight, tf.mul(ratio, schedule.size));
    next[`first/${name}`] = first;
    next[`second/${name}`] = second;
  }
  return next;
}
