import { backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { Attribute, ElementType } from '../onnx/model';
import { fold, neutralised } from './fold';
import { Graph, type Numbers, type Ref, type ValueInfo } from './graph';

export const sizeOf = (shape: readonly number[]): number => util.sizeFromShape([...shape]);
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);
export const broadcast = (a: readonly number[], b: readonly number[]): number[] =>
  backend_util.assertAndGetBroadcastShape([...a], [...b]);

export function elementType(type: DataType): ElementType {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw new ForesightError(
    'engine',
    `Tensors of type ${type} cannot be used in a compiled tensor program.`,
    'Use float32, int32 or bool tensors.',
  );
}

/** Operators whose other operands have to be scalars of rank 0. */
const TAKES_SCALARS = new Set(['Clip']);

/**
 * One trace: the graph being written down and what every tfjs tensor stands for in it. Emitters work on `Ref`s and
 * hand tensors back to tfjs with `tensor`.
 */
export class Trace {
  readonly graph: Graph;
  /** The first thing that went wrong where throwing could not reach the caller. */
  failure: ForesightError | undefined;
  /** The native executor runs the graph: it need not be cut for threads that wait for each other. */
  readonly whole: boolean;
  readonly #store: (ref: Ref) => object;
  readonly #find: (info: TensorInfo) => Ref;
  /** What a reshaped value is another reading of, by name. */
  readonly #reshaped = new Map<string, Ref>();

  constructor(options: {
    reserved: Iterable<string>;
    whole: boolean;
    store(ref: Ref): object;
    find(info: TensorInfo): Ref;
  }) {
    this.whole = options.whole;
    this.graph = new Graph(options.reserved);
    this.#store = options.store;
    this.#find = options.find;
  }

  /** What a tensor is in the graph, possibly in a smaller shape that broadcasts to the tensor's. */
  of(info: TensorInfo): Ref {
    return this.#find(info);
  }

  /** What a tensor is in the graph, in the tensor's own shape. */
  full(info: TensorInfo): Ref {
    return this.expand(this.of(info), info.shape);
  }

  expand(ref: Ref, shape: readonly number[]): Ref {
    if (sameShape(ref.shape, shape)) return ref;
    if (ref.content && ref.content.length === sizeOf(shape))
      return this.constant(ref.content, shape, ref.type);
    return this.node('Expand', [ref, this.int64(shape)], shape, ref.type);
  }

  /** Gives a value back to tfjs as a tensor of this shape. */
  tensor(ref: Ref, shape: readonly number[], dtype?: DataType): TensorInfo {
    const type = dtype ?? (ref.type === 'int64' ? 'int32' : ref.type);
    return { dataId: this.#store(ref), shape: [...shape], dtype: type };
  }

  constant(content: Numbers, shape: readonly number[], type: ElementType): Ref {
    return { name: '', shape, type, content };
  }

  scalar(value: number, type: ElementType = 'float32'): Ref {
    return this.constant([value], [], type);
  }

  int64(values: readonly number[]): Ref {
    return this.constant(values, [values.length], 'int64');
  }

  /** Name of a value in the graph; writes a constant down when it is first needed. */
  name(ref: Ref): string {
    if (ref.name === '' && ref.content) ref.name = this.graph.constant(ref.content, ref.shape, ref.type);
    return ref.name;
  }

  /** A node with one output of a known shape. */
  node(
    op: string,
    inputs: readonly Ref[],
    shape: readonly number[],
    type: ElementType,
    attributes: Record<string, Attribute> = {},
  ): Ref {
    const names = inputs.map((ref) => this.name(ref));
    const [name = ''] = this.graph.add(op, names, attributes, [{ shape, type }]);
    return { name, shape, type };
  }

  /** A node with several outputs. */
  nodes(
    op: string,
    inputs: readonly Ref[],
    outputs: readonly ValueInfo[],
    attributes: Record<string, Attribute> = {},
  ): Ref[] {
    const names = inputs.map((ref) => this.name(ref));
    const added = this.graph.add(op, names, attributes, outputs);
    return outputs.map((output, i) => ({ name: added[i] ?? '', ...output }));
  }

  /** An element-wise node: operands broadcast, the result has the type of the first unless another is given. */
  map(
    op: string,
    operands: readonly Ref[],
    type?: ElementType,
    attributes: Record<string, Attribute> = {},
  ): Ref {
    const shape = operands.map((ref) => ref.shape).reduce<readonly number[]>(broadcast, []);
    const resultType = type ?? operands[0]?.type ?? 'float32';
    const contents = operands.flatMap((ref) => (ref.content ? [ref.content] : []));
    if (contents.length === operands.length && resultType === 'float32') {
      const folded = fold(op, contents, sizeOf(shape));
      if (folded) return this.constant(folded, shape, resultType);
    }
    const equal = neutralised(
      op,
      operands.map((ref) => ref.content),
    );
    const kept = equal === undefined ? undefined : operands[equal];
    if (kept && kept.type === resultType && sameShape(kept.shape, shape)) return kept;
    const ranked = TAKES_SCALARS.has(op) ? operands : operands.map((ref) => this.#ofRank(ref, shape.length));
    return this.node(op, ranked, shape, resultType, attributes);
  }

  /**
   * A known number as a tensor of one element a result's rank. ONNX Runtime walks a tensor whose last axis is 1 element by
   * element when the other operand is a scalar of rank 0: 70 times as slow as with one of the same rank.
   */
  #ofRank(ref: Ref, rank: number): Ref {
    if (!ref.content || ref.shape.length > 0 || rank === 0) return ref;
    return this.constant(ref.content, Array<number>(rank).fill(1), ref.type);
  }

  cast(ref: Ref, type: ElementType): Ref {
    if (ref.type === type) return ref;
    if (ref.content) {
      const toBool = (v: number) => (v === 0 ? 0 : 1);
      const convert = type === 'bool' ? toBool : type === 'float32' ? Math.fround : Math.trunc;
      return this.constant(Array.from(ref.content, convert), ref.shape, type);
    }
    const numbers = { float32: 1, int32: 6, int64: 7, bool: 9 } satisfies Record<ElementType, number>;
    return this.node('Cast', [ref], ref.shape, type, { to: numbers[type] });
  }

  /** Another reading of the same numbers. Of a reshaped value it is one of what that was, so that chains have no length. */
  reshape(ref: Ref, shape: readonly number[]): Ref {
    const origin = this.#reshaped.get(ref.name) ?? ref;
    if (sameShape(ref.shape, shape)) return ref;
    if (sameShape(origin.shape, shape)) return origin;
    if (ref.content) return this.constant(ref.content, shape, ref.type);
    const reshaped = this.node('Reshape', [origin, this.int64(shape)], shape, ref.type);
    this.#reshaped.set(reshaped.name, origin);
    return reshaped;
  }

  transpose(ref: Ref, permutation: readonly number[]): Ref {
    if (permutation.every((axis, i) => axis === i)) return ref;
    const shape = permutation.map((axis) => ref.shape[axis] ?? 1);
    return this.node('Transpose', [ref], shape, ref.type, { perm: [...permutation] });
  }
}
