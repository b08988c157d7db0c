import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  openEngine,
  type TensorData,
  type TensorProgram,
  type TensorSpec,
} from '../../src/main/tensor/index';
import { type Network, networks } from './networks';
import { draw, expectClose, generator } from './referee';

type Feeds = Record<string, TensorData>;

const STEPS = 10;
const LEARNING_RATE = 3e-3;

/** Everything that one step of Adam takes in and gives out, and the slopes it went by. */
function trainingStep(network: Network): { specs: TensorSpec[]; program: TensorProgram } {
  const { weights, data } = network;
  const moments = ['m/', 'v/'].flatMap((kind) =>
    weights.map(({ name, shape }) => ({ name: kind + name, shape })),
  );
  const program: TensorProgram = (given) => {
    const of = (name: string) => given[name] as tf.Tensor;
    const evaluate = (values: tf.Tensor[]) => {
      const replaced = weights.map(({ name }, i) => [name, values[i] as tf.Tensor] as const);
      return network.evaluate(Object.fromEntries(replaced), given);
    };
    const current = weights.map(({ name }) => of(name));
    const objective = (...values: tf.Tensor[]) => evaluate(values).loss;
    const { value, grads } = tf.valueAndGrads(objective as never)(current);
    const step = tf.add(of('step'), 1);
    const next: Record<string, tf.Tensor> = { step, loss: value, prediction: evaluate(current).prediction };
    weights.forEach(({ name }, i) => {
      const gradient = grads[i] as tf.Tensor;
      const m = tf.add(tf.mul(of(`m/${name}`), 0.9), tf.mul(gradient, 0.1));
      const v = tf.add(tf.mul(of(`v/${name}`), 0.999), tf.mul(tf.square(gradient), 0.001));
      const ratio = tf.div(
        tf.div(m, tf.sub(1, tf.pow(0.9, step))),
        tf.add(tf.sqrt(tf.div(v, tf.sub(1, tf.pow(0.999, step)))), 1e-8),
      );
      next[name] = tf.sub(of(name), tf.mul(ratio, LEARNING_RATE));
      next[`m/${name}`] = m;
      next[`v/${name}`] = v;
      next[`gradient of ${name}`] = gradient;
    });
    return next;
  };
  return { specs: [...weights, ...moments, { name: 'step', shape: [] }, ...data], program };
}

describe('a network', () => {
  it.each(networks.map((one) => [one.name, one] as const))(
    'learns the same on onnxruntime as on cpu, step by step: %s',
    async (_, network) => {
      const { specs, program } = trainingStep(network);
      const random = generator(11);
      const scaled = (spec: TensorSpec, scale: number) =>
        draw({ shape: spec.shape, low: -scale, high: scale }, random);
      const start: Feeds = Object.fromEntries(
        specs.map((spec) => [spec.name, scaled(spec, /^(m|v)\/|^step$/.test(spec.name) ? 0 : 0.5)]),
      );
      const batches = Array.from({ length: STEPS }, () =>
        Object.fromEntries(
          network.data.map((spec) => [
            spec.name,
            spec.dtype === 'int32'
              ? draw({ shape: spec.shape, dtype: 'int32', low: 0, high: 3 }, random)
              : scaled(spec, 1),
          ]),
        ),
      );
      const curves: Feeds[][] = [];
      for (const name of ['onnxruntime', 'cpu'] as const) {
        const compiled = await (await openEngine(name)).compile(program, specs, { name: network.name });
        const states: Feeds[] = [];
        let state = start;
        for (const batch of batches) {
          state = await compiled.run({ ...state, ...batch });
          states.push(state);
        }
        await compiled.dispose();
        curves.push(states);
      }
      const [actual = [], expected = []] = curves;
      expected.forEach((state, step) => {
        for (const [name, values] of Object.entries(state)) {
          // The first step's values are those of the same weights; from then on the rounding of all steps adds up.
          const exact = step === 0 && (name === 'prediction' || name === 'loss');
          // What is left of slopes that cancel is compared with slopes of an ordinary size.
          const magnitude = name.startsWith('gradient') ? 0.01 : 0;
          const actually = actual[step]?.[name] as TensorData;
          expectClose(actually, values, exact ? 1e-5 : 1e-4, `${name}, step ${step}`, magnitude);
        }
      });
      const losses = expected.map((state) => state.loss?.[0] ?? Number.NaN);
      expect(losses.filter(Number.isFinite)).toHaveLength(STEPS);
    },
  );
});
