import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { predictionArrays, predictorOf } from '../../src/main/dynamics/classes';
import { gaussianHead, gaussianLoss } from '../../src/main/dynamics/classes/gaussian-network';
import { expandInputs, inputCount, type ModelLayout } from '../../src/main/dynamics/layout';
import { silu } from '../../src/main/dynamics/mlp';
import { arrayConstants, arraySpecs } from '../../src/main/dynamics/predictor';
import { gradientClass } from '../../src/main/dynamics/training/train-step';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';
import { PENDULUM, quickOptions } from './dynamics-helpers';

const LAYOUT: ModelLayout = { angles: [true, false], actions: 1, history: 1, reward: false };

function untrained(members = 4): DynamicsModel {
  const options = quickOptions({}, { members });
  return {
    summary: { options, ...PENDULUM, elites: [] } as unknown as DynamicsModel['summary'],
    weights: gradientClass(options.class).initialWeights(LAYOUT, options.class, new Random(1)),
    normaliser: {
      inputMean: Float32Array.of(0.1, 0.2, -1, 3),
      inputStd: Float32Array.of(0.7, 0.8, 2, 4),
      targetMean: Float32Array.of(0.01, -0.02),
      targetStd: Float32Array.of(0.1, 0.5),
    },
  };
}

async function predict(
  model: DynamicsModel,
  members: number[] | undefined,
  observation: number[],
  torque: number[],
) {
  const arrays = predictionArrays(model, members);
  const rows = torque.length;
  const engine = await openEngine();
  const compiled = await engine.compile(
    ({ observation, action }) => {
      const predicted = predictorOf(model, arrayConstants(arrays)).predict(
        observation as tf.Tensor3D,
        action as tf.Tensor3D,
      );
      return { mean: predicted.mean, logVariance: predicted.logVariance };
    },
    [
      { name: 'observation', shape: [1, rows, 2] },
      { name: 'action', shape: [1, rows, 1] },
    ],
    { name: 'prediction' },
  );
  const feeds = { observation: Float32Array.from(observation), action: Float32Array.from(torque) };
  const result = (await compiled.run(feeds)) as Record<'mean' | 'logVariance', Float32Array>;
  await compiled.dispose();
  return result;
}

/** The network by plain numbers, float64. */
function byHand(model: DynamicsModel, member: number, [angle, speed]: [number, number], torque: number) {
  const { normaliser: n, weights } = model;
  const slice = (name: string) => {
    const { shape, values } = weights.get(name) ?? { shape: [1], values: new Float32Array() };
    const size = values.length / (shape[0] ?? 1);
    return { shape, values: [...values.subarray(member * size, (member + 1) * size)] };
  };
  let hidden = [Math.sin(angle), Math.cos(angle), speed, torque].map(
    (value, i) => (value - n.inputMean[i]) / n.inputStd[i],
  );
  for (let layer = 0; layer < 3; layer++) {
    const kernel = slice(`layer${layer}/kernel`);
    const units = kernel.shape[2];
    const sums = slice(`layer${layer}/bias`).values.map((bias, unit) =>
      hidden.reduce((sum, value, i) => sum + value * kernel.values[i * units + unit], bias),
    );
    hidden = layer < 2 ? sums.map((x) => x / (1 + Math.exp(-x))) : sums;
  }
  const softplus = (x: number) => Math.log1p(Math.exp(x));
  const [max, min] = ['max', 'min'].map((end) => slice(`logVariance/${end}`).values) as [number[], number[]];
  return {
    mean: [0, 1].map((c) => hidden[c] * n.targetStd[c] + n.targetMean[c]),
    logVariance: [0, 1].map((c) => {
      const below = max[c] - softplus(max[c] - hidden[2 + c]);
      const bounded = min[c] + softplus(below - min[c]);
      return bounded + 2 * Math.log(n.targetStd[c]);
    }),
  };
}

