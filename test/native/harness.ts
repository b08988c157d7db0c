import fc from 'fast-check';
import { expect } from 'vitest';
import { addon, type Bound } from './addon';
import { expectSameBits, guarded, layOut, region, type Walk } from './programs';

export const native = addon();

export interface Case {
  rows: number;
  perBatch: number;
  instructions: number[][];
  /** Whole regions that run first. */
  before?: number[];
  constants?: Float32Array;
  arenaWords?: number;
  inputs: Bound[];
  outputs: number[];
}

/** Runs on one level with tiles of so many rows; the words beside the outputs stay as they were. */
export function run(test: Case, level: string, tile: number): Float32Array[] {
  const outputs = test.outputs.map(guarded);
  const program = native.createProgram({
    abi: native.version,
    code: Int32Array.from([
      ...(test.before ?? []),
      ...region(test.rows, test.perBatch, tile, ...test.instructions),
    ]),
    constants: test.constants ?? new Float32Array(1),
    arenaWords: test.arenaWords ?? 0,
    localWords: 0,
    inputs: Int32Array.from(test.inputs.flatMap((input) => [input.length, 0])),
    outputs: Int32Array.from(test.outputs.flatMap((words) => [words, 0])),
    level,
  });
  native.run(
    program,
    test.inputs,
    outputs.map((output) => output.array),
  );
  native.dispose(program);
  expect(outputs.every((output) => output.intact())).toBe(true);
  return outputs.map((output) => output.array);
}

/** The result, the same bits on every level and with every tile. */
export function runEveryWay(test: Case): Float32Array[] {
  const result = run(test, native.levels()[0]!, test.perBatch);
  for (const level of native.levels()) {
    for (const tile of new Set([1, Math.ceil(test.perBatch / 2), test.perBatch])) {
      const again = run(test, level, tile);
      expectSameBits(again, result);
    }
  }
  return result;
}

export const f = Math.fround;
const number = fc.oneof(
  { weight: 12, arbitrary: fc.double({ min: -4, max: 4, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 3e38, -1e-30) },
);
/** A source of numbers that needs no list as long as the tensors. */
export const stream = fc.array(number, { minLength: 1, maxLength: 40 });
/** What is too small to be normal counts as zero, before and after. */
export const flush = (x: number): number => (Math.abs(x) < 2 ** -126 ? 0 : x);
export const fill = (words: number, from: number[]): Float32Array =>
  Float32Array.from({ length: words }, (_, i) => flush(from[(i * 7 + (i >> 4)) % from.length]!));
export const finite = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 40 });

export const shape = fc.record({
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 }),
  flip: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  gap: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 }),
  broadcast: fc.array(
    fc.integer({ min: 0, max: 3 }).map((x) => x === 0),
    { minLength: 6, maxLength: 6 },
  ),
});
export type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;
export const plain: Shape = {
  order: [5, 4, 3, 2, 1, 0],
  flip: Array(6).fill(false),
  gap: Array(6).fill(0),
  broadcast: Array(6).fill(false),
};
export const written = (shape: Shape): Shape => ({ ...shape, broadcast: plain.broadcast });
const extent = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1, 8, 16, 17, 33));
export const walks = (inner: number) =>
  fc
    .record({
      batches: fc.integer({ min: 1, max: 3 }),
      rows: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constantFrom(16, 30, 70)),
      d: fc.array(extent, { minLength: inner, maxLength: inner }),
    })
    .filter((walk) => walk.batches * walk.rows * walk.d.reduce((a, b) => a * b, 1) < 6000);

export const inputOf = (index: number, walk: Walk, shape: Shape, from: number[]) => {
  const { operand, words } = layOut('input', index, walk, shape);
  return { operand, words, array: fill(words, from) };
};
