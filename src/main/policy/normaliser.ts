import * as tf from '@tensorflow/tfjs-core';
import { expandState, stateInputCount, stateWidth } from '../dynamics/layout';
import type { Engine } from '../tensor';
import type { PolicySpace } from './representation/space';
import type { Arrays } from './representation/types';

/** Deviations below which an input counts as still: it enters as it is, less its mean. */
const STILL = 1e-6;

/** The identity: inputs as they are. */
export function plainNormaliser(space: PolicySpace): Arrays {
  const inputs = stateInputCount(space.layout);
  return new Map([
    ['input/mean', { shape: [1, 1, inputs], values: new Float32Array(inputs) }],
    ['input/scale', { shape: [1, 1, inputs], values: new Float32Array(inputs).fill(1) }],
  ]);
}

/**
 * "input/mean" and "input/scale" of the inputs that states become.
 * @param states [rows, stateWidth] SI units
 */
export async function fittedNormaliser(
  engine: Engine,
  space: PolicySpace,
  states: Float32Array,
): Promise<Arrays> {
  const rows = states.length / stateWidth(space.layout);
  const program = await engine.compile(
    ({ states }) => {
      const inputs = expandState(space.layout, states as tf.Tensor3D);
      const mean = tf.mean(inputs, 1, true);
      return { mean, variance: tf.mean(tf.square(tf.sub(inputs, mean)), 1, true) };
    },
    [{ name: 'states', shape: [1, rows, stateWidth(space.layout)] }],
    { name: 'normaliser', threads: 1 },
  );
  try {
    const { mean, variance } = (await program.run({ states })) as Record<'mean' | 'variance', Float32Array>;
    const scale = variance.map((value) => (Math.sqrt(value) > STILL ? 1 / Math.sqrt(value) : 1));
    const shape = [1, 1, mean.length];
    return new Map([
      ['input/mean', { shape, values: mean }],
      ['input/scale', { shape, values: scale }],
    ]);
  } finally {
    await program.dispose();
  }
}