describe('a Gaussian network', () => {
  beforeAll(async () => {
    await openEngine('cpu');
    await tf.setBackend('cpu');
  });

  it('expands angles in place, whatever channels are around them', () => {
    const layout: ModelLayout = { ...LAYOUT, angles: [false, true, true, false, false], actions: 2 };
    const observation = tf.tensor3d([[[1, 0, Math.PI / 2, 4, 5]]]);
    const expanded = expandInputs(layout, observation, tf.tensor3d([[[8, 9]]])).dataSync();
    expect(expanded).toHaveLength(inputCount(layout));
    for (const [i, value] of [1, 0, 1, 1, 0, 4, 5, 8, 9].entries()) expect(expanded[i]).toBeCloseTo(value, 6);
  });

  it('has the gradient of x·σ(x) that differentiating it gives', () => {
    const x = tf.linspace(-6, 6, 41);
    const own = tf
      .grad((t) => tf.sum(tf.mul(silu(t), t)))(x)
      .dataSync();
    const plain = tf
      .grad((t) => tf.sum(tf.mul(tf.mul(t, tf.sigmoid(t)), t)))(x)
      .dataSync();
    for (const [i, value] of own.entries()) expect(value).toBeCloseTo(plain[i], 4);
  });

  it('has the loss, its gradient and the gradient of that which the plain formula gives', () => {
    const random = new Random(3);
    const normals = (shape: number[]) =>
      tf.tensor3d(
        random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
        shape as [number, number, number],
      );
    const given = [
      ...[normals([2, 7, 4]), normals([2, 7, 2])],
      ...[tf.add(normals([2, 1, 2]), 1), tf.sub(normals([2, 1, 2]), 3)],
    ] as tf.Tensor[];
    type Given = [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const own = (...[output, targets, max, min]: Given) => {
      const tensors = { 'logVariance/max': max, 'logVariance/min': min };
      return gaussianLoss(tensors, gaussianHead(tensors, output, 2, 'learned'), targets, 'learned').objective;
    };
    const plain = (...[output, targets, max, min]: Given) => {
      const [mean, raw] = tf.split(output, 2, 2) as [tf.Tensor3D, tf.Tensor3D];
      const below = tf.sub(max, tf.softplus(tf.sub(max, raw)));
      const logVariance = tf.add(min, tf.softplus(tf.sub(below, min)));
      const squares = tf.square(tf.sub(mean, targets));
      const surprise = tf.add(tf.mul(squares, tf.exp(tf.neg(logVariance))), logVariance);
      return tf.add(tf.mean(surprise, [1, 2]), tf.mul(tf.sum(tf.sub(max, min), [1, 2]), 0.01));
    };
    type Loss = typeof own;
    const slopes = (loss: Loss) =>
      tf.grads((...all) => tf.sum(loss(...(all as unknown as Given))) as tf.Scalar)(given);
    const bends = (loss: Loss) =>
      tf.grads((...all) => {
        const first = tf.grads((...inner) => tf.sum(loss(...(inner as unknown as Given))) as tf.Scalar)(all);
        return tf.addN(first.map((one) => tf.sum(tf.square(one)))) as tf.Scalar;
      })(given);
    const pairs = [
      [[own(...(given as unknown as Given))], [plain(...(given as unknown as Given)) as tf.Tensor]],
      [slopes(own), slopes(plain as Loss)],
      [bends(own), bends(plain as Loss)],
    ] as const;
    for (const [ours, theirs] of pairs) {
      for (const [i, one] of ours.entries()) {
        const expected = (theirs[i] as tf.Tensor).dataSync();
        for (const [at, value] of one.dataSync().entries()) expect(value).toBeCloseTo(expected[at], 4);
      }
    }
  });

  it('predicts what its equations say, in SI units, for every member', async () => {
    const model = untrained();
    const { mean, logVariance } = await predict(model, undefined, [2, -1], [0.5]);
    for (let member = 0; member < 4; member++) {
      const expected = byHand(model, member, [2, -1], 0.5);
      for (const c of [0, 1]) {
        expect(mean[member * 2 + c]).toBeCloseTo(expected.mean[c], 5);
        expect(logVariance[member * 2 + c]).toBeCloseTo(expected.logVariance[c], 4);
      }
    }
  });

  it('gives chosen members the predictions they have in the whole ensemble', async () => {
    const model = untrained();
    const whole = await predict(model, undefined, [2, -1, 0.3, 0], [0.5, 1]);
    const chosen = await predict(model, [2, 0], [2, -1, 0.3, 0], [0.5, 1]);
    expect([...chosen.mean]).toEqual([...whole.mean.slice(8, 12), ...whole.mean.slice(0, 4)]);
    expect(() => predictionArrays(model, [4])).toThrow(RangeError);
  });

  it('keeps its log variance between the soft bounds however large the network says it is', async () => {
    const model = untrained(1);
    model.weights.get('layer2/bias')?.values.set([0, 0, 1000, -1000]);
    const { logVariance } = await predict(model, undefined, [0, 0], [0]);
    expect(logVariance[0]).toBeCloseTo(0.5 + 2 * Math.log(0.1), 3);
    expect(logVariance[1]).toBeCloseTo(-10 + 2 * Math.log(0.5), 3);
  });

  it('has the same names and shapes as graph inputs as it has as constants', () => {
    const arrays = predictionArrays(untrained(), [1]);
    const constants = arrayConstants(arrays);
    for (const { name, shape } of arraySpecs(arrays)) expect(constants[name]?.shape).toEqual(shape);
    expect(Object.keys(constants).sort()).toEqual(
      arraySpecs(arrays)
        .map(({ name }) => name)
        .sort(),
    );
  });
});
