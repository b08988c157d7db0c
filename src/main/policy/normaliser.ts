import * as tf from '@tensorflow/tfjs-core';
import { expandState, stateInputCount, stateWidth } from '../dynamics/layout';
import type { Engine } from '../tensor';
import type { PolicySpace } from './representation/space';
import type { Arrays } from './representation/types';

/** Deviations below which an input counts as still: nothing of it was seen that could say how it varies. */
const STILL = 1e-6;
/** Share of what an input can be that it counts to vary over at least: about the deviation of one that is anywhere in it. */
const SHARE = 1 / 4;
/** Times as much as was seen to vary that it counts to at most, so that limits far beyond what happens do not flatten it. */
const MOST = 10;

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
 * @param of `skilled`: the states that a policy will be in, as who knows how it is done meets them. `unskilled`: those before
 *   anything is learned, of a cart that has hardly left its place, a pole that only ever hung. Scaled by that alone, what happens
 *   later would come in as tens of deviations, and a network that balances the pole would lose it again and again. So an input
 *   counts to vary over a quarter of what it can be at least: of the channel's limits, and of −1 to 1 for the sine and cosine
 *   of an angle.
 */
export async function fittedNormaliser(
  engine: Engine,
  space: PolicySpace,
  states: Float32Array,
  of: 'skilled' | 'unskilled',
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
    const least = of === 'skilled' ? [] : leastDeviations(space);
    const scale = variance.map((value, input) => 1 / deviation(Math.sqrt(value), least[input] ?? null));
    const shape = [1, 1, mean.length];
    return new Map([
      ['input/mean', { shape, values: mean }],
      ['input/scale', { shape, values: scale }],
    ]);
  } finally {
    await program.dispose();
  }
}

function deviation(seen: number, least: number | null): number {
  if (seen <= STILL) return least ?? 1;
  return Math.max(seen, Math.min(least ?? 0, MOST * seen));
}

/** Of every input of the newest observation, in the order of `expandState`; null where nothing says what it can be. */
function leastDeviations({ layout, limits }: PolicySpace): (number | null)[] {
  return layout.angles.flatMap((isAngle, channel) => {
    if (isAngle) return [2 * SHARE, 2 * SHARE];
    const range = limits[channel];
    return range ? [SHARE * (range[1] - range[0])] : [null];
  });
}
