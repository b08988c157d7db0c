import type { Attribute, ElementType, OnnxInitializer, OnnxNode } from '../onnx/model';
import type { ValueInfo } from '../trace/graph';
import type { Access, Buffer, Instruction, MapOperation, Reduction } from './instructions';
import type { MapOp } from './map-ops';
import { broadcastTo, reshapedStrides, rowMajor, sizeOf, type View } from './view';

/** The graph has something that the executor does not know; the whole program then goes to ONNX Runtime. */
export class UnsupportedOperator extends Error {
  constructor(readonly operator: string) {
    super(operator);
  }
}

/** Builds what one element-wise instruction computes; places are numbered as in MapInstruction when it is done. */
export class MapBuilder {
  readonly #loads: Access[] = [];
  readonly #operations: { op: MapOp; operands: number[] }[] = [];

  constructor(
    private readonly lowering: Lowering,
    private readonly shape: readonly number[],
  ) {}

  load(view: View): number {
    this.#loads.push(broadcastTo(view, this.shape));
    return -this.#loads.length;
  }

  number(value: number, type: ElementType = 'float32'): number {
    return this.load(this.lowering.constant([value], [], type));
  }

  do(op: MapOp, ...operands: number[]): number {
    return this.#operations.push({ op, operands }) - 1;
  }

  /** Loads are told from operations by their sign until their number is known. */
  finish(): { loads: Access[]; operations: MapOperation[]; register: (place: number) => number } {
    const count = this.#loads.length;
    const register = (place: number) => (place < 0 ? -place - 1 : count + place);
    return {
      loads: this.#loads,
      operations: this.#operations.map(({ op, operands }) => ({ op, operands: operands.map(register) })),
      register,
    };
  }
}

/** Walks a traced graph node by node: what every value is in memory, and the instructions so far. */
export class Lowering {
  readonly instructions: Instruction[] = [];
  readonly buffers: Buffer[] = [];
  readonly #views = new Map<string, View>();
  readonly #scalars = new Map<string, View>();

  constructor(private readonly infos: ReadonlyMap<string, ValueInfo>) {}

  view(name: string | undefined): View {
    const view = this.#views.get(name ?? '');
    if (!view) throw new Error(`the graph uses "${name}" before it is there`);
    return view;
  }

  define(name: string | undefined, view: View): void {
    this.#views.set(name ?? '', view);
  }

  info(name: string | undefined): ValueInfo {
    const info = this.infos.get(name ?? '');
    if (!info) throw new Error(`nothing is known of "${name}"`);
    return info;
  }

