import { traceToOnnx } from './trace/program';
import type { CompileOptions, TensorProgram, TensorSpec } from './types';

export { measureMatmul } from './bench-matmul';
export { type EngineStatus, openEngine, openEngineOrDefault, usedEngine } from './engine';
export { type Lane, type Lanes, openInTurn, openLanes } from './engines/lanes';
export { openPortable } from './engines/native';
export { createSession, type SessionOptions } from './engines/onnxruntime';
export { createRemoteSession } from './engines/remote-session';
export { listEngines } from './list-engines';
export { isTracedWhole } from './trace/program';
export * from './types';

/**
 * The ONNX file of a program, for export. `outputs` are named as in the file: an output called like an input gets
 * "_next" appended, because names in a file are unique.
 */
export function traceProgram(
  program: TensorProgram,
  inputs: TensorSpec[],
  options: CompileOptions,
): { onnx: Uint8Array; outputs: TensorSpec[] } {
  const { onnx, fileOutputs } = traceToOnnx(program, inputs, options);
  return { onnx, outputs: fileOutputs };
}
