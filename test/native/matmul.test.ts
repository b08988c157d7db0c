import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill, finite, inputOf, runEveryWay, shape, walks, written } from './harness';
import {
  bitsOf,
  instruction,
  layOut,
  mapInstruction,
  NOWHERE,
  type Operand,
  places,
  region,
  word,
} from './programs';

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
        fc.constantFrom('input' as const, 'constant' as const, 'arena' as const),
        finite,
        (walk, k, n, activation, [sa, sb, sc, sbias, spre], [hasBias, hasPre], where, from) => {
          const a = inputOf(0, { ...walk, d: [k] }, sa, from);
          const b = inputOf(1, { batches: walk.batches, rows: 1, d: [k, n] }, sb, from);
          const bias = inputOf(2, { ...walk, d: [n] }, sbias, from);
          Object.assign(b.operand, { row: 0, space: where, index: where === 'input' ? 1 : 0 });
          const line = (space: Operand['space'], index: number): Operand => ({
            space,
            index,
            offset: 0,
            batch: 0,
            row: 1,
            s: [],
          });
          const copied = mapInstruction([1, 1, 1, 1], [line('input', 1)], [], [[0, line('arena', 0)]]);
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
            before: region(b.words, b.words, b.words, copied),
            constants: b.array,
            arenaWords: b.words,
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
      { numRuns: 90 },
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

  it('over a large k is summed in the same order as in short parts, from the bias to the activation', () => {
    const [rows, k, n, part] = [33, 2000, 48, 100];
    const a = fill(rows * k, [0.3, -1.2, 0.7, 2.1, -0.4, 0.05, -1.6]);
    const b = fill(k * n, [0.11, -0.02, 0.09, -0.17]);
    const bias = fill(n, [1.5, -2, 0.25]);
    const to = (index: number): Operand => ({ space: 'output', index, offset: 0, batch: 0, row: n, s: [1] });
    const product = (from: number, until: number): number[] =>
      instruction(
        2,
        n,
        until - from,
        until === k ? 2 : 0,
        from === 0 ? 0 : 1,
        { space: 'input', index: 0, offset: from * rows, batch: 0, row: 1, s: [rows] },
        { space: 'input', index: 1, offset: from * n, batch: 0, row: 0, s: [n, 1] },
        from === 0 ? { space: 'input', index: 2, offset: 0, batch: 0, row: 0, s: [1] } : NOWHERE,
        to(0),
        until === k ? to(1) : NOWHERE,
      );
    const test = { rows, perBatch: rows, inputs: [a, b, bias], outputs: [rows * n, rows * n] };
    const [whole, before] = runEveryWay({ ...test, instructions: [product(0, k)] });
    const parts = Array.from({ length: k / part }, (_, i) => product(i * part, (i + 1) * part));
    const [inParts, beforeInParts] = runEveryWay({ ...test, instructions: parts });
    expect(bitsOf(whole!)).toEqual(bitsOf(inParts!));
    expect(bitsOf(before!)).toEqual(bitsOf(beforeInParts!));
    expect(before!.some((value, i) => value !== whole![i])).toBe(true);
  });
});