  /** The numbers of a constant; undefined for anything else. */
  numbers(name: string | undefined): number[] | undefined {
    const { buffer, offset, shape, strides } = this.view(name);
    if (!buffer.content) return undefined;
    const { content } = buffer;
    const places = shape.reduce(
      (known, size, axis) =>
        known.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * (strides[axis] ?? 0))),
      [offset],
    );
    return places.map((place) => content[place]);
  }

  /** As `numbers`, where an operator of the executor needs to know them beforehand. */
  fixed(node: OnnxNode, input: number): number[] {
    const numbers = this.numbers(node.inputs[input]);
    if (!numbers) throw new UnsupportedOperator(`${node.op} with a computed ${input}. input`);
    return numbers;
  }

  #buffer(kind: Buffer['kind'], words: number, type: ElementType, index = 0): Buffer {
    const buffer = { id: this.buffers.length, ...{ kind, words, type, index } };
    this.buffers.push(buffer);
    return buffer;
  }

  bound(kind: 'input' | 'output', index: number, shape: readonly number[], type: ElementType): View {
    const buffer = this.#buffer(kind, sizeOf(shape), type, index);
    return { buffer, offset: 0, shape, strides: rowMajor(shape), type };
  }

  temporary(shape: readonly number[], type: ElementType): View {
    const buffer = this.#buffer('temporary', sizeOf(shape), type);
    return { buffer, offset: 0, shape, strides: rowMajor(shape), type };
  }

  constant(values: ArrayLike<number>, shape: readonly number[], type: ElementType): View {
    const key = values.length === 1 ? `${type} ${Object.is(values[0], -0) ? '-0' : values[0]}` : '';
    const known = this.#scalars.get(key);
    if (known) return { ...known, shape, strides: rowMajor(shape) };
    const integer = type === 'int32' || type === 'int64';
    const content = integer ? Int32Array.from(values) : Float32Array.from(values);
    const buffer = this.#buffer('constant', content.length, type);
    buffer.content = content;
    const view = { buffer, offset: 0, shape, strides: rowMajor(shape), type };
    if (key) this.#scalars.set(key, view);
    return view;
  }

  initializer({ name, shape, type, raw }: OnnxInitializer): void {
    const bytes = raw.slice().buffer;
    const values = {
      float32: () => new Float32Array(bytes),
      int32: () => new Int32Array(bytes),
      int64: () => Array.from(new BigInt64Array(bytes), Number),
      bool: () => new Uint8Array(bytes),
    }[type]();
    this.define(name, this.constant(values, shape, type));
  }

  /** An element-wise instruction; the result is a tensor of its own. */
  map(
    shape: readonly number[],
    type: ElementType,
    body: (builder: MapBuilder) => number,
    into: View = this.temporary(shape, type),
  ): View {
    const builder = new MapBuilder(this, shape);
    const result = body(builder);
    const { loads, operations, register } = builder.finish();
    const access = broadcastTo(into, shape);
    this.instructions.push({
      ...{ kind: 'map', dims: [...shape], loads, operations },
      stores: [{ access, register: register(result) }],
    });
    return into;
  }

  /** Along the axes, which stay with size 1. Axes that lie too far apart for one instruction take several. */
  reduce(op: Reduction, x: View, axes: readonly number[]): View {
    const long = axes.filter((axis) => x.shape.at(axis) !== 1);
    if (long.length > MOST_REDUCED) {
      return this.reduce(op, this.reduce(op, x, long.slice(-MOST_REDUCED)), long.slice(0, -MOST_REDUCED));
    }
    if (sizeOf(x.shape) === 0) throw new UnsupportedOperator('a reduction of nothing');
    const reduces = x.shape.map((_, axis) => axes.includes(axis) || axes.includes(axis - x.shape.length));
    const kept = <T>(values: readonly T[]) => values.filter((_, axis) => !reduces[axis]);
    const over = <T>(values: readonly T[]) => values.filter((_, axis) => reduces[axis]);
    const shape = x.shape.map((size, axis) => (reduces[axis] ? 1 : size));
    const result = this.temporary(shape, op === 'argmax' || op === 'argmin' ? 'int32' : x.type);
    this.instructions.push({
      ...{ kind: 'reduce', op, dims: kept(x.shape), reduced: over(x.shape) },
      load: { buffer: x.buffer, offset: x.offset, strides: [...kept(x.strides), ...over(x.strides)] },
      store: { buffer: result.buffer, offset: 0, strides: kept(result.strides) },
    });
    return result;
  }

  copy(from: View, into: View): void {
    this.map(into.shape, from.type, (builder) => builder.load(from), into);
  }

  /** The view in another shape; moved where its strides do not allow to read it so. */
  reshaped(view: View, shape: readonly number[]): View {
    const strides = reshapedStrides(view, shape);
    if (strides) return { ...view, shape, strides };
    const moved = this.temporary(view.shape, view.type);
    this.copy(view, moved);
    return { ...moved, shape, strides: rowMajor(shape) };
  }
}

/** Axes that one instruction of the executor reduces. */
const MOST_REDUCED = 2;

export type Operator = (lowering: Lowering, node: OnnxNode) => void;

export const intOf = (attribute: Attribute | undefined, otherwise: number): number =>
  typeof attribute === 'number' ? attribute : otherwise;
export const isInteger = (type: ElementType): boolean => type === 'int32' || type === 'int64';
