import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f, fill, flush, inputOf, runEveryWay, shape, stream, walks, written } from './harness';
import { expectSameBits, layOut, mapInstruction, type Operand, places, word } from './programs';

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
