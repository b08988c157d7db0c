import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addon, type Bound } from './addon';
import {
  bitsOf,
  expectSameBits,
  guarded,
  instruction,
  layOut,
  mapInstruction,
  NOWHERE,
  type Operand,
  places,
  region,
  type Walk,
  word,
} from './programs';

const native = addon();

interface Case {
  rows: number;
  perBatch: number;
  instructions: number[][];
  arenaWords?: number;
  inputs: Bound[];
  outputs: number[];
}

/** Runs on one level with tiles of so many rows; the words beside the outputs stay as they were. */
function run(test: Case, level: string, tile: number): Float32Array[] {
  const outputs = test.outputs.map(guarded);
  const program = native.createProgram({
    abi: native.version,
    code: Int32Array.from(region(test.rows, test.perBatch, tile, ...test.instructions)),
    constants: new Float32Array(1),
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
function runEveryWay(test: Case): Float32Array[] {
  const result = run(test, native.levels()[0]!, test.perBatch);
  for (const level of native.levels()) {
    for (const tile of new Set([1, Math.ceil(test.perBatch / 2), test.perBatch])) {
      const again = run(test, level, tile);
      expectSameBits(again, result);
    }
  }
  return result;
}

const f = Math.fround;
const number = fc.oneof(
  { weight: 12, arbitrary: fc.double({ min: -4, max: 4, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 3e38, -1e-30) },
);
/** A source of numbers that needs no list as long as the tensors. */
const stream = fc.array(number, { minLength: 1, maxLength: 40 });
/** What is too small to be normal counts as zero, before and after. */
const flush = (x: number): number => (Math.abs(x) < 2 ** -126 ? 0 : x);
const fill = (words: number, from: number[]): Float32Array =>
  Float32Array.from({ length: words }, (_, i) => flush(from[(i * 7 + (i >> 4)) % from.length]!));
const finite = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 40 });

const shape = fc.record({
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 }),
  flip: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  gap: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 }),
  broadcast: fc.array(
    fc.integer({ min: 0, max: 3 }).map((x) => x === 0),
    { minLength: 6, maxLength: 6 },
  ),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;
const plain: Shape = {
  order: [5, 4, 3, 2, 1, 0],
  flip: Array(6).fill(false),
  gap: Array(6).fill(0),
  broadcast: Array(6).fill(false),
};
const written = (shape: Shape): Shape => ({ ...shape, broadcast: plain.broadcast });
const extent = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1, 8, 16, 17, 33));
const walks = (inner: number) =>
  fc
    .record({
      batches: fc.integer({ min: 1, max: 3 }),
      rows: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constantFrom(16, 30, 70)),
      d: fc.array(extent, { minLength: inner, maxLength: inner }),
    })
    .filter((walk) => walk.batches * walk.rows * walk.d.reduce((a, b) => a * b, 1) < 6000);

const inputOf = (index: number, walk: Walk, shape: Shape, from: number[]) => {
  const { operand, words } = layOut('input', index, walk, shape);
  return { operand, array: fill(words, from) };
};

