import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { addonFile, type Description } from './addon';
import { fill, native } from './harness';
import { instruction, NOWHERE, type Operand, region } from './programs';

const [K, N, ROWS] = [19, 37, 5];
const PACKED = K * 48 * 4; // whole groups of 16 columns

const at = (space: Operand['space'], row: number, s: number[], offset = 0, batch = 0): Operand => ({
  ...{ space, index: 0, offset, batch, row, s },
});

/** `products` products one after the other of the same rows, each with the k × n weights at its offset. */
function description(weights: Float32Array, offsets = [0], level = native.level): Description {
  const product = (offset: number, i: number) =>
    instruction(
      ...[2, N, K, 0, 0],
      ...[at('input', K, [1]), at('constant', 0, [N, 1], offset), NOWHERE],
      ...[at('output', N, [1], i * ROWS * N), NOWHERE],
    );
  return {
    abi: native.version,
    code: Int32Array.from(region(ROWS, ROWS, ROWS, ...offsets.map(product))),
    constants: weights,
    arenaWords: 0,
    localWords: 0,
    inputs: Int32Array.of(ROWS * K, 0),
    outputs: Int32Array.of(offsets.length * ROWS * N, 0),
    level,
  };
}

const rows = fill(ROWS * K, [0.3, -1.5, 0.25, 2, -0.7]);
const weightsOf = (seed: number): Float32Array => fill(K * N, [seed, -0.5, 0.125, seed / 3, 1.75]);

function product(weights: Float32Array): number[] {
  return Array.from({ length: ROWS * N }, (_, place) => {
    const [row, column] = [Math.floor(place / N), place % N];
    let sum = 0;
    for (let k = 0; k < K; k++) sum += rows[row * K + k]! * weights[k * N + column]!;
    return sum;
  });
}

const open = new Set<object>();
function create(...given: Parameters<typeof description>): object {
  const program = native.createProgram(description(...given));
  open.add(program);
  return program;
}
function dispose(program: object): void {
  native.dispose(program);
  open.delete(program);
}
function expectProduct(program: object, weights: Float32Array): void {
  const out = new Float32Array(ROWS * N);
  native.run(program, [rows], [out]);
  product(weights).forEach((value, i) => {
    expect(out[i]).toBeCloseTo(value, 4);
  });
}

afterEach(() => {
  for (const program of open) dispose(program);
  expect(native.packedBytes()).toBe(0);
});

it('keeps equal packed weights of two programs once, until the last of them is gone', () => {
  const [first, second] = [create(weightsOf(1)), create(weightsOf(1))];
  expect(native.packedBytes()).toBe(PACKED);
  dispose(first);
  expect(native.packedBytes()).toBe(PACKED);
  expectProduct(second, weightsOf(1));
  dispose(second);
  expect(native.packedBytes()).toBe(0);
});

it('keeps packed weights once that several products of one program multiply with', () => {
  const both = new Float32Array(2 * K * N + 3);
  both.set(weightsOf(1));
  both.set(weightsOf(1), K * N + 3);
  create(both, [0, K * N + 3, 0]);
  expect(native.packedBytes()).toBe(PACKED);
});

it('shares nothing between weights that differ in the last bit of one number, or in the sign of a zero', () => {
  const last = weightsOf(1);
  const bits = new Int32Array(last.buffer);
  bits[bits.length - 1]! ^= 1;
  const [zero, negative] = [weightsOf(1), weightsOf(1)];
  zero[40] = 0;
  negative[40] = -0;
  const all = [weightsOf(1), last, zero, negative];
  const programs = all.map((weights) => create(weights));
  expect(native.packedBytes()).toBe(4 * PACKED);
  programs.forEach((program, i) => {
    expectProduct(program, all[i]!);
  });
});

it('leaves the other right when one of two programs with different weights is disposed of', () => {
  const [first, second] = [create(weightsOf(1)), create(weightsOf(2))];
  expect(native.packedBytes()).toBe(2 * PACKED);
  dispose(first);
  expectProduct(second, weightsOf(2));
  expect(native.packedBytes()).toBe(PACKED);
});

it('gives the same bits whether the weights are shared or not, on every level', () => {
  for (const level of native.levels()) {
    const [alone, shared] = [new Float32Array(ROWS * N), new Float32Array(ROWS * N)];
    const first = create(weightsOf(3), [0], level);
    native.run(first, [rows], [alone]);
    native.run(create(weightsOf(3), [0], level), [rows], [shared]);
    expect(shared).toEqual(alone);
  }
});

it('does not keep what a refused program had packed', () => {
  const given = description(weightsOf(1));
  const wide = 2 ** 14;
  // The same few numbers over and over: verified, but more than may be packed.
  const large = instruction(
    ...[2, wide, wide, 0, 0],
    ...[
      at('input', 0, [0]),
      at('constant', 0, [0, 0], 0, 1),
      NOWHERE,
      at('output', wide, [1], 0, wide),
      NOWHERE,
    ],
  );
  const code = Int32Array.from([...given.code, ...region(3, 1, 1, large)]);
  const refused = { ...given, code, outputs: Int32Array.of(3 * wide, 0) };
  expect(() => native.createProgram(refused)).toThrow(/has no \d+ MB for the program/);
  expect(native.packedBytes()).toBe(0);
});

/** Creates, runs and disposes of programs of three different weights in an order of its own; tells whether all were right. */
const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { file, descriptions, wanted, rows, seed } = workerData;
  const native = require(file);
  const out = new Float32Array(wanted[0].length);
  const held = [];
  let wrong = 0;
  for (let round = 0; round < 600; round++) {
    const which = (round * seed + (round >> 3)) % descriptions.length;
    held.push({ which, program: native.createProgram(descriptions[which]) });
    const { which: now, program } = held[(round * 5) % held.length];
    native.run(program, [rows], [out]);
    if (!out.every((value, i) => value === wanted[now][i])) wrong++;
    if (held.length > seed) native.dispose(held.splice(round % held.length, 1)[0].program);
  }
  for (const { program } of held) native.dispose(program);
  parentPort.postMessage(wrong);
`;

it('shares between threads that create and dispose of programs at the same time', async () => {
  const weights = [weightsOf(1), weightsOf(2), weightsOf(3)];
  const wanted = weights.map((one) => {
    const out = new Float32Array(ROWS * N);
    const program = create(one);
    native.run(program, [rows], [out]);
    dispose(program);
    return out;
  });
  const descriptions = weights.map((one) => description(one));
  const workers = [1, 2, 4, 5].map(
    (seed) =>
      new Worker(WORKER, {
        eval: true,
        workerData: { file: addonFile, descriptions, wanted, rows, seed },
      }),
  );
  const told = await Promise.all(
    workers.map(async (worker) => {
      const [[wrong]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
      return wrong as number;
    }),
  );
  expect(told).toEqual([0, 0, 0, 0]);
  expect(native.packedBytes()).toBe(0);
});

it('gives up what a thread held that ends without disposing', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const native = require(workerData.file);
    globalThis.program = native.createProgram(workerData.description);
    parentPort.postMessage(native.packedBytes());`;
  const worker = new Worker(source, {
    eval: true,
    workerData: { file: addonFile, description: description(weightsOf(1)) },
  });
  const [[held]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  expect(held).toBe(PACKED);
  expect(native.packedBytes()).toBe(0);
});
