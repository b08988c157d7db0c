import { expect } from 'vitest';
import type { Bound } from './addon';

/** The encoding of native/src/abi.h, written down a second time on purpose: these tests are the other side of the border. */
export const SPACE = { none: -1, constant: 0, arena: 1, local: 2, input: 3, output: 4 } as const;

export interface Operand {
  space: keyof typeof SPACE;
  index: number;
  offset: number;
  batch: number;
  row: number;
  s: number[];
}
export const NOWHERE: Operand = { space: 'none', index: 0, offset: 0, batch: 0, row: 0, s: [] };

export function encodeOperand({ space, index, offset, batch, row, s }: Operand): number[] {
  return [SPACE[space], index, offset, batch, row, s[0] ?? 0, s[1] ?? 0, s[2] ?? 0, s[3] ?? 0];
}
export function instruction(opcode: number, ...words: (number | Operand)[]): number[] {
  const flat = words.flatMap((word) => (typeof word === 'number' ? [word] : encodeOperand(word)));
  return [opcode, flat.length + 2, ...flat];
}
export function region(rows: number, perBatch: number, tile: number, ...instructions: number[][]): number[] {
  const flat = instructions.flat();
  return [1, flat.length + 5, rows, perBatch, tile, ...flat];
}
export function mapInstruction(
  d: number[],
  inputs: Operand[],
  ops: number[][],
  outputs: [value: number, to: Operand][],
): number[] {
  return instruction(
    3,
    ...d,
    inputs.length,
    ops.length,
    outputs.length,
    ...inputs,
    ...ops.flatMap(([code, a, b, c]) => [code!, a!, b ?? 0, c ?? 0]),
    ...outputs.flat(),
  );
}

/** Extents that every operand of an instruction is walked over: batches, rows a batch, inner axes. */
export interface Walk {
  batches: number;
  rows: number;
  d: number[];
}

/** All places of a walk in order; `at` is the word an operand has there. */
export function* places(walk: Walk): Generator<{ batch: number; row: number; i: number[] }> {
  const inner = walk.d.reduce((product, extent) => product * extent, 1);
  for (let batch = 0; batch < walk.batches; batch++) {
    for (let row = 0; row < walk.rows; row++) {
      for (let place = 0; place < inner; place++) {
        const i: number[] = [];
        let rest = place;
        for (let axis = walk.d.length - 1; axis >= 0; axis--) {
          i[axis] = rest % walk.d[axis]!;
          rest = Math.floor(rest / walk.d[axis]!);
        }
        yield { batch, row, i };
      }
    }
  }
}
export function word(operand: Operand, place: { batch: number; row: number; i: number[] }): number {
  const inner = place.i.reduce((sum, i, axis) => sum + i * (operand.s[axis] ?? 0), 0);
  return operand.offset + place.batch * operand.batch + place.row * operand.row + inner;
}

/**
 * A layout for a walk: the axes in the order of `order`, some turned round, with gaps. `broadcast` axes have stride 0.
 * @returns the operand and how many words it spans
 */
export function layOut(
  space: Operand['space'],
  index: number,
  walk: Walk,
  shape: { order: number[]; flip: boolean[]; gap: number[]; broadcast: boolean[] },
): { operand: Operand; words: number } {
  const extents = [walk.batches, walk.rows, ...walk.d];
  const strides = extents.map(() => 0);
  let words = 1;
  let offset = 0;
  for (const axis of shape.order.filter((at) => at < extents.length)) {
    if (shape.broadcast[axis]) continue;
    const stride = words;
    words = (extents[axis]! - 1) * stride + words + shape.gap[axis]! * stride;
    strides[axis] = shape.flip[axis] ? -stride : stride;
    if (shape.flip[axis]) offset += (extents[axis]! - 1) * stride;
  }
  const [batch, row, ...s] = strides;
  return { operand: { space, index, offset, batch: batch!, row: row!, s }, words };
}

/** Words in a larger array with a mark before and behind, to see that nothing is written beside them. */
export function guarded(words: number): { array: Float32Array; intact: () => boolean } {
  const all = new Int32Array(words + 64).fill(0x7fc0dead);
  const array = new Float32Array(all.buffer, 32 * 4, words);
  array.fill(0);
  return {
    array,
    intact: () =>
      all.subarray(0, 32).every((w) => w === 0x7fc0dead) &&
      all.subarray(32 + words).every((w) => w === 0x7fc0dead),
  };
}

/** The bits, with one pattern for everything that is not a number and one for the zeros. */
export function bitsOf(array: Bound): number[] {
  const floats = new Float32Array(array.buffer, array.byteOffset, array.byteLength / 4);
  const words = new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4);
  return Array.from(words, (bits, i) =>
    Number.isNaN(floats[i]) ? 0x7fc00000 : bits === -0x80000000 ? 0 : bits,
  );
}

/** Equal numbers, looked at one by one only where the bits differ: lists of thousands are slow to compare. */
export function expectSameBits(results: Float32Array[], wanted: Float32Array[]): void {
  expect(results.length).toBe(wanted.length);
  results.forEach((result, i) => {
    const [a, b] = [result, wanted[i]!].map((array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength),
    );
    if (!a!.equals(b!)) expect(bitsOf(result)).toEqual(bitsOf(wanted[i]!));
  });
}
