import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Case,
  f,
  finite,
  flush,
  inputOf,
  native,
  plain,
  run,
  runEveryWay,
  type Shape,
  shape,
  stream,
  walks,
  written,
} from './harness';
import { expectSameBits, instruction, layOut, type Operand, places, type Walk, word } from './programs';

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
          const wanted = new Float32Array(out.words);
          for (const place of places(walk)) {
            const at = index.array[word(index.operand, place)]!;
            wanted[word(out.operand, place)] =
              data.array[word(data.operand, { ...place, i: [...place.i, at] })]!;
          }
          expectSameBits([result!], [wanted]);
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
          expectSameBits([result!], [wanted]);
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
          const wanted = new Float32Array(out.words);
          for (const place of places({ ...walk, d: walk.d.slice(0, 3) })) {
            let total = kind === 0 ? 0 : 1;
            for (let step = 0; step < n; step++) {
              const at = { ...place, i: [...place.i, (flags & 2) !== 0 ? n - 1 - step : step] };
              const before = total;
              const value = flush(input.array[word(input.operand, at)]!);
              total = flush(kind === 0 ? f(total + value) : f(total * value));
              wanted[word(out.operand, at)] = (flags & 1) !== 0 ? before : total;
            }
          }
          expectSameBits([result!], [wanted]);
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
        const wanted = results.map((result) => new Float32Array(result.length));
        const integers = new Int32Array(wanted[1]!.buffer);
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
            wanted[0]![word(values!.operand, at)] = row[order[j]!]!;
            integers[word(indices!.operand, at)] = order[j]!;
          }
        }
        expectSameBits(results, wanted);
      }),
      { numRuns: 60 },
    );
  });
});
