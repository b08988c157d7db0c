import type { ElementType } from '../onnx/model';
import type { MapOp } from './map-ops';

/**
 * The compiler's own form of a native program: whole-tensor instructions on strided memory. Sizes, offsets and strides count
 * words of four bytes; booleans are the floats 0 and 1, and bytes only in inputs and outputs.
 */
export interface Buffer {
  id: number;
  kind: 'constant' | 'input' | 'output' | 'temporary';
  /** Among the inputs or outputs. */
  index: number;
  words: number;
  type: ElementType;
  /** Of a constant. */
  content?: Float32Array | Int32Array;
}

/** Where an instruction finds a tensor: a stride for each of its dimensions, then for what it has besides. */
export interface Access {
  buffer: Buffer;
  offset: number;
  strides: number[];
}

/** A value computed from earlier ones: those of the loads come first, then one an operation. */
export interface MapOperation {
  op: MapOp;
  operands: number[];
}

export interface MapInstruction {
  kind: 'map';
  dims: number[];
  loads: Access[];
  operations: MapOperation[];
  stores: { access: Access; register: number }[];
}

export type Activation = 'none' | 'relu' | 'silu' | 'tanh' | 'sigmoid';

/** c[…, n] = activation(Σ_k a[…, k] · b[…, k, n] + bias[…, n]) */
export interface MatmulInstruction {
  kind: 'matmul';
  /** All but the columns. */
  dims: number[];
  k: number;
  n: number;
  /** Own strides: k. */
  a: Access;
  /** Own strides: k, n. */
  b: Access;
  /** Own strides: n, which is 1. */
  c: Access;
  bias?: Access;
  activation: Activation;
}

/** By their numbers in the executor. */
export const REDUCTIONS = [
  'sum',
  'mean',
  'max',
  'min',
  'prod',
  'argmax',
  'argmin',
  'sum-int',
  'max-int',
  'min-int',
] as const;
export type Reduction = (typeof REDUCTIONS)[number];

export interface ReduceInstruction {
  kind: 'reduce';
  op: Reduction;
  dims: number[];
  reduced: number[];
  /** Own strides: those of `reduced`. */
  load: Access;
  store: Access;
}

/** items[…, i] = table[…, i, index[…, i]], or the other way when it scatters: put there, or added. */
export interface GatherInstruction {
  kind: 'gather' | 'scatter' | 'scatter-add';
  dims: number[];
  /** Places along the axis that the index walks. */
  limit: number;
  /** Own strides: the indexed axis. */
  table: Access;
  index: Access;
  items: Access;
}

export interface ScanInstruction {
  kind: 'scan';
  dims: number[];
  length: number;
  exclusive: boolean;
  reverse: boolean;
  /** Own strides: along the sum. */
  load: Access;
  store: Access;
}

export interface TopkInstruction {
  kind: 'topk';
  dims: number[];
  length: number;
  k: number;
  /** Own strides: along the axis. */
  load: Access;
  values: Access;
  indices: Access;
}

export type Instruction =
  | MapInstruction
  | MatmulInstruction
  | ReduceInstruction
  | GatherInstruction
  | ScanInstruction
  | TopkInstruction;

/** An access with the sizes that its strides walk over after those of the instruction's dimensions. */
export interface Use {
  access: Access;
  own: readonly number[];
  writes: boolean;
}

const reading = (access: Access, own: readonly number[] = []): Use => ({ access, own, writes: false });
const writing = (access: Access, own: readonly number[] = []): Use => ({ access, own, writes: true });

/** Everything that an instruction reads and writes. */
export function usesOf(one: Instruction): Use[] {
  switch (one.kind) {
    case 'map':
      return [...one.loads.map((load) => reading(load)), ...one.stores.map(({ access }) => writing(access))];
    case 'matmul':
      return [
        reading(one.a, [one.k]),
        reading(one.b, [one.k, one.n]),
        ...(one.bias ? [reading(one.bias, [one.n])] : []),
        writing(one.c, [one.n]),
      ];
    case 'reduce':
      return [reading(one.load, one.reduced), writing(one.store)];
    case 'gather':
      return [reading(one.table, [one.limit]), reading(one.index), writing(one.items)];
    case 'scatter':
    case 'scatter-add':
      return [writing(one.table, [one.limit]), reading(one.index), reading(one.items)];
    case 'scan':
      return [reading(one.load, [one.length]), writing(one.store, [one.length])];
    case 'topk':
      return [reading(one.load, [one.length]), writing(one.values, [one.k]), writing(one.indices, [one.k])];
  }
}

/** First and last word that an access touches. */
export function rangeOf({ access, own }: Use, dims: readonly number[]): [number, number] {
  let [low, high] = [access.offset, access.offset];
  [...dims, ...own].forEach((size, i) => {
    const reach = (size - 1) * (access.strides[i] ?? 0);
    if (reach < 0) low += reach;
    else high += reach;
  });
  return [low, high];
}
