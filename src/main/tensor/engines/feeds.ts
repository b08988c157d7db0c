import { ForesightError } from '../../../shared/errors';
import type { TensorData, TensorSpec } from '../types';

const ARRAY_TYPE = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The feed of one input, checked: what reaches an engine has the right type and length. */
export function feedOf(feeds: Record<string, TensorData>, spec: TensorSpec, program: string): TensorData {
  const data = feeds[spec.name];
  const dtype = spec.dtype ?? 'float32';
  const expected = `${sizeOf(spec.shape)} numbers of type ${dtype} (shape [${spec.shape.join(', ')}])`;
  if (data instanceof ARRAY_TYPE[dtype] && data.length === sizeOf(spec.shape)) return data;
  const got = data === undefined ? 'nothing' : `${data.length} numbers in a ${data.constructor.name}`;
  throw new ForesightError(
    'engine',
    `The input "${spec.name}" of "${program}" needs ${expected}, but got ${got}.`,
    'Feed every input with a flat, row-major array of that length.',
  );
}

export function disposedError(program: string): ForesightError {
  return new ForesightError(
    'engine',
    `"${program}" was run after it had been disposed of.`,
    'Compile the program again, or dispose of it later.',
  );
}

/** An array for a tensor's numbers. */
export function zerosOf({ shape, dtype }: TensorSpec): TensorData {
  return new ARRAY_TYPE[dtype ?? 'float32'](sizeOf(shape));
}
