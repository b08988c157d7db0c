import { createHash } from 'node:crypto';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ForesightError } from '../../../shared/errors';
import { encodeGraph, type TracedGraph, traceGraph } from '../trace/program';
import type { CompiledProgram, CompileOptions, Engine, EngineName, TensorData, TensorSpec } from '../types';
import { disposedError, feedOf } from './feeds';
import { offeredProviders, type Provider, providerOf, startProvider } from './providers';
import { type Lease, SharedCache } from './shared-cache';

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

function sessionOptions(
  options: SessionOptions,
  provider: Provider | 'cpu',
): InferenceSession.SessionOptions {
  return {
    // What another provider has no kernel for, ONNX Runtime gives to the processor by itself.
    executionProviders: [provider],
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

/**
 * Sessions by the content of their file and options. Opening one takes three times as long as tracing its program, and
 * the same programs come again: for every stage and round of a training. An unused one keeps its memory, hence few.
 */
const sessions = new SharedCache<InferenceSession>({ unused: 2, close: (session) => session.release() });

/** A larger file has a model's weights in it, which come once. */
const MAX_KEPT_BYTES = 4 * 2 ** 20;

async function openSession(
  onnx: Uint8Array,
  options: SessionOptions,
  provider: Provider | 'cpu',
): Promise<InferenceSession> {
  const runtime = await loadRuntime();
  return runtime.InferenceSession.create(onnx, sessionOptions(options, provider)).catch((cause: unknown) => {
    throw new ForesightError(
      'engine',
      `ONNX Runtime does not accept the program "${options.name}": ${cause instanceof Error ? cause.message : String(cause)}`,
      'If the file is from elsewhere, export it again; if Foresight compiled it, this is a defect of Foresight.',
      { cause },
    );
  });
}

function sharedSession(
  onnx: Uint8Array,
  options: SessionOptions,
  provider: Provider | 'cpu',
): Promise<Lease<InferenceSession>> {
  const key = createHash('sha256')
    .update(JSON.stringify(sessionOptions(options, provider)))
    .update(onnx)
    .digest('hex');
  return sessions.take(key, () => openSession(onnx, options, provider), onnx.length <= MAX_KEPT_BYTES);
}

/** A session as a program; outputs are called as in the file unless other names are given. */
async function programOf(
  lease: Lease<InferenceSession>,
  { name, outputNames, began }: { name: string; outputNames?: readonly string[]; began: number },
): Promise<CompiledProgram> {
  const runtime = await loadRuntime();
  const { value: session, cached } = lease;
  const inputs = specsOf(session.inputMetadata, name);
  const fileOutputs = specsOf(session.outputMetadata, name);
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
    compileMs: performance.now() - began,
    cached,
    async run(feeds) {
      if (!open) throw disposedError(name);
      const tensors = inputs.map((spec) => [spec.name, wrap(spec, feedOf(feeds, spec, name))] as const);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        fileOutputs.map((spec, i) => [outputs[i]?.name ?? spec.name, results[spec.name]?.data as TensorData]),
      );
    },
    async dispose() {
      open = false;
      wrapped.clear();
      await lease.release();
    },
  };
}

/** Opens an ONNX file that was exported before, in a session of its own, so that it can be run again. */
export async function createSession(onnx: Uint8Array, options: SessionOptions): Promise<CompiledProgram> {
  const began = performance.now();
  const value = await openSession(onnx, options, 'cpu');
  let held = true;
  const release = async () => {
    if (held) await value.release();
    held = false;
  };
  try {
    return await programOf({ value, cached: false, release }, { name: options.name, began });
  } catch (error) {
    await release();
    throw error;
  }
}

/** @throws ForesightError `unavailable` where the library or the execution provider of the name does not start */
export async function openOnnxRuntime(name: EngineName = 'onnxruntime'): Promise<Engine> {
  const runtime = await loadRuntime();
  const provider = providerOf(name);
  if (provider) await startProvider(runtime, provider);
  return {
    name,
    eager: false,
    async compile(program, inputs, options) {
      const began = performance.now();
      return openTraced(traceGraph(program, inputs, options), options, began, provider);
    },
    ...(provider === undefined && {
      write: (program, inputs, options) => ({
        kind: 'onnx',
        onnx: encodeGraph(traceGraph(program, inputs, options), options).onnx,
      }),
    }),
  };
}

/** A session for a program that has been traced. */
export async function openTraced(
  graph: TracedGraph,
  options: CompileOptions,
  began: number,
  provider: Provider | 'cpu' = 'cpu',
): Promise<CompiledProgram> {
  const { onnx, outputs } = encodeGraph(graph, options);
  const lease = await sharedSession(onnx, options, provider);
  return programOf(lease, { name: options.name, outputNames: outputs.map(({ name }) => name), began });
}

/** Names of the engines that are execution providers which the installed package has for this system. */
export async function onnxRuntimeEngines(): Promise<EngineName[]> {
  const offered = offeredProviders(await loadRuntime());
  return offered.map((provider): EngineName => `onnxruntime:${provider}`);
}
