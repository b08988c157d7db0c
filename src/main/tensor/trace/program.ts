import {
  engine,
  getBackend,
  registerBackend,
  removeBackend,
  setBackend,
  Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import { registerGradients } from '../gradients';
import { withoutKeeping } from '../keeping';
import { encodeModel, type OnnxInitializer, type OnnxNode } from '../onnx/model';
import type { CompileOptions, TensorProgram, TensorSpec } from '../types';
import { TRACE_BACKEND, TraceBackend } from './backend';
import { callSite } from './call-site';
import type { Ref, ValueInfo } from './graph';
import { elementType } from './trace';

export interface TracedProgram {
  onnx: Uint8Array;
  /** Outputs by the program's names, in the order of the file's outputs. */
  outputs: TensorSpec[];
  /** The same by the names in the file, which differ where an output has the name of an input. */
  fileOutputs: TensorSpec[];
}

/** An output may be called like an input ("weights in, weights out"); names in a file are unique. */
const fileName = (output: string, inputs: readonly TensorSpec[]): string =>
  inputs.some((input) => input.name === output) ? `${output}_next` : output;

/** tfjs puts more frames between an emitter and the program than a stack trace shows by default. */
const FRAMES_TO_THE_CALLER = 60;

/** Runs `body` with the tracing backend in charge and puts tfjs back as it was found, whatever happens. */
function withTraceBackend<T>(backend: TraceBackend, body: () => T): T {
  const previous = getBackend() as string | undefined;
  if (previous === TRACE_BACKEND) {
    throw new ForesightError(
      'engine',
      `The tensor program "${backend.programName}" was compiled from inside another program.`,
      'Compile programs one after the other, outside of any traced function.',
    );
  }
  registerBackend(TRACE_BACKEND, () => backend, 0);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES_TO_THE_CALLER;
  try {
    // Backends that start synchronously are also switched synchronously; the promise is only a formality.
    void setBackend(TRACE_BACKEND);
    // Before the backend is taken away, which tensors that were kept belong to.
    return withoutKeeping(body);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    removeBackend(TRACE_BACKEND);
    if (previous) void setBackend(previous);
  }
}

function explain(thrown: unknown, program: string): Error {
  if (thrown instanceof ForesightError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const site = callSite(thrown);
  const where = site ? ` at ${site}` : '';
  const missing = /Kernel '([^']+)' not registered/.exec(message);
  if (missing) {
    return new ForesightError(
      'engine',
      `The tensor program "${program}" calls the tfjs kernel ${missing[1]}${where}, which cannot be compiled to ONNX.`,
      'Write it with other operations, run the program on the "cpu" engine, or add an emitter for the kernel.',
      { cause: thrown },
    );
  }
  return new ForesightError(
    'engine',
    `The tensor program "${program}" failed while it was compiled${where}: ${message}`,
    'Check the shapes and types in the program at that place.',
    { cause: thrown },
  );
}

function checkOutputs(result: unknown, program: string): [string, Tensor][] {
  const entries = result !== null && typeof result === 'object' ? Object.entries(result) : [];
  if (
    entries.length === 0 ||
    result instanceof Promise ||
    entries.some(([, value]) => !(value instanceof Tensor))
  ) {
    throw new ForesightError(
      'engine',
      `The tensor program "${program}" must return tensors by name, and not a promise of them.`,
      'Return an object such as { loss, prediction } from a synchronous function.',
    );
  }
  return entries as [string, Tensor][];
}

