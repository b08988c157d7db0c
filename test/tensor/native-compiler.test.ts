import { describe, expect, it } from 'vitest';
import { listEngines, openEngine } from '../../src/main/tensor';
import { compileGraph } from '../../src/main/tensor/native/compile';
import { UnsupportedOperator } from '../../src/main/tensor/native/lowering';
import { traceGraph } from '../../src/main/tensor/trace/program';
import type { Engine, TensorData } from '../../src/main/tensor/types';
import { convolutionCases } from './convolution-cases';
import { elementwiseCases } from './elementwise-cases';
import { imageCases } from './image-cases';
import { indexingCases } from './indexing-cases';
import { interpret } from './native-interpreter';
import { agree } from './referee';
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

const [native] = (await listEngines()).filter(({ name }) => name === 'native');

describe.runIf(native?.available)('the native engine computes what tfjs computes', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await agree(one, 12, await openEngine('native'));
  });
});
