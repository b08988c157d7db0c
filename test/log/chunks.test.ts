import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOfRows, decodeChunk, emptyColumns, encodeChunk } from '../../src/main/log/chunks';
import type { StepRow } from '../../src/shared/episode';

const number = fc.double();
const vector = (length: number) => fc.array(number, { minLength: length, maxLength: length });

function stepRow(observations: number, actions: number): fc.Arbitrary<Omit<StepRow, 'step'>> {
  const prediction = fc.integer({ min: 0, max: 4 }).chain((horizon) => {
    const values = fc.float32Array({ minLength: horizon * observations, maxLength: horizon * observations });
    return fc.record({ firstStep: fc.nat(), mean: values, std: values });
  });
  const known = fc.float({ noNaN: true });
  const unknowable = fc.option(known);
  const insight = fc.record({
    ...{
      expectedReturn: unknowable,
      returnStd: unknowable,
      disagreement: unknowable,
      knownSteps: unknowable,
    },
    ...{ stepsOutside: known, limitPenalty: known, ratePenalty: known },
    ...{ candidates: fc.nat(20_000), iterations: fc.nat(50), particles: fc.nat(50) },
  });
  return fc.record(
    {
      hostSeconds: number,
      deviceSeconds: number,
      observation: vector(observations),
      action: vector(actions),
      requested: vector(actions),
      reward: number,
      latenessSeconds: number,
      planMs: number,
      missed: fc.constantFrom(0, 1),
      prediction,
      insight,
    },
    {
      requiredKeys: [
        'hostSeconds',
        'deviceSeconds',
        'observation',
        'action',
        'requested',
        'reward',
        'latenessSeconds',
        'planMs',
        'missed',
      ],
    },
  );
}

const episode = fc
  .record({ observations: fc.integer({ min: 1, max: 4 }), actions: fc.integer({ min: 1, max: 3 }) })
  .chain((layout) =>
    fc
      .array(stepRow(layout.observations, layout.actions), { minLength: 1, maxLength: 12 })
      .map((rows) => ({ layout, rows: rows.map((row, step) => ({ ...row, step })) })),
  );

describe('a chunk', () => {
  it('holds every bit of its rows, whatever the numbers, and in whatever pieces they are written', () => {
    fc.assert(
      fc.property(episode, fc.nat(), ({ layout, rows }, cutAt) => {
        const whole = columnsOfRows(rows, layout);
        const cut = cutAt % (rows.length + 1);
        const decoded = emptyColumns(rows.length, layout);
        decodeChunk(encodeChunk(whole, layout, 0, cut), layout, decoded, 0);
        // A buffer of SQLite's may start anywhere.
        const { data, ...rest } = encodeChunk(whole, layout, cut, rows.length);
        const shifted = new Uint8Array(data.byteLength + 3);
        shifted.set(data, 3);
        decodeChunk({ ...rest, data: shifted.subarray(3) }, layout, decoded, cut);
        expect(decoded).toEqual(whole);
        expect(Object.is(decoded.observations[0], rows[0]?.observation[0])).toBe(true);
      }),
    );
  });

  it('that is cut off or too long for its rows is refused', () => {
    fc.assert(
      fc.property(episode, fc.integer({ min: -8, max: 8 }), ({ layout, rows }, more) => {
        fc.pre(more !== 0);
        const chunk = encodeChunk(columnsOfRows(rows, layout), layout, 0, rows.length);
        const data = new Uint8Array(chunk.data.byteLength + more);
        const columns = emptyColumns(rows.length, layout);
        expect(() => decodeChunk({ ...chunk, data }, layout, columns, 0)).toThrow(RangeError);
        if (chunk.insight !== null) {
          const insight = chunk.insight.subarray(0, chunk.insight.byteLength - 4);
          expect(() => decodeChunk({ ...chunk, insight }, layout, columns, 0)).toThrow(RangeError);
        }
        if (chunk.predictions === null) return;
        const predictions = chunk.predictions.subarray(0, chunk.predictions.byteLength - 4);
        expect(() => decodeChunk({ ...chunk, predictions }, layout, columns, 0)).toThrow(RangeError);
      }),
    );
  });
});
