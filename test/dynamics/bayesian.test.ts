import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictedMembers, predictionArrays } from '../../src/main/dynamics/classes';
import { bayesian, gaussianDivergence } from '../../src/main/dynamics/classes/bayesian';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { checkExport, exportOnnx } from '../../src/main/dynamics/export';
import type { ModelLayout } from '../../src/main/dynamics/layout';
import { mlp } from '../../src/main/dynamics/mlp';
import { readModel, writeModel } from '../../src/main/dynamics/model-file';
import { trainModel } from '../../src/main/dynamics/training/train';
import { initialState, noiseSpecs, trainProgram } from '../../src/main/dynamics/training/train-step';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { compileRollout } from '../../src/main/plan/rollout/rollouts';
import { type EngineName, openEngine } from '../../src/main/tensor';
import { BayesianOptions, TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { channel, episode, PENDULUM, pendulumEpisodes } from './dynamics-helpers';
import { momentsOf, negativeLogLikelihood } from './likelihood';

const LAYOUT: ModelLayout = { angles: [true, false], actions: 1, history: 1, reward: false };
const SMALL = BayesianOptions.parse({ name: 'bayesian', hiddenUnits: 8, posteriorSamples: 4 });
const request = (given: object, episodes = pendulumEpisodes(4, 125), more = {}) => ({
  ...{ name: 'b', rig: 'pendulum', channels: PENDULUM, episodes },
  options: TrainOptions.parse({ class: given, batchSize: 64, ...more }),
});

describe('the variational posterior', () => {
  beforeAll(async () => {
    await openEngine('cpu');
    await tf.setBackend('cpu');
  });

  it('is as far from the prior as the integral of q ln q/p says', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.05, max: 2, noNaN: true }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        (mean, std, prior) => {
          const logDensity = (x: number, mu: number, sigma: number) =>
            -0.5 * ((x - mu) / sigma) ** 2 - Math.log(sigma * Math.sqrt(2 * Math.PI));
          let integral = 0;
          const step = 0.01 * std;
          for (let x = mean - 8 * std; x < mean + 8 * std; x += step) {
            const q = logDensity(x, mean, std);
            integral += step * Math.exp(q) * (q - logDensity(x, 0, prior));
          }
          const both = [mean, std].map((value) => tf.tensor3d([value, value], [1, 1, 2]));
          const [nats] = gaussianDivergence(both[0] as tf.Tensor3D, both[1] as tf.Tensor3D, prior).dataSync();
          expect(Math.abs((nats ?? Number.NaN) - 2 * integral)).toBeLessThan(1e-3 * (1 + 2 * integral));
        },
      ),
    );
  });

  it('gives every row of a batch a network of its own, drawn from it', () => {
    const random = new Random(1);
    const batch = 5;
    const weights = bayesian.initialWeights(LAYOUT, SMALL, random);
    for (const [name, { values }] of weights) if (name.endsWith('/rho')) values.fill(-0.02);
    const tensors = Object.fromEntries(
      [...weights].map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
    );
    const noise = Object.fromEntries(
      bayesian.noise(LAYOUT, SMALL, batch).map(({ name, shape, kind }) => {
        const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
        return [
          name,
          tf.tensor(kind === 'normal' ? random.fillNormal(values) : random.fillUniform(values), shape),
        ];
      }),
    );
    const inputs = tf.tensor3d(random.fillNormal(new Float32Array(batch * 4)), [1, batch, 4]);
    const drawn = bayesian.distribution?.({ layout: LAYOUT, options: SMALL, tensors, inputs, noise }).mean;
    const std = Math.log1p(Math.exp(30 * -0.02));
    const means = new Set<number>();
    for (let row = 0; row < batch; row++) {
      const signs = [0, 1, 2, 3].map((layer) =>
        tf.sign(tf.sub(tf.slice3d(noise[`sign/${layer}`] as tf.Tensor3D, [0, row, 0], [1, 1, -1]), 0.5)),
      );
      const own = Object.fromEntries(
        [0, 1, 2].flatMap((layer) => {
          const of = (weight: string, turned: tf.Tensor) => {
            const name = `layer${layer}/${weight}`;
            const shift = tf.mul(tf.mul(noise[`noise/${name}`] as tf.Tensor, std), turned);
            return [name, tf.add(tensors[`${name}/mean`] as tf.Tensor, shift)] as const;
          };
          const [before, after] = [signs[layer] as tf.Tensor3D, signs[layer + 1] as tf.Tensor3D];
          return [of('kernel', tf.matMul(before, after, true)), of('bias', after)];
        }),
      );
      const expected = mlp(SMALL, own, tf.slice3d(inputs, [0, row, 0], [1, 1, -1])).dataSync();
      for (const c of [0, 1]) {
        const actual = drawn!.dataSync()[row * 2 + c];
        expect(actual).toBeCloseTo(expected[c], 4);
        means.add(actual);
      }
    }
    expect(means.size).toBe(2 * batch);
  });

  it('is trained by the same gradients on every engine', async () => {
    const weights = bayesian.initialWeights(LAYOUT, SMALL, new Random(3));
    const shape = {
      ...{ layout: LAYOUT, class: SMALL, loss: { name: 'one-step' as const } },
      ...{ stage: { steps: 1, share: 1, title: '' }, rows: 16, batch: 16, unroll: 2, weightDecay: 0 },
      normaliser: {
        ...{ inputMean: new Float32Array(4), inputStd: new Float32Array(4).fill(1) },
        ...{ targetMean: new Float32Array(2), targetStd: new Float32Array(2).fill(1) },
      },
    };
    const state = initialState(weights);
    const random = new Random(4);
    const values = (count: number) => random.fillNormal(new Float32Array(count));
    const feeds = {
      ...Object.fromEntries([...state].map(([name, array]) => [name, array.values])),
      ...Object.fromEntries(
        noiseSpecs(shape, 1).map(({ name, shape: size, kind }) => {
          const count = size.reduce((a, b) => a * b, 1);
          return [name, kind === 'normal' ? values(count) : random.fillUniform(new Float32Array(count))];
        }),
      ),
      ...{ inputs: values(2 * 16 * 4), targets: values(2 * 16 * 2), schedule: Float32Array.of(0, 1, 0, 1) },
    };
    const run = async (name: EngineName) => {
      const { program, specs } = trainProgram(weights, shape);
      const compiled = await (await openEngine(name)).compile(program, specs, { name: 'training step' });
      const outputs = await compiled.run(feeds);
      await compiled.dispose();
      return outputs as Record<string, Float32Array>;
    };
    const [compiled, eager] = [await run('native'), await run('cpu')];
    for (const [name, expected] of Object.entries(eager)) {
      // A step size of zero leaves the weights; what Adam collects of the gradients is what is compared.
      const scale = Math.max(...expected.map(Math.abs), 1e-6);
      const worst = Math.max(...expected.map((v, i) => Math.abs(v - (compiled[name]?.[i] ?? Number.NaN))));
      expect(worst / scale, name).toBeLessThan(1e-4);
    }
    const moving = Object.entries(eager).filter(([name]) => name.startsWith('first/'));
    expect(moving.some(([, slopes]) => slopes.some((v) => v !== 0))).toBe(true);
  });
});

