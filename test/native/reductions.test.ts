import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f, flush, inputOf, runEveryWay, shape, stream, walks, written } from './harness';
import { bitsOf, instruction, layOut, places, word } from './programs';

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
