import { type Access, type Activation, type Buffer, REDUCTIONS } from './instructions';
import { MAP_OPS } from './map-ops';
import type { Home, Memory } from './memory';
import type { Placed, Region } from './regions';
import { MOST_AXES, mergedAxes, type RowAccess } from './rows';

/** What the executor makes a program of (native/src/abi.h has the numbers). Plain data: it can be sent to another thread. */
export interface NativeDescription {
  abi: number;
  code: Int32Array;
  constants: Float32Array;
  arenaWords: number;
  localWords: number;
  /** Pairs: words, and 0 for words or 1 for bytes. */
  inputs: Int32Array;
  outputs: Int32Array;
}

export const ABI = 1;
const REGION = 1;
const OPCODES = { matmul: 2, map: 3, reduce: 4, gather: 5, scatter: 6, scan: 7, topk: 8 };
const SPACES = { constant: 0, arena: 1, local: 2, input: 3, output: 4 };
const NOWHERE = [-1, ...Array<number>(8).fill(0)];
const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'silu', 'tanh', 'sigmoid'];
const ALIGNMENT = 16;

/** All constants that a program uses, one after the other; equal ones once. */
class Constants {
  readonly #offsets = new Map<Buffer, number>();
  readonly #buffers: Buffer[] = [];
  #words = 0;

  offsetOf(buffer: Buffer): number {
    const known = this.#offsets.get(buffer);
    if (known !== undefined) return known;
    const offset = this.#words;
    this.#offsets.set(buffer, offset);
    this.#buffers.push(buffer);
    const end = offset + buffer.words;
    this.#words = buffer.words === 1 ? end : Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    return offset;
  }

  /** Integers keep their bits. */
  words(): Float32Array {
    const all = new Float32Array(this.#words);
    const integers = new Int32Array(all.buffer);
    for (const buffer of this.#buffers) {
      const into = buffer.content instanceof Int32Array ? integers : all;
      into.set(buffer.content ?? [], this.#offsets.get(buffer));
    }
    return all;
  }
}

const padded = (values: readonly number[], length: number, filler: number): number[] => [
  ...values,
  ...Array<number>(length - values.length).fill(filler),
];

class Encoder {
  readonly constants = new Constants();

  constructor(private readonly homes: ReadonlyMap<Buffer, Home>) {}

  /** @param strides of the axes d0 to d3 */
  #operand({ access, batch, row }: RowAccess, strides: readonly number[]): number[] {
    const { buffer, offset } = access;
    const along = padded(strides, MOST_AXES, 0);
    if (buffer.kind !== 'temporary') {
      const base = buffer.kind === 'constant' ? this.constants.offsetOf(buffer) : 0;
      return [SPACES[buffer.kind], buffer.index, base + offset, batch, row, ...along];
    }
    const home = this.homes.get(buffer);
    if (!home) throw new Error('a tensor has no place in memory');
    if (home.space === 'arena') return [SPACES.arena, 0, home.offset + offset, batch, row, ...along];
    const first = home.offset + (offset - home.low) * home.word;
    return [SPACES.local, 0, first, 0, home.row, ...along.map((stride) => stride * home.word)];
  }

  /** Operands over the inner axes and then an own one in the last place. */
  #withOwn({ form }: Placed, length: number): { sizes: number[]; operands: number[][] } {
    const inner = mergedAxes(
      form.inner,
      form.uses.map(({ strides }) => strides),
    );
    const operands = form.uses.map((use, i) => {
      const own = use.strides[form.inner.length] ?? 0;
      return this.#operand(use, [...padded(inner.strides[i] ?? [], MOST_AXES - 1, 0), own]);
    });
    return { sizes: [...padded(inner.sizes, MOST_AXES - 1, 1), length], operands };
  }

  instruction(placed: Placed): number[] {
    const [opcode, ...words] = this.#words(placed);
    return [opcode ?? 0, words.length + 2, ...words];
  }