describe('a Bayesian network', () => {
  const fresh = pendulumEpisodes(4, 60, 77);
  const given = { name: 'bayesian', posteriorSamples: 6 };
  let model: DynamicsModel;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-bayes-'));
    model = await trainModel(request(given));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('learns a pendulum about as well as a plain network', async () => {
    const network = await trainModel(request({ name: 'gaussian', hiddenUnits: 64 }));
    const likelihoods = await Promise.all([model, network].map((one) => negativeLogLikelihood(one, fresh)));
    expect(likelihoods[0]).toBeLessThan(likelihoods[1] + 0.8);
    const [own, plain] = await Promise.all(
      [model, network].map(async (one) => (await evaluateModel(one, fresh, { horizons: [1, 10] })).channels),
    );
    for (const [i, { error, last }] of (own ?? []).entries()) {
      expect(error[1]).toBeLessThan(0.1 * last[1]!);
      expect(error[1]).toBeLessThan(4 * plain![i].error[1]!);
    }
  });

  it('predicts with as many networks as were asked for, always the same', async () => {
    const arrays = predictionArrays(model);
    expect(predictedMembers(arrays)).toBe(6);
    expect(arrays['layer0/kernel']?.shape).toEqual([6, 4, 64]);
    expect(predictionArrays(model)).toEqual(arrays);
    const again = await trainModel(request(given));
    expect(again.summary.hash).toBe(model.summary.hash);
    expect(model.summary.elites).toEqual([0]);
    expect(() => predictionArrays(model, [1])).toThrow(RangeError);
  });

  it('draws its networks with the standard deviations that it learned', () => {
    const many = {
      ...model.summary.options,
      class: { ...model.summary.options.class, posteriorSamples: 50 },
    };
    const arrays = predictionArrays({ ...model, summary: { ...model.summary, options: many } as never });
    const drawn = arrays['layer1/kernel']?.values as Float32Array;
    const [mean, rho] = ['mean', 'rho'].map((part) => model.weights.get(`layer1/kernel/${part}`)?.values);
    const size = mean?.length as number;
    let squares = 0;
    drawn.forEach((value, i) => {
      const std = Math.log1p(Math.exp(30 * rho![i % size]));
      squares += ((value - mean![i % size]) / std) ** 2;
    });
    expect(squares / drawn.length).toBeCloseTo(1, 1);
  });

  it('is unsure where it has seen nothing', async () => {
    const random = new Random(4);
    const channels = { observations: [channel('x', 'm')], actions: [channel('u', '1')], periodSeconds: 0.1 };
    const episodes = Array.from({ length: 300 }, (_, i) => {
      const x = random.uniformIn(-1, 1);
      const next = 1.3 * x + Math.sin(3 * x) + 0.1 * random.normal();
      return episode(i + 1, [x, next], [random.uniformIn(-1, 1), Number.NaN]);
    });
    const line = await trainModel({ ...request({ ...given, posteriorSamples: 50 }, episodes), channels });
    const { ignorance, noise } = await momentsOf(line, [0, -5, 3, 5], [0, 0, 0, 0], 4);
    const [inside, ...outside] = [...ignorance].map(Math.sqrt);
    expect(inside).toBeLessThan(0.1);
    expect(Math.sqrt(noise[0])).toBeLessThan(0.2);
    for (const spread of outside) expect(spread).toBeGreaterThan(2 * (inside as number));
  });

  it('is read back from its file and exported as it is', async () => {
    const read = await readModel(await writeModel(model, folder, '1.2.3'));
    expect(predictionArrays(read)).toEqual(predictionArrays(model));
    const onnx = join(folder, 'bayes.onnx');
    await exportOnnx(model, onnx, { foresight: '1.2.3' });
    const { channels } = await checkExport(model, onnx, fresh);
    for (const { relative } of channels) expect(relative).toBeLessThan(1e-5);
  });

  it('plans with all of its networks', async () => {
    const engine = await openEngine();
    const task = { name: 'up', reward: 'cos(angle)', termination: '', maxSteps: 100 };
    const choice = { horizon: 5, candidates: 6, particles: 6, noise: true, members: 'step' as const };
    const rollout = await compileRollout(
      { engine, model, task, threads: 1 },
      { ...choice, variance: false, limits: false, trajectories: false, learnedReward: false },
    );
    expect(rollout.members).toBe(6);
    const { returns } = await rollout.evaluate([1, 0], new Float32Array(6 * 5), new Random(1));
    expect(returns).toHaveLength(36);
    for (const value of returns) expect(Math.abs(value)).toBeLessThanOrEqual(5);
    await rollout.dispose();
  });

  it('is trained over several steps too, with a fixed variance too', async () => {
    const options = { ...given, variance: 'fixed', hiddenUnits: 32 };
    const loss = { name: 'k-step', steps: 4 };
    const unrolled = await trainModel(request(options, undefined, { loss, epochs: 40 }));
    const { channels } = await evaluateModel(unrolled, fresh, { horizons: [10] });
    for (const { error, last } of channels) expect(error[0]).toBeLessThan(0.2 * last[0]!);
  });
});
