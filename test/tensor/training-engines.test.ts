import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { inputCount, type ModelLayout, targetCount } from '../../src/main/dynamics/layout';
import { adamSchedule } from '../../src/main/dynamics/training/adam';
import {
  gradientClass,
  initialState,
  type StepShape,
  trainProgram,
} from '../../src/main/dynamics/training/train-step';
import { type EngineName, listEngines, openEngine } from '../../src/main/tensor';
import { EnsembleOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { expectClose } from './referee';

/** An angle among the observations, so that inputs and outputs differ in number. */
const layout: ModelLayout = { angles: [false, true, false], actions: 1, history: 1, reward: false };
const [inputs, targets] = [inputCount(layout), targetCount(layout)];
const options = EnsembleOptions.parse({ name: 'ensemble', members: 3, hiddenLayers: 2, hiddenUnits: 12 });
const [members, batch, learningRate] = [3, 16, 1e-2];
const STEPS = 24;

const weights = gradientClass(options).initialWeights(layout, options, new Random(1));
const shapeFor = (unroll: number): StepShape => ({
  ...{ layout, class: options, loss: { name: 'one-step' }, stage: { steps: 1, share: 1, title: '' } },
  ...{ rows: 64, batch, unroll, weightDecay: 3e-5 },
  normaliser: {
    inputMean: new Float32Array(inputs),
    inputStd: new Float32Array(inputs).fill(1),
    targetMean: new Float32Array(targets),
    targetStd: new Float32Array(targets).fill(1),
  },
});

/** Something to learn: targets are a smooth function of the inputs and a little noise. */
function batches(): { inputs: Float32Array; targets: Float32Array }[] {
  const random = new Random(2);
  return Array.from({ length: STEPS }, () => {
    const x = random.fillNormal(new Float32Array(members * batch * inputs));
    const y = Float32Array.from({ length: members * batch * targets }, (_, i) => {
      const row = Math.floor(i / targets) * inputs;
      return Math.sin(x[row + (i % targets)] ?? 0) + 0.5 * (x[row + inputs - 1] ?? 0) + 0.1 * random.normal();
    });
    return { inputs: x, targets: y };
  });
}

const joined = (parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

/** The whole training on one engine: losses call by call, and the state at the end. */
async function train(name: EngineName, unroll: number) {
  const engine = await openEngine(name);
  const { program, specs } = trainProgram(weights, shapeFor(unroll));
  const compiled = await engine.compile(program, specs, { name: 'training step', threads: 2 });
  const all = batches();
  const losses: Float32Array[] = [];
  let state = Object.fromEntries([...initialState(weights)].map(([key, { values }]) => [key, values]));
  for (let step = 0; step < STEPS; step += unroll) {
    const taken = all.slice(step, step + unroll);
    const { nll, ...next } = await compiled.run({
      ...state,
      inputs: joined(taken.map((one) => one.inputs)),
      targets: joined(taken.map((one) => one.targets)),
      schedule: adamSchedule(learningRate, step + 1, unroll),
    });
    losses.push(nll as Float32Array);
    state = next as typeof state;
  }
  await compiled.dispose();
  return { losses, state };
}

const available = (await listEngines()).filter((one) => one.available).map(({ name }) => name);
/** Computes in double precision between kernels, and is tfjs's own reference. */
const reference = await train('cpu', 1);

describe('a whole training', () => {
  it('learns something on the engine that the others are compared with', () => {
    // Batches differ by a tenth: several of them at either end.
    const mean = (losses: Float32Array[]) =>
      losses.flatMap((loss) => [...loss]).reduce((a, b) => a + b, 0) / (members * losses.length);
    expect(mean(reference.losses.slice(-6))).toBeLessThan(mean(reference.losses.slice(0, 6)) - 0.1);
  });

  it.each(available)('on %s has the losses of every step and the weights of the reference', async (name) => {
    const { losses, state } = await train(name, 1);
    losses.forEach((loss, i) => {
      expectClose(loss, reference.losses[i] as Float32Array, 1e-4, `loss of step ${i}`, 1);
    });
    for (const [key, values] of Object.entries(state)) {
      // Adam divides by the gradient's own size, so rounding in small gradients grows with the steps.
      expectClose(values, reference.state[key] as Float32Array, 2e-3, key);
    }
  });

  it('is the same whether a call makes one step or several', async () => {
    const { losses, state } = await train('onnxruntime', 4);
    losses.forEach((loss, call) => {
      const steps = reference.losses.slice(4 * call, 4 * call + 4);
      const mean = loss.map((_, member) => steps.reduce((sum, one) => sum + (one[member] ?? 0), 0) / 4);
      expectClose(loss, mean, 1e-4, `loss of call ${call}`, 1);
    });
    for (const [key, values] of Object.entries(state)) {
      expectClose(values, reference.state[key] as Float32Array, 2e-3, key);
    }
  });

  it.each(available.filter((name) => ['wasm', 'cpu', 'tensorflow'].includes(name)))(
    'on %s leaves no tensor behind',
    async (name) => {
      const held = () => [tf.engine().state.numTensors, tf.engine().state.numDataBuffers];
      await train(name, 2);
      const before = held();
      await train(name, 2);
      expect(held()).toEqual(before);
    },
  );
});
