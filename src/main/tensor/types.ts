import type { Tensor } from '@tensorflow/tfjs-core';
import type { EngineName } from '../../shared/model-options';
import type { NativeDescription } from './native/encode';

export { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from '../../shared/model-options';

export type TensorData = Float32Array | Int32Array | Uint8Array;
export interface TensorSpec {
  name: string;
  shape: number[];
  dtype?: 'float32' | 'int32' | 'bool';
}
/** A pure TensorFlow.js function: named tensors in, named tensors out, nothing read, nothing random. */
export type TensorProgram = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

export interface CompileOptions {
  /** Shown in errors and profiles. */
  name: string;
  /** Threads inside one call; 0 leaves it to the engine. */
  threads?: number;
  /** Key/value strings for the ONNX file's metadata_props, and a doc string. */
  metadata?: Record<string, string>;
}

export interface CompiledProgram {
  readonly inputs: TensorSpec[];
  readonly outputs: TensorSpec[];
  /** How long tracing and opening the session blocked the thread. */
  readonly compileMs: number;
  /** Was the session of an equal program (the same operations, shapes, constants and options) used again? */
  readonly cached: boolean;
  /** The operator that the native executor lacks, where ONNX Runtime computes the program in its place. */
  readonly missing?: string;
  /** Feeds and results are flat, row-major. Blocks its thread for as long as it computes. */
  run(feeds: Record<string, TensorData>): Promise<Record<string, TensorData>>;
  /** The program cannot be run any more. Its session may be kept for an equal program to come. */
  dispose(): Promise<void>;
}

/** A program that was compiled as far as it can be without a thread to run in: plain data, for any thread. */
export type PortableProgram =
  | { kind: 'onnx'; onnx: Uint8Array }
  | { kind: 'native'; description: NativeDescription; inputs: TensorSpec[]; outputs: TensorSpec[] };

export interface Engine {
  readonly name: EngineName;
  /**
   * Does it call kernel by kernel instead of compiling? Then several steps in one call save nothing, and the thread is
   * blocked for all of them.
   */
  readonly eager: boolean;
  /**
   * Makes a program ready to run. Tracing and opening the session block the thread, from tens of milliseconds to
   * seconds for programs unrolled many times: call it where nobody waits for the thread (a training process, the planning
   * thread), say "compiling" before it, and let whoever shows that count the seconds. `compileMs` is what it took.
   * @throws ForesightError `engine` for what cannot be compiled
   */
  compile(program: TensorProgram, inputs: TensorSpec[], options: CompileOptions): Promise<CompiledProgram>;
  /**
   * A program for another thread, where several threads compute several programs faster than one does; where it is left
   * out they do not: kernels that are called one by one, a graphics processor.
   * @throws ForesightError as `compile`
   */
  readonly write?: (program: TensorProgram, inputs: TensorSpec[], options: CompileOptions) => PortableProgram;
}
