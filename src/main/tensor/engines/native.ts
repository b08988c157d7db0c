import { createHash } from 'node:crypto';
import { ForesightError } from '../../../shared/errors';
import { type Addon, loadAddon } from '../native/addon';
import { compileGraph } from '../native/compile';
import type { NativeDescription } from '../native/encode';
import { UnsupportedOperator } from '../native/lowering';
import { encodeGraph, type TracedGraph, traceGraph } from '../trace/program';
import type {
  CompiledProgram,
  CompileOptions,
  Engine,
  PortableProgram,
  TensorData,
  TensorProgram,
  TensorSpec,
} from '../types';
import { disposedError, feedOf, zerosOf } from './feeds';
import { createSession, openTraced } from './onnxruntime';
import { type Lease, SharedCache } from './shared-cache';

type Handle = ReturnType<Addon['createProgram']>;

/** As sessions of ONNX Runtime (engines/onnxruntime.ts). */
const programs = new SharedCache<Handle>({
  unused: 2,
  close: async (handle) => loadAddon().dispose(handle),
});
const MAX_KEPT_BYTES = 4 * 2 ** 20;

type Written = Extract<PortableProgram, { kind: 'native' }>;

/** The program for the executor; or, for ONNX Runtime, its graph and the operator that the executor lacks. */
function written(
  program: TensorProgram,
  given: readonly TensorSpec[],
  options: CompileOptions,
): Written | { missing: string; graph: TracedGraph } {
  const graph = traceGraph(program, given, { ...options, whole: true });
  try {
    const { description } = compileGraph(graph);
    const outputs = graph.outputs.map(({ name, shape, dtype }): TensorSpec => ({ name, shape, dtype }));
    return { kind: 'native', description, inputs: [...graph.inputs], outputs };
  } catch (thrown) {
    if (!(thrown instanceof UnsupportedOperator)) throw thrown;
    return { missing: thrown.operator, graph: traceGraph(program, given, options) };
  }
}

function failed(name: string, thrown: unknown): ForesightError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const next =
    'This is a defect of Foresight; use the engine "onnxruntime" and send the message to the developers.';
  if ((thrown as { code?: string }).code !== 'INDEX') {
    return new ForesightError('engine', `The program "${name}" cannot be run: ${reason}`, next, {
      cause: thrown,
    });
  }
  const told = `The program "${name}" asked for a place that is not there: ${reason}`;
  return new ForesightError('engine', told, 'Check the indices that the program is fed with.', {
    cause: thrown,
  });
}

function handleFor(description: NativeDescription, name: string): Promise<Lease<Handle>> {
  const { code, constants, inputs, outputs, ...sizes } = description;
  const hash = createHash('sha256').update(JSON.stringify(sizes));
  for (const { buffer, byteOffset, byteLength } of [code, constants, inputs, outputs]) {
    hash.update(`${byteLength} `).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  const open = async () => {
    try {
      return loadAddon().createProgram(description);
    } catch (thrown) {
      throw failed(name, thrown);
    }
  };
  return programs.take(hash.digest('hex'), open, constants.byteLength <= MAX_KEPT_BYTES);
}

async function programOf(
  { description, inputs, outputs }: Written,
  { name }: CompileOptions,
  began: number,
): Promise<CompiledProgram> {
  const addon = loadAddon();
  const lease = await handleFor(description, name);
  let open = true;
  return {
    inputs,
    outputs,
    compileMs: performance.now() - began,
    cached: lease.cached,
    async run(feeds) {
      if (!open) throw disposedError(name);
      const given = inputs.map((spec) => feedOf(feeds, spec, name));
      const results: TensorData[] = outputs.map(zerosOf);
      try {
        addon.run(lease.value, given, results);
      } catch (thrown) {
        throw failed(name, thrown);
      }
      return Object.fromEntries(outputs.map((spec, i) => [spec.name, results[i] as TensorData]));
    },
    async dispose() {
      open = false;
      await lease.release();
    },
  };
}

/**
 * The native executor; a program with an operator that it lacks is computed by ONNX Runtime as a whole.
 * @throws ForesightError `unavailable` where there is none for this computer
 */
export async function openNative(): Promise<Engine> {
  loadAddon();
  return {
    name: 'native',
    eager: false,
    async compile(program, inputs, options) {
      const began = performance.now();
      const ready = written(program, inputs, options);
      if ('kind' in ready) return programOf(ready, options, began);
      return { ...(await openTraced(ready.graph, options, began)), missing: ready.missing };
    },
    write(program, inputs, options) {
      const ready = written(program, inputs, options);
      if ('kind' in ready) return ready;
      return { kind: 'onnx', onnx: encodeGraph(ready.graph, options).onnx };
    },
  };
}

/** A program that reads and writes where it is told to: views in the order of its inputs and outputs, nothing copied or checked. */
export interface InPlace {
  run(inputs: readonly TensorData[], outputs: readonly TensorData[]): void;
  dispose(): Promise<void>;
}

/** @throws ForesightError engine for a program that the executor does not run itself */
export async function openInPlace(program: PortableProgram, name: string): Promise<InPlace> {
  if (program.kind !== 'native') throw failed(name, new Error('it is none of the executor'));
  const addon = loadAddon();
  const lease = await handleFor(program.description, name);
  return {
    run(inputs, outputs) {
      try {
        addon.run(lease.value, [...inputs], [...outputs]);
      } catch (thrown) {
        throw failed(name, thrown);
      }
    },
    dispose: () => lease.release(),
  };
}

/** Opens in this thread what an engine has written, perhaps in another one. */
export async function openPortable(
  program: PortableProgram,
  options: CompileOptions,
): Promise<CompiledProgram> {
  if (program.kind === 'native') return programOf(program, options, performance.now());
  return createSession(program.onnx, options);
}
