import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { arraySpecs } from '../../../src/main/dynamics/predictor';
import { policySpace } from '../../../src/main/policy/representation/space';
import { initialValue, stateValue, valueShape } from '../../../src/main/policy/representation/value';
import { loadRig } from '../../../src/main/rig';
import { openEngine } from '../../../src/main/tensor';
import { Random } from '../../../src/shared/random';

const SHAPE = { hiddenLayers: 2, hiddenUnits: 24, activation: 'tanh' as const };

describe('the value of a state', () => {
  it('is the same whether states lie in one stack or in several', async () => {
    const space = policySpace((await loadRig('pendulum')).file);
    const value = Object.fromEntries(initialValue(space, SHAPE, new Random(1)));
    const width = value['value/layer0/kernel']?.shape[1] as number;
    const engine = await openEngine();
    const program = await engine.compile(
      ({ one, several, ...tensors }) => ({
        one: stateValue(SHAPE, tensors, one as tf.Tensor3D),
        several: stateValue(SHAPE, tensors, several as tf.Tensor3D),
      }),
      [
        { name: 'one', shape: [1, 15, width] },
        { name: 'several', shape: [3, 5, width] },
        ...arraySpecs(value),
      ],
      { name: 'value' },
    );
    const inputs = new Random(2).fillNormal(new Float32Array(15 * width));
    const feeds = Object.fromEntries(Object.entries(value).map(([name, { values }]) => [name, values]));
    const { one, several } = await program.run({ ...feeds, one: inputs, several: inputs });
    await program.dispose();
    expect(new Set(one as Float32Array).size).toBe(15);
    for (const [i, expected] of (one as Float32Array).entries()) expect(several[i]).toBeCloseTo(expected, 6);
  });

  it('says its layers and units by its arrays, and what is no value is none', async () => {
    const space = policySpace((await loadRig('reacher')).file);
    expect(valueShape(initialValue(space, SHAPE, new Random(1)), 'tanh')).toEqual(SHAPE);
    expect(() => valueShape(new Map(), 'tanh')).toThrow(RangeError);
  });
});
