import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { listEngines, openEngine } from '../../src/main/tensor';
import { compileGraph } from '../../src/main/tensor/native/compile';
import { UnsupportedOperator } from '../../src/main/tensor/native/lowering';
import { traceGraph } from '../../src/main/tensor/trace/program';
import type { Engine, TensorData, TensorProgram, TensorSpec } from '../../src/main/tensor/types';
import { convolutionCases } from './convolution-cases';
import { elementwiseCases } from './elementwise-cases';
import { imageCases } from './image-cases';
import { indexingCases } from './indexing-cases';
import { interpret } from './native-interpreter';
import { agree, draw, expectClose, generator } from './referee';
import { structuralCases } from './structural-cases';

const cases = [...elementwiseCases, ...structuralCases, ...indexingCases, ...convolutionCases, ...imageCases];

/** Compiles to native programs and runs them in the interpreter. */
const interpreting: Engine = {
  name: 'native',
  eager: false,
  async compile(program, inputs, options) {
    const graph = traceGraph(program, inputs, options);
    const { description } = compileGraph(graph);
    const outputs = graph.outputs.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
    return {
      ...{ inputs, outputs, compileMs: 0, cached: false },
      async run(feeds) {
        const results = interpret(
          description,
          inputs.map(({ name }) => feeds[name] as TensorData),
        );
        return Object.fromEntries(
          outputs.map(({ name, dtype }, i) => {
            const words = results[i] as Float32Array;
            if (dtype === 'int32') return [name, new Int32Array(words.buffer)];
            return [name, dtype === 'bool' ? Uint8Array.from(words) : words];
          }),
        );
      },
      async dispose() {},
    };
  },
};

/** Operators that the executor lacks, by the cases that have them: programs that ONNX Runtime computes. */
const LACKING = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool']);

async function operatorLacking(one: (typeof cases)[number], engine: Engine): Promise<string | undefined> {
  try {
    await agree(one, 6, engine);
    return undefined;
  } catch (thrown) {
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
    if (cause instanceof UnsupportedOperator) return cause.operator;
    throw thrown;
  }
}

describe('a native program, read word by word, computes what tfjs computes', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const lacking = await operatorLacking(one, interpreting);
    if (lacking !== undefined) expect(LACKING).toContain(lacking);
  });
});

/** Programs that the cases above do not have: what the compiler joins, and where it must not. */
const joined: Record<string, { program: TensorProgram; specs: TensorSpec[] }> = {
  'a sum of two products, of which only one can take it as its bias': {
    specs: ['a', 'b'].flatMap((name) => [
      { name, shape: [2, 6, 3] },
      { name: `w${name}`, shape: [2, 3, 4] },
    ]),
    program: ({ a, wa, b, wb }) => {
      const sum = tf.add(
        tf.matMul(a as tf.Tensor3D, wa as tf.Tensor3D),
        tf.matMul(b as tf.Tensor3D, wb as tf.Tensor3D),
      );
      return { y: sum, tall: tf.sum(sum, 1) };
    },
  },
  'layers whose activations others need as well': {
    specs: [
      { name: 'x', shape: [5, 3] },
      { name: 'w', shape: [3, 3] },
    ],
    program: ({ x, w }) => {
      const layer = (given: tf.Tensor) => tf.add(tf.matMul(given as tf.Tensor2D, w as tf.Tensor2D), 0.25);
      const [first, slope] = [layer(x as tf.Tensor), tf.sigmoid(layer(x as tf.Tensor))];
      const second = layer(tf.mul(first, slope));
      return { y: tf.mul(second, tf.sigmoid(second)), first, slope, relu: tf.relu(layer(second)) };
    },
  },
  'steps side by side in one tensor, read by the next step': {
    specs: [
      { name: 'x', shape: [2, 4, 3] },
      { name: 'w', shape: [2, 3, 3] },
    ],
    program: ({ x, w }) => {
      const states = [x as tf.Tensor3D];
      for (let i = 0; i < 4; i++) {
        const last = states[i] as tf.Tensor3D;
        states.push(tf.add(last, tf.tanh(tf.matMul(last, w as tf.Tensor3D))));
      }
      const all = tf.concat(states, 0);
      const wide = tf.concat(states, 2);
      return { all, rewards: tf.sum(tf.square(all), -1), wide, turned: tf.transpose(wide, [2, 1, 0]) };
    },
  },
};

describe('a native program is right where instructions are joined:', () => {
  it.each(Object.entries(joined))('%s', async (name, { program, specs }) => {
    const random = generator(1);
    const feeds = Object.fromEntries(specs.map(({ name: input, shape }) => [input, draw({ shape }, random)]));
    const results = [];
    for (const engine of [interpreting, await openEngine('cpu'), await openEngine('native')]) {
      const compiled = await engine.compile(program, specs, { name });
      results.push(await compiled.run(feeds));
      await compiled.dispose();
    }
    const [read, expected, ran] = results;
    for (const [output, values] of Object.entries(expected ?? {})) {
      expectClose(read?.[output] as TensorData, values, 1e-5, output, 0.1);
      expectClose(ran?.[output] as TensorData, values, 1e-5, output, 0.1);
    }
  });
});

const [native] = (await listEngines()).filter(({ name }) => name === 'native');

describe.runIf(native?.available)('the native engine computes what tfjs computes', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await agree(one, 12, await openEngine('native'));
  });
});
