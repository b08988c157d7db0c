import { getBackend, setBackend, Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import { registerGradients } from '../gradients';
import { withoutKeeping } from '../keeping';
import { traceGraph } from '../trace/program';
import type {
  CompiledProgram,
  CompileOptions,
  Engine,
  EngineName,
  TensorData,
  TensorProgram,
  TensorSpec,
} from '../types';
import { disposedError, feedOf, zerosOf } from './feeds';

/** Runs `body` on a tfjs backend that has already started, and puts the previous one back. */
function onBackend<T>(backend: string, body: () => T): T {
  const previous = getBackend() as string | undefined;
  try {
    if (previous !== backend) void setBackend(backend);
    return body();
  } finally {
    if (previous && previous !== backend) void setBackend(previous);
  }
}

function evaluate(
  program: TensorProgram,
  inputs: readonly TensorSpec[],
  feeds: Record<string, TensorData>,
  name: string,
) {
  const inScope = () => {
    const given = inputs.map((spec): [string, Tensor] => {
      const data = feedOf(feeds, spec, name);
      return [spec.name, tensor(data, spec.shape, spec.dtype ?? 'float32')];
    });
    const results = Object.entries(program(Object.fromEntries(given)));
    return results.map(([key, value]) => {
      if (!(value instanceof Tensor)) {
        throw new ForesightError(
          'engine',
          `The tensor program "${name}" must return tensors by name, and not a promise of them.`,
          'Return an object such as { loss, prediction } from a synchronous function.',
        );
      }
      // Copied: the array may be the backend's own memory, which ends with this scope.
      const data = value.dataSync().slice() as TensorData;
      return { spec: { name: key, shape: value.shape, dtype: value.dtype as TensorSpec['dtype'] }, data };
    });
  };
  return withoutKeeping(() => tidy(inScope));
}

/**
 * The outputs of a program. Tracing tells them without computing anything; a program that cannot be traced (a kernel
 * without an emitter) is run once on zeros.
 */
function outputsOf(
  program: TensorProgram,
  inputs: readonly TensorSpec[],
  options: CompileOptions,
  backend: string,
): TensorSpec[] {
  try {
    return traceGraph(program, inputs, options).outputs.map(({ name, shape, dtype }) => ({
      name,
      shape,
      dtype,
    }));
  } catch {
    const zeros = Object.fromEntries(inputs.map((spec) => [spec.name, zerosOf(spec)]));
    return onBackend(backend, () => evaluate(program, inputs, zeros, options.name)).map(({ spec }) => spec);
  }
}

/** Whoever traced it and whoever ran it must agree on what came out. */
function checkOutput(program: string, actual: TensorSpec, expected: TensorSpec | undefined): void {
  const say = (spec: TensorSpec | undefined) =>
    spec ? `"${spec.name}" [${spec.shape.join(', ')}] of ${spec.dtype ?? 'float32'}` : 'nothing';
  if (say(actual) === say(expected)) return;
  throw new ForesightError(
    'engine',
    `"${program}" gave ${say(actual)} where ${say(expected)} was expected.`,
    'A program must give the same outputs whatever its inputs are; if it does, this is a defect of Foresight.',
  );
}

/**
 * An engine that calls tfjs kernel by kernel on one of its backends; it compiles nothing. Slower than ONNX Runtime,
 * always there, and the referee that compiled programs are checked against.
 * @param backend a backend that is registered and started
 */
export function eagerEngine(name: EngineName, backend: string): Engine {
  registerGradients();
  return {
    name,
    eager: true,
    async compile(program, inputs, options): Promise<CompiledProgram> {
      const began = performance.now();
      const outputs = outputsOf(program, inputs, options, backend);
      let open = true;
      return {
        inputs: [...inputs],
        outputs,
        compileMs: performance.now() - began,
        cached: false,
        async run(feeds) {
          if (!open) throw disposedError(options.name);
          const results = onBackend(backend, () => evaluate(program, inputs, feeds, options.name));
          results.forEach(({ spec }, i) => {
            checkOutput(options.name, spec, outputs[i]);
          });
          return Object.fromEntries(results.map(({ spec, data }) => [spec.name, data]));
        },
        async dispose() {
          open = false;
        },
      };
    },
  };
}
