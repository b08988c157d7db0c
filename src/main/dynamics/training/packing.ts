import * as tf from '@tensorflow/tfjs-core';
import type { Arrays } from '../classes/types';
import { named, type Tensors } from '../mlp';
import type { NamedArray } from '../types';

/**
 * Small arrays side by side in one, for the optimiser: an operation on a bias costs its launch and nothing else, and Adam
 * is a dozen operations an array. Large ones stay alone, because their dozen then finds them in the cache.
 */
export interface Part {
  name: string;
  /** Without the members' axis. */
  shape: number[];
  /** Numbers of one member. */
  size: number;
}

/** Numbers of one member below which an array is small: 32 kB of float32. */
const SMALL = 8192;
export const PACKED = 'packed';

/** The small ones of the arrays, in their order; none where there is nothing to gain. */
export function smallParts(arrays: Arrays): Part[] {
  const parts = [...arrays].map(
    ([
      name,
      {
        shape: [members = 1, ...shape],
        values,
      },
    ]) => ({
      ...{ name, shape, size: values.length / members },
    }),
  );
  const small = parts.filter(({ size }) => size > 0 && size < SMALL);
  return small.length > 1 ? small : [];
}

const totalOf = (parts: readonly Part[]): number => parts.reduce((sum, { size }) => sum + size, 0);

/** The arrays with the parts in one, "packed" [members, numbers of all parts]. */
export function packArrays(arrays: Arrays, parts: readonly Part[]): Arrays {
  const [first] = parts;
  if (first === undefined) return new Map(arrays);
  const members = arrays.get(first.name)?.shape[0] ?? 1;
  const total = totalOf(parts);
  const values = new Float32Array(members * total);
  let offset = 0;
  for (const { name, size } of parts) {
    const from = (arrays.get(name) as NamedArray).values;
    for (let member = 0; member < members; member++) {
      values.set(from.subarray(member * size, (member + 1) * size), member * total + offset);
    }
    offset += size;
  }
  const alone = [...arrays].filter(([name]) => !parts.some((part) => part.name === name));
  return new Map([...alone, [PACKED, { shape: [members, total], values }]]);
}

/** The other way round. */
export function unpackArrays(arrays: Arrays, parts: readonly Part[]): Arrays {
  const packed = arrays.get(PACKED);
  if (packed === undefined) return new Map(arrays);
  const [members = 1, total = 0] = packed.shape;
  const result: Arrays = new Map([...arrays].filter(([name]) => name !== PACKED));
  let offset = 0;
  for (const { name, shape, size } of parts) {
    const values = new Float32Array(members * size);
    for (let member = 0; member < members; member++) {
      const from = member * total + offset;
      values.set(packed.values.subarray(from, from + size), member * size);
    }
    result.set(name, { shape: [members, ...shape], values });
    offset += size;
  }
  return result;
}

/** As `packArrays`, of tensors inside a traced program. */
export function packTensors(tensors: Tensors, parts: readonly Part[]): Tensors {
  if (parts.length === 0) return tensors;
  const flat = parts.map(({ name, size }) => {
    const tensor = named(tensors, name);
    return tf.reshape(tensor, [tensor.shape[0], size]) as tf.Tensor2D;
  });
  const alone = Object.entries(tensors).filter(([name]) => !parts.some((part) => part.name === name));
  return { ...Object.fromEntries(alone), [PACKED]: tf.concat2d(flat, 1) };
}

/** As `unpackArrays`, of tensors inside a traced program. */
export function unpackTensors(tensors: Tensors, parts: readonly Part[]): Tensors {
  const { [PACKED]: packed, ...alone } = tensors;
  if (packed === undefined) return tensors;
  const sizes = parts.map(({ size }) => size);
  const pieces = tf.split(packed, sizes, 1);
  const unpacked = parts.map(({ name, shape }, i) => {
    const piece = pieces[i] as tf.Tensor;
    return [name, tf.reshape(piece, [piece.shape[0], ...shape])];
  });
  return { ...alone, ...Object.fromEntries(unpacked) };
}
