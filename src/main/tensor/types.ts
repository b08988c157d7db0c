import type { Tensor } from '@tensorflow/tfjs-core';

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
  /** Feeds and results are flat, row-major. Blocks its thread for as long as it computes. */
  run(feeds: Record<string, TensorData>): Promise<Record<string, TensorData>>;
  dispose(): Promise<void>;
}

export const ENGINE_NAMES = ['onnxruntime', 'tensorflow', 'wasm', 'cpu'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export interface Engine {
  readonly name: EngineName;
  compile(program: TensorProgram, inputs: TensorSpec[], options: CompileOptions): Promise<CompiledProgram>;
}