  #words(placed: Placed): number[] {
    const { one, form } = placed;
    const { uses } = form;
    switch (one.kind) {
      case 'map': {
        const { sizes, strides } = mergedAxes(
          form.inner,
          uses.map((use) => use.strides),
        );
        const operands = uses.map((use, i) => this.#operand(use, strides[i] ?? []));
        return [
          ...[OPCODES.map, ...padded(sizes, MOST_AXES, 1)],
          ...[one.loads.length, one.operations.length, one.stores.length],
          ...operands.slice(0, one.loads.length).flat(),
          ...one.operations.flatMap(({ op, operands: given }) => [MAP_OPS[op], ...padded(given, 3, 0)]),
          ...one.stores.flatMap(({ register }, i) => [register, ...(operands[one.loads.length + i] ?? [])]),
        ];
      }
      case 'matmul': {
        const of = (access: Access | undefined) => {
          const use = uses.find((candidate) => candidate.access === access);
          return use ? this.#operand(use, use.strides) : NOWHERE;
        };
        return [
          ...[OPCODES.matmul, one.n, one.k, ACTIVATIONS.indexOf(one.activation), 0],
          ...[of(one.a), of(one.b), of(one.bias), of(one.c), NOWHERE].flat(),
        ];
      }
      case 'reduce': {
        const kept = mergedAxes(
          form.inner,
          uses.map(({ strides }) => strides),
        );
        const reduced = mergedAxes(one.reduced, [uses[0]?.strides.slice(form.inner.length) ?? []]);
        const [keptSizes, reducedSizes] = [padded(kept.sizes, 2, 1), padded(reduced.sizes, 2, 1)];
        const [load, store] = uses as [RowAccess, RowAccess];
        const over = [...padded(kept.strides[0] ?? [], 2, 0), ...padded(reduced.strides[0] ?? [], 2, 0)];
        return [
          ...[OPCODES.reduce, REDUCTIONS.indexOf(one.op), ...keptSizes, ...reducedSizes],
          ...this.#operand(load, over),
          ...this.#operand(store, kept.strides[1] ?? []),
        ];
      }
      case 'gather':
      case 'scatter':
      case 'scatter-add': {
        const { sizes, operands } = this.#withOwn(placed, one.limit);
        const [table = [], index = [], items = []] = operands;
        if (one.kind === 'gather') return [OPCODES.gather, ...sizes, ...index, ...table, ...items];
        const mode = one.kind === 'scatter' ? 0 : 1;
        return [OPCODES.scatter, mode, ...sizes, ...index, ...items, ...table];
      }
      case 'scan': {
        const { sizes, operands } = this.#withOwn(placed, one.length);
        const flags = (one.exclusive ? 1 : 0) | (one.reverse ? 2 : 0);
        return [OPCODES.scan, 0, flags, ...sizes, ...operands.flat()];
      }
      case 'topk': {
        const { sizes, operands } = this.#withOwn(placed, one.length);
        return [OPCODES.topk, one.k, 1, ...sizes, ...operands.flat()];
      }
    }
  }
}

export interface Bound {
  words: number;
  bytes: boolean;
}

const pairs = (bound: readonly Bound[]): Int32Array =>
  Int32Array.from(bound.flatMap(({ words, bytes }) => [words, bytes ? 1 : 0]));

export function encodeProgram(
  regions: readonly Region[],
  { homes, tiles, arenaWords, localWords }: Memory,
  bound: { inputs: readonly Bound[]; outputs: readonly Bound[] },
): NativeDescription {
  const encoder = new Encoder(homes);
  const code = regions.flatMap(({ batches, rows, items }, i) => {
    const body = items.flatMap((item) => encoder.instruction(item));
    return [REGION, body.length + 5, batches * rows, rows, tiles[i] ?? 1, ...body];
  });
  return {
    ...{ abi: ABI, code: Int32Array.from(code), constants: encoder.constants.words() },
    ...{ arenaWords, localWords, inputs: pairs(bound.inputs), outputs: pairs(bound.outputs) },
  };
}
