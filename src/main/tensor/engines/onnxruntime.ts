import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ForesightError } from '../../../shared/errors';
import { traceToOnnx } from '../trace/program';
import type { CompiledProgram, CompileOptions, Engine, TensorData, TensorSpec } from '../types';
import { disposedError, feedOf } from './feeds';

type Runtime = typeof import('onnxruntime-node');

let loading: Promise<Runtime> | undefined;

/** The native library, loaded when it is first needed: importing this module costs nothing. */
export function loadRuntime(): Promise<Runtime> {
  loading ??= import('onnxruntime-node').then(
    (module) => ('default' in module ? (module.default as Runtime) : module),
    (cause: unknown) => {
      throw new ForesightError(
        'unavailable',
        `ONNX Runtime cannot be loaded on this computer: ${cause instanceof Error ? cause.message : String(cause)}`,
        'Install Foresight again for this system, or choose the "wasm" engine.',
        { cause },
      );
    },
  );
  return loading;
}

export interface SessionOptions extends CompileOptions {
  /**
   * Whether waiting worker threads poll for work or sleep; asleep unless asked for. Polling gains a few percent on
   * idle cores and burns them between calls: with other work on both cores a training step took 32 ms (median)
   * polling and 10 ms asleep.
   */
  spin?: boolean;
}

function sessionOptions(options: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      session: {
        intra_op: { allow_spinning: options.spin ? '1' : '0' },
        // Adam's moments of weights that hardly move become denormal, which is slow on every x86 processor.
        set_denormal_as_zero: '1',
      },
    },
  };
}

function specsOf(metadata: readonly InferenceSession.ValueMetadata[], program: string): TensorSpec[] {
  return metadata.map((one) => {
    const known = one.isTensor && one.shape.every((size) => typeof size === 'number');
    const dtype = one.isTensor ? one.type : undefined;
    if (!one.isTensor || !known || !(dtype === 'float32' || dtype === 'int32' || dtype === 'bool')) {
      throw new ForesightError(
        'engine',
        `"${one.name}" of "${program}" is not a tensor of fixed shape and of type float32, int32 or bool.`,
        'Use a model that Foresight exported.',
      );
    }
    return { name: one.name, shape: one.shape.map(Number), dtype };
  });
}

/** Session of an ONNX file in memory; outputs are called as in the file unless other names are given. */
async function openSession(
  onnx: Uint8Array,
  options: SessionOptions,
  outputNames?: readonly string[],
): Promise<CompiledProgram> {
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(onnx, sessionOptions(options)).catch(
    (cause: unknown) => {
      throw new ForesightError(
        'engine',
        `ONNX Runtime does not accept the program "${options.name}": ${cause instanceof Error ? cause.message : String(cause)}`,
        'If the file is from elsewhere, export it again; if Foresight compiled it, this is a defect of Foresight.',
        { cause },
      );
    },
  );
  const inputs = specsOf(session.inputMetadata, options.name);
  const fileOutputs = specsOf(session.outputMetadata, options.name);
  const outputs = fileOutputs.map((spec, i) => ({ ...spec, name: outputNames?.[i] ?? spec.name }));
  // A feed that comes in the same array again keeps its tensor.
  const wrapped = new Map<string, Tensor>();
  let open = true;

  const wrap = (spec: TensorSpec, data: TensorData): Tensor => {
    const known = wrapped.get(spec.name);
    if (known?.data === data) return known;
    const tensor = new runtime.Tensor(spec.dtype ?? 'float32', data, spec.shape);
    wrapped.set(spec.name, tensor);
    return tensor;
  };

  return {
    inputs,
    outputs,
    async run(feeds) {
      if (!open) throw disposedError(options.name);
      const tensors = inputs.map(
        (spec) => [spec.name, wrap(spec, feedOf(feeds, spec, options.name))] as const,
      );
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        fileOutputs.map((spec, i) => [outputs[i]?.name ?? spec.name, results[spec.name]?.data as TensorData]),
      );
    },
    async dispose() {
      if (!open) return;
      open = false;
      wrapped.clear();
      await session.release();
    },
  };
}

/** Opens an ONNX file that was exported before, so that it can be run again. */
export const createSession = (onnx: Uint8Array, options: SessionOptions): Promise<CompiledProgram> =>
  openSession(onnx, options);

export async function openOnnxRuntime(): Promise<Engine> {
  await loadRuntime();
  return {
    name: 'onnxruntime',
    compile(program, inputs, options) {
      const traced = traceToOnnx(program, inputs, options);
      const names = traced.outputs.map((output) => output.name);
      return openSession(traced.onnx, options, names);
    },
  };
}