/** Gives node outputs the names of the program's outputs; what is no node's own output is copied by an Identity. */
function nameOutputs(nodes: OnnxNode[], wanted: readonly { from: string; to: string }[]): OnnxNode[] {
  const produced = new Set(nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  const copies: OnnxNode[] = [];
  for (const { from, to } of wanted) {
    if (produced.has(from) && !renamed.has(from)) renamed.set(from, to);
    else copies.push({ op: 'Identity', inputs: [from], outputs: [to], attributes: {} });
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
}

/** A program as it was written down, before it is anybody's file: what ONNX files and native programs are made of. */
export interface TracedGraph {
  nodes: OnnxNode[];
  initializers: OnnxInitializer[];
  /** Shape and type of every node's outputs, by name. */
  values: ReadonlyMap<string, ValueInfo>;
  inputs: readonly TensorSpec[];
  /** By the program's names, and what each is in the graph: a node's output, an input or an initialiser. */
  outputs: (TensorSpec & { from: string })[];
}

/**
 * Whether the program that is being traced runs on the native executor, which keeps what many small operations have in
 * common in the cache by itself: a program need not be cut up for its engine.
 */
export function isTracedWhole(): boolean {
  const backend = engine().registry[TRACE_BACKEND];
  return backend instanceof TraceBackend && backend.trace.whole;
}

/**
 * Runs a program once on symbols and writes down what it does. `whole` is for the native executor.
 * @throws ForesightError `engine` for a kernel without an emitter (naming kernel and call site), for reading a
 *   tensor's values, for drawing random numbers, and for whatever the program itself throws.
 */
export function traceGraph(
  program: TensorProgram,
  inputs: readonly TensorSpec[],
  options: CompileOptions & { whole?: boolean },
): TracedGraph {
  registerGradients();
  const backend = new TraceBackend(
    options.name,
    inputs.map((input) => input.name),
    options.whole ?? false,
  );
  const { trace } = backend;
  const outputs: TracedGraph['outputs'] = [];
  try {
    withTraceBackend(backend, () =>
      tidy(() => {
        const placeholders = inputs.map((input): [string, Tensor] => {
          const dtype = input.dtype ?? 'float32';
          const dataId = backend.place({ name: input.name, shape: input.shape, type: dtype });
          return [
            input.name,
            engine().makeTensorFromTensorInfo({ dataId, shape: [...input.shape], dtype }, backend),
          ];
        });
        const result = program(Object.fromEntries(placeholders));
        for (const [name, tensor] of checkOutputs(result, options.name)) {
          const ref = trace.full(tensor);
          outputs.push({ name, shape: tensor.shape, dtype: programType(ref), from: trace.name(ref) });
        }
      }),
    );
  } catch (thrown) {
    throw trace.failure ?? explain(thrown, options.name);
  }
  if (trace.failure) throw trace.failure;
  const { nodes, initializers } = trace.graph.reachable(outputs.map(({ from }) => from));
  return { nodes, initializers, values: trace.graph.values, inputs, outputs };
}

/**
 * A program as an ONNX file.
 * @throws ForesightError as traceGraph
 */
export function traceToOnnx(
  program: TensorProgram,
  inputs: readonly TensorSpec[],
  options: CompileOptions,
): TracedProgram {
  return encodeGraph(traceGraph(program, inputs, options), options);
}

/** The ONNX file of a program that has been written down. */
export function encodeGraph(
  { nodes, initializers, inputs, outputs }: TracedGraph,
  options: CompileOptions,
): TracedProgram {
  const specs = outputs.map(({ name, shape, dtype }): TensorSpec => ({ name, shape, dtype }));
  const fileOutputs = specs.map((spec) => ({ ...spec, name: fileName(spec.name, inputs) }));
  const typed = ({ name, shape, dtype }: TensorSpec) => ({ name, shape, type: dtype ?? 'float32' });
  const onnx = encodeModel({
    name: options.name,
    nodes: nameOutputs(
      nodes,
      outputs.map(({ name, from }) => ({ from, to: fileName(name, inputs) })),
    ),
    initializers,
    inputs: inputs.map(typed),
    outputs: fileOutputs.map(typed),
    metadata: options.metadata ?? {},
  });
  return { onnx, outputs: specs, fileOutputs };
}

const programType = (ref: Ref): TensorSpec['dtype'] => {
  const type = ref.type === 'int64' ? 'int32' : ref.type;
  return elementType(type) as TensorSpec['dtype'];
};