describe('matrix products', () => {
  const activations = [
    (x: number) => x,
    (x: number) => Math.max(x, 0),
    (x: number) => x / (1 + Math.exp(-x)),
    Math.tanh,
    (x: number) => 1 / (1 + Math.exp(-x)),
  ];
  it('is the sum of products, plus bias, through the activation, for any strides', () => {
    fc.assert(
      fc.property(
        walks(0),
        fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(31, 48, 70)),
        fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(16, 32, 48, 70, 130)),
        fc.integer({ min: 0, max: 4 }),
        fc.tuple(shape, shape, shape, shape, shape),
        fc.tuple(fc.boolean(), fc.boolean()),
        finite,
        (walk, k, n, activation, [sa, sb, sc, sbias, spre], [hasBias, hasPre], from) => {
          const a = inputOf(0, { ...walk, d: [k] }, sa, from);
          const b = inputOf(1, { batches: walk.batches, rows: 1, d: [k, n] }, sb, from);
          const bias = inputOf(2, { ...walk, d: [n] }, sbias, from);
          b.operand.row = 0;
          const c = layOut('output', 0, { ...walk, d: [n] }, written(sc));
          const pre = layOut('output', 1, { ...walk, d: [n] }, written(spre));
          const [out, before] = runEveryWay({
            rows: walk.batches * walk.rows,
            perBatch: walk.rows,
            instructions: [
              instruction(
                2,
                n,
                k,
                activation,
                0,
                a.operand,
                b.operand,
                hasBias ? bias.operand : NOWHERE,
                c.operand,
                hasPre ? pre.operand : NOWHERE,
              ),
            ],
            inputs: [a.array, b.array, bias.array],
            outputs: [c.words, pre.words],
          });
          for (const { batch, row, i } of places({ ...walk, d: [n] })) {
            let sum = hasBias ? bias.array[word(bias.operand, { batch, row, i })]! : 0;
            for (let j = 0; j < k; j++) {
              sum +=
                a.array[word(a.operand, { batch, row, i: [j] })]! *
                b.array[word(b.operand, { batch, row, i: [j, i[0]!] })]!;
            }
            const tolerance = 2e-6 * (k + 4);
            expect(
              Math.abs(out![word(c.operand, { batch, row, i })]! - activations[activation]!(sum)),
            ).toBeLessThan(tolerance);
            if (hasPre)
              expect(Math.abs(before![word(pre.operand, { batch, row, i })]! - sum)).toBeLessThan(tolerance);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('adds to what is there, in the same order as one product over both halves of k', () => {
    const [rows, k, n] = [37, 24, 50];
    const a = fill(rows * k, [0.3, -1.2, 0.7, 2.1, -0.4]);
    const b = fill(k * n, [1.1, -0.2, 0.9]);
    const c: Operand = { space: 'output', index: 0, offset: 0, batch: 0, row: n, s: [1] };
    const product = (flags: number, from: number, to: number): number[] =>
      instruction(
        2,
        n,
        to - from,
        0,
        flags,
        { space: 'input', index: 0, offset: from, batch: 0, row: k, s: [1] },
        { space: 'input', index: 1, offset: from * n, batch: 0, row: 0, s: [n, 1] },
        NOWHERE,
        c,
        NOWHERE,
      );
    const test = { rows, perBatch: rows, inputs: [a, b], outputs: [rows * n] };
    const [whole] = runEveryWay({ ...test, instructions: [product(0, 0, k)] });
    const [halves] = runEveryWay({ ...test, instructions: [product(0, 0, 10), product(1, 10, k)] });
    expect(bitsOf(halves!)).toEqual(bitsOf(whole!));
  });
});

/** Operations whose result in float32 is exactly the rounded one of float64. */
const EXACT: Record<number, (a: number, b: number, c: number) => number> = {
  0: (a) => a,
  1: (a) => -a,
  2: Math.abs,
  3: Math.sign,
  4: Math.floor,
  5: Math.ceil,
  7: Math.sqrt,
  9: (a) => 1 / a,
  18: (a) => (a > 0 || Number.isNaN(a) ? a : 0),
  31: (a) => Number(Number.isNaN(a)),
  32: (a) => Number(Math.abs(a) === Infinity),
  33: (a) => Number(Number.isFinite(a)),
  34: (a) => Number(a === 0),
  35: (a) => a * a,
  36: Math.trunc,
  64: (a, b) => a + b,
  65: (a, b) => a - b,
  66: (a, b) => a * b,
  67: (a, b) => a / b,
  68: (a, b) => Math.min(a, b),
  69: (a, b) => Math.max(a, b),
  72: (a, b) => a % b,
  74: (a, b) => Number(a === b),
  75: (a, b) => Number(a !== b),
  76: (a, b) => Number(a < b),
  77: (a, b) => Number(a <= b),
  78: (a, b) => Number(a > b),
  79: (a, b) => Number(a >= b),
  80: (a, b) => Number(a !== 0 && b !== 0),
  81: (a, b) => Number(a !== 0 || b !== 0),
  82: (a, b) => Number((a !== 0) !== (b !== 0)),
  97: (a, b, c) => (a !== 0 ? b : c),
  98: (a, b, c) => Math.min(Math.max(a, b), c),
};
const exact = (code: number, a: number, b: number, c: number): number =>
  flush(f(EXACT[code]!(flush(a), flush(b), flush(c))));

describe('maps', () => {
  it('computes any byte code on any strides, several outputs at once', () => {
    const codes = Object.keys(EXACT).map(Number);
    fc.assert(
      fc.property(
        walks(4),
        fc.array(fc.tuple(shape, stream), { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.constantFrom(...codes), fc.nat(), fc.nat(), fc.nat()), { maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(), shape), { minLength: 1, maxLength: 3 }),
        (walk, ins, drafts, outs) => {
          const inputs = ins.map(([shape, from], index) => inputOf(index, walk, shape, from));
          const ops = drafts.map(([code, a, b, c], j) => [
            code,
            ...[a, b, c].map((x) => x % (inputs.length + j)),
          ]);
          const outputs = outs.map(([value, shape], index) => ({
            value: value % (inputs.length + ops.length),
            ...layOut('output', index, walk, written(shape)),
          }));
          const results = runEveryWay({
            rows: walk.batches * walk.rows,
            perBatch: walk.rows,
            instructions: [
              mapInstruction(
                walk.d,
                inputs.map((input) => input.operand),
                ops,
                outputs.map((o) => [o.value, o.operand]),
              ),
            ],
            inputs: inputs.map((input) => input.array),
            outputs: outputs.map((output) => output.words),
          });
          const wanted = outputs.map((output) => new Float32Array(output.words));
          for (const place of places(walk)) {
            const values = inputs.map((input) => input.array[word(input.operand, place)]!);
            for (const [code, a, b, c] of ops)
              values.push(exact(code!, values[a!]!, values[b!]!, values[c!]!));
            outputs.forEach((output, o) => {
              wanted[o]![word(output.operand, place)] = values[output.value]!;
            });
          }
          expectSameBits(results, wanted);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('may write where it reads, word for word', () => {
    const words = 1000;
    const x = fill(words, [1, 2, 3, -4, 5.5]);
    const io: Operand = { space: 'arena', index: 0, offset: 8, batch: 0, row: 10, s: [1] };
    const out: Operand = { space: 'output', index: 0, offset: 0, batch: 0, row: 10, s: [1] };
    const input: Operand = { ...out, space: 'input' };
    const [result] = runEveryWay({
      rows: 100,
      perBatch: 100,
      arenaWords: words + 16,
      instructions: [
        mapInstruction([10, 1, 1, 1], [input], [], [[0, io]]),
        // y = x + x written over x, z = y · x still reads the old x
        mapInstruction(
          [10, 1, 1, 1],
          [io],
          [
            [64, 0, 0],
            [66, 1, 0],
          ],
          [
            [1, io],
            [2, out],
          ],
        ),
      ],
      inputs: [x],
      outputs: [words],
    });
    expect([...result!]).toEqual([...x].map((v) => f(f(v + v) * v)));
  });

  it('computes with integers as JavaScript does', () => {
    const integers: Record<number, (a: number, b: number) => number> = {
      128: (a, b) => (a + b) | 0,
      129: (a, b) => (a - b) | 0,
      130: Math.imul,
      131: (a, b) => (b === 0 ? 0 : (a / b) | 0),
      132: (a, b) => (b === 0 ? 0 : (a % b) | 0),
      133: (a, b) => (b === 0 ? 0 : (a - b * Math.floor(a / b)) | 0),
      134: Math.min,
      135: Math.max,
      136: (a) => -a | 0,
      137: (a) => Math.abs(a) | 0,
      138: Math.sign,
    };
    const comparisons: Record<number, (a: number, b: number) => number> = {
      139: (a, b) => Number(a === b),
      140: (a, b) => Number(a !== b),
      141: (a, b) => Number(a < b),
      142: (a, b) => Number(a <= b),
      143: (a, b) => Number(a > b),
      144: (a, b) => Number(a >= b),
      160: (a) => a,
      163: (a) => Number(a !== 0),
    };
    const pairs = fc.array(
      fc.tuple(
        fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 })),
        fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 })),
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(pairs, (list) => {
        const n = list.length;
        const [a, b] = [0, 1].map((side) => Int32Array.from(list, (pair) => pair[side]!));
        const operand = (space: Operand['space'], index: number): Operand => ({
          space,
          index,
          offset: 0,
          batch: 0,
          row: 1,
          s: [],
        });
        for (const [code, reference] of Object.entries({ ...integers, ...comparisons })) {
          const [result] = runEveryWay({
            rows: n,
            perBatch: n,
            instructions: [
              mapInstruction(
                [1, 1, 1, 1],
                [operand('input', 0), operand('input', 1)],
                [[Number(code), 0, 1]],
                [[2, operand('output', 0)]],
              ),
            ],
            inputs: [a!, b!],
            outputs: [n],
          });
          const isInteger = Number(code) in integers;
          const got = isInteger ? [...new Int32Array(result!.buffer, result!.byteOffset, n)] : [...result!];
          expect(
            got.map((x) => x + 0),
            code,
          ).toEqual(list.map(([x, y]) => f(0) + (isInteger ? reference(x, y) : f(reference(x, y))) + 0));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('casts to integers towards zero, the largest for what is too large, 0 for what is no number', () => {
    const x = Float32Array.of(
      1.9,
      -1.9,
      0,
      Number.NaN,
      Infinity,
      -Infinity,
      3e9,
      -3e9,
      2147483520,
      -2147483648,
    );
    const at = (space: Operand['space']): Operand => ({
      space,
      index: 0,
      offset: 0,
      batch: 0,
      row: 1,
      s: [],
    });
    const [result] = runEveryWay({
      rows: x.length,
      perBatch: x.length,
      instructions: [mapInstruction([1, 1, 1, 1], [at('input')], [[161, 0]], [[1, at('output')]])],
      inputs: [x],
      outputs: [x.length],
    });
    const max = 2147483647;
    expect([...new Int32Array(result!.buffer, result!.byteOffset, x.length)]).toEqual([
      1,
      -1,
      0,
      0,
      max,
      -max - 1,
      max,
      -max - 1,
      2147483520,
      -max - 1,
    ]);
  });
});

const LANES: Record<number, { start: number; join: (a: number, b: number) => number }> = {
  0: { start: 0, join: (a, b) => flush(f(a + b)) },
  1: { start: 0, join: (a, b) => flush(f(a + b)) },
  2: { start: -Infinity, join: Math.max },
  3: { start: Infinity, join: Math.min },
  4: { start: 1, join: (a, b) => flush(f(a * b)) },
};
function reduced(kind: number, values: number[]): number {
  if (kind === 5 || kind === 6) {
    const nan = values.findIndex(Number.isNaN);
    return nan >= 0 ? nan : values.indexOf(kind === 5 ? Math.max(...values) : Math.min(...values));
  }
  const { start, join } = LANES[kind]!;
  const lanes = Array<number>(16).fill(start);
  values.forEach((value, e) => {
    lanes[e % 16] = join(lanes[e % 16]!, flush(value));
  });
  for (let width = 8; width >= 1; width /= 2) {
    for (let i = 0; i < width; i++) lanes[i] = join(lanes[i]!, lanes[i + width]!);
  }
  return kind === 1 ? flush(f(lanes[0]! / values.length)) : lanes[0]!;
}

describe('reductions', () => {
  it('adds up in sixteen lanes whatever the strides, and finds the first extreme', () => {
    fc.assert(
      fc.property(
        walks(4),
        fc.integer({ min: 0, max: 6 }),
        shape,
        shape,
        stream,
        (walk, kind, si, so, from) => {
          const input = inputOf(0, walk, si, from);
          const kept = { ...walk, d: walk.d.slice(0, 2) };
          const out = layOut('output', 0, kept, written(so));
          const [result] = runEveryWay({
            rows: walk.batches * walk.rows,
            perBatch: walk.rows,
            instructions: [instruction(4, kind, ...walk.d, input.operand, out.operand)],
            inputs: [input.array],
            outputs: [out.words],
          });
          const wanted = new Float32Array(out.words);
          const integers = new Int32Array(wanted.buffer);
          for (const place of places(kept)) {
            const values = [...places({ batches: 1, rows: 1, d: walk.d.slice(2) })].map(
              ({ i }) => input.array[word(input.operand, { ...place, i: [...place.i, ...i] })]!,
            );
            const at = word(out.operand, place);
            if (kind >= 5) integers[at] = reduced(kind, values);
            else wanted[at] = reduced(kind, values);
          }
          expect(bitsOf(result!)).toEqual(bitsOf(wanted));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('indices', () => {
  const indexed = (walk: Walk, limit: number, s: Shape, from: number[]) => {
    const { operand, words } = layOut('input', 0, walk, s);
    return {
      operand,
      array: Int32Array.from(
        { length: words },
        (_, i) => Math.abs(Math.floor((from[i % from.length] || 0) * 1000) % limit) || 0,
      ),
    };
  };
  it('gathers by index', () => {
    fc.assert(
      fc.property(
        walks(3),
        fc.integer({ min: 1, max: 9 }),
        fc.tuple(shape, shape, shape),
        finite,
        (walk, limit, [s0, s1, s2], from) => {
          const index = indexed(walk, limit, s0, from);
          const data = inputOf(1, { ...walk, d: [...walk.d, limit] }, s1, from);
          const out = layOut('output', 0, walk, written(s2));
          const [result] = runEveryWay({
            rows: walk.batches * walk.rows,
            perBatch: walk.rows,
            instructions: [instruction(5, ...walk.d, limit, index.operand, data.operand, out.operand)],
            inputs: [index.array, data.array],
            outputs: [out.words],
          });
          for (const place of places(walk)) {
            const at = index.array[word(index.operand, place)]!;
            expect(result![word(out.operand, place)]).toBe(
              data.array[word(data.operand, { ...place, i: [...place.i, at] })],
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('adds what it scatters in order of the rows', () => {
    fc.assert(
      fc.property(
        walks(1),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(0, 1),
        fc.tuple(shape, shape),
        finite,
        (walk, limit, mode, [s0, s1], from) => {
          const index = indexed(walk, limit, s0, from);
          const data = inputOf(1, walk, s1, from);
          const out: Operand = {
            space: 'output',
            index: 0,
            offset: 0,
            batch: limit,
            row: 0,
            s: [0, 0, 0, 1],
          };
          const [result] = runEveryWay({
            rows: walk.batches * walk.rows,
            perBatch: walk.rows,
            instructions: [instruction(6, mode, ...walk.d, 1, 1, limit, index.operand, data.operand, out)],
            inputs: [index.array, data.array],
            outputs: [walk.batches * limit],
          });
          const wanted = new Float32Array(walk.batches * limit);
          for (const place of places(walk)) {
            const at = place.batch * limit + index.array[word(index.operand, place)]!;
            const value = data.array[word(data.operand, place)]!;
            wanted[at] = mode === 1 ? flush(f(wanted[at]! + flush(value))) : value;
          }
          expect(bitsOf(result!)).toEqual(bitsOf(wanted));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses an index outside with the place and the axis', () => {
    for (const bad of [-1, 4, 2147483647]) {
      const at = (space: Operand['space'], index: number, s: number[]): Operand => ({
        space,
        index,
        offset: 0,
        batch: 0,
        row: 1,
        s,
      });
      const gather: Case = {
        rows: 3,
        perBatch: 3,
        instructions: [
          instruction(
            5,
            1,
            1,
            1,
            4,
            at('input', 0, []),
            { ...at('input', 1, [0, 0, 0, 1]), row: 0 },
            at('output', 0, []),
          ),
        ],
        inputs: [Int32Array.of(0, bad, 1), new Float32Array(4)],
        outputs: [3],
      };
      expect(() => run(gather, native.level, 3)).toThrow(
        expect.objectContaining({
          code: 'INDEX',
          message: `A gather asks for place ${bad} of an axis of 4.`,
        }),
      );
    }
  });

  it('runs sums and products along an axis, forwards and backwards', () => {
    fc.assert(
      fc.property(
        walks(4),
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 0, max: 3 }),
        shape,
        shape,
        finite,
        (walk, kind, flags, si, so, from) => {
          const input = inputOf(0, walk, si, from);
          const out = layOut('output', 0, walk, written(so));
          const [result] = runEveryWay({
            rows: walk.batches * walk.rows,
            perBatch: walk.rows,
            instructions: [instruction(7, kind, flags, ...walk.d, input.operand, out.operand)],
            inputs: [input.array],
            outputs: [out.words],
          });
          const n = walk.d[3]!;
          for (const place of places({ ...walk, d: walk.d.slice(0, 3) })) {
            let total = kind === 0 ? 0 : 1;
            for (let step = 0; step < n; step++) {
              const at = { ...place, i: [...place.i, (flags & 2) !== 0 ? n - 1 - step : step] };
              const before = total;
              const value = flush(input.array[word(input.operand, at)]!);
              total = flush(kind === 0 ? f(total + value) : f(total * value));
              expect(result![word(out.operand, at)]! + 0).toBe(((flags & 1) !== 0 ? before : total) + 0);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('chooses the largest or smallest, the first of equals first', () => {
    fc.assert(
      fc.property(walks(4), fc.nat(), fc.boolean(), shape, stream, (walk, draft, largest, si, from) => {
        const n = walk.d[3]!;
        const k = 1 + (draft % n);
        const input = inputOf(0, walk, si, from);
        const chosen = { ...walk, d: [...walk.d.slice(0, 3), k] };
        const [values, indices] = [0, 1].map((index) => layOut('output', index, chosen, plain));
        const results = runEveryWay({
          rows: walk.batches * walk.rows,
          perBatch: walk.rows,
          instructions: [
            instruction(8, k, Number(largest), ...walk.d, input.operand, values!.operand, indices!.operand),
          ],
          inputs: [input.array],
          outputs: [values!.words, indices!.words],
        });
        const integers = new Int32Array(results[1]!.buffer, results[1]!.byteOffset, results[1]!.length);
        const rank = (x: number): number => (Number.isNaN(x) ? Infinity : largest ? x : -x);
        for (const place of places({ ...walk, d: walk.d.slice(0, 3) })) {
          const row = Array.from(
            { length: n },
            (_, j) => input.array[word(input.operand, { ...place, i: [...place.i, j] })]!,
          );
          const order = row
            .map((_, j) => j)
            .sort(
              (a, b) =>
                Number(Number.isNaN(row[b])) - Number(Number.isNaN(row[a])) ||
                (rank(row[b]!) > rank(row[a]!) ? 1 : rank(row[b]!) < rank(row[a]!) ? -1 : a - b),
            );
          for (let j = 0; j < k; j++) {
            const at = { ...place, i: [...place.i, j] };
            expect(integers[word(indices!.operand, at)]).toBe(order[j]);
            expect(results[0]![word(values!.operand, at)]).toBe(row[order[j]!]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

it('keeps a whole loop of steps in one region, tile by tile, with local scratch', () => {
  const [rows, wide, steps] = [37, 20, 5];
  const state = fill(rows * 3, [0.1, -0.4, 0.9]);
  const first = fill(3 * wide, [0.5, -0.3, 0.2, 0.8]);
  const second = fill(wide * 3, [0.1, -0.2, 0.3]);
  const at = (space: Operand['space'], index: number, offset: number, row: number, s: number[]): Operand => ({
    space,
    index,
    offset,
    batch: 0,
    row,
    s,
  });
  for (const level of native.levels()) {
    const results = [1, 7, 16, 37].map((tile) => {
      const narrow = at('local', 0, 0, 1, [tile]); // column by column: rows side by side
      const hidden = at('local', 0, 3 * tile, wide, [1]);
      const change = at('local', 0, 3 * tile + tile * wide, 1, [tile]);
      const step = [
        instruction(2, wide, 3, 3, 0, narrow, at('input', 1, 0, 0, [wide, 1]), NOWHERE, hidden, NOWHERE),
        instruction(2, 3, wide, 0, 0, hidden, at('input', 2, 0, 0, [3, 1]), NOWHERE, change, NOWHERE),
        mapInstruction([3, 1, 1, 1], [narrow, change], [[64, 0, 1]], [[2, narrow]]),
      ];
      const code = region(
        rows,
        rows,
        tile,
        mapInstruction([3, 1, 1, 1], [at('input', 0, 0, 3, [1])], [], [[0, narrow]]),
        ...Array<number[][]>(steps).fill(step).flat(),
        mapInstruction([3, 1, 1, 1], [narrow], [], [[0, at('output', 0, 0, 3, [1])]]),
      );
      const program = native.createProgram({
        abi: 1,
        code: Int32Array.from(code),
        constants: new Float32Array(0),
        arenaWords: 0,
        localWords: tile * (6 + wide),
        inputs: Int32Array.of(state.length, 0, first.length, 0, second.length, 0),
        outputs: Int32Array.of(rows * 3, 0),
        level,
      });
      const out = new Float32Array(rows * 3);
      native.run(program, [state, first, second], [out]);
      return [...out];
    });
    let wanted = Array.from({ length: rows }, (_, r) => [...state.subarray(r * 3, r * 3 + 3)]);
    for (let step = 0; step < steps; step++) {
      wanted = wanted.map((x) => {
        const h = Array.from({ length: wide }, (_, j) =>
          Math.tanh(x.reduce((sum, v, i) => sum + v * first[i * wide + j]!, 0)),
        );
        return x.map((v, i) => v + h.reduce((sum, u, j) => sum + u * second[j * 3 + i]!, 0));
      });
    }
    for (const result of results) expect(result).toEqual(results[0]);
    wanted.flat().forEach((value, i) => {
      expect(Math.abs(results[0]![i]! - value)).toBeLessThan(1e-5);
    });
  }
});

it('takes bools as bytes and gives them back as bytes', () => {
  const at = (space: Operand['space']): Operand => ({ space, index: 0, offset: 0, batch: 0, row: 1, s: [] });
  const program = native.createProgram({
    abi: 1,
    code: Int32Array.from(
      region(4, 4, 4, mapInstruction([1, 1, 1, 1], [at('input')], [[34, 0]], [[1, at('output')]])),
    ),
    constants: new Float32Array(0),
    arenaWords: 0,
    localWords: 0,
    inputs: Int32Array.of(4, 1),
    outputs: Int32Array.of(4, 1),
  });
  const out = new Uint8Array(4);
  native.run(program, [Uint8Array.of(0, 1, 255, 0)], [out]);
  expect([...out]).toEqual([1, 0, 0, 1]);
});
