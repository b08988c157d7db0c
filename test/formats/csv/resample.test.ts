import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample, splitAtGaps } from '../../../src/main/formats/csv/resample';
import type { CsvTable } from '../../../src/main/formats/csv/types';
import { wrapAngle } from '../../../src/shared/angles';

/** Irregular times from `start` on, with steps of 1 to 50 ms. */
const times = fc
  .tuple(
    fc.constantFrom(0, -3, 1_700_000_000),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 80 }),
  )
  .map(([start, steps]) => {
    let milliseconds = 0;
    return Float64Array.from([0, ...steps], (step) => {
      milliseconds += step;
      return start + milliseconds / 1000;
    });
  });

function tableOf(time: Float64Array, ...columns: Float64Array[]): CsvTable {
  return { file: 'log.csv', samples: time.length, time, columns, starts: [0], remarks: [] };
}

const all = (table: CsvTable) => ({ from: 0, to: table.samples });
const PERIOD = 0.01;

describe('resampling', () => {
  it('reproduces whatever changes at a constant rate, at any sampling', () => {
    fc.assert(
      fc.property(times, fc.double({ min: -50, max: 50, noNaN: true }), (time, rate) => {
        const start = time[0] ?? 0;
        const table = tableOf(
          time,
          time.map((t) => 1 + rate * (t - start)),
          time.map(() => rate),
        );
        const result = resample(table, all(table), { periodSeconds: PERIOD, angles: [false] });
        fc.pre(result !== undefined);
        for (let row = 0; row < (result?.rows ?? 0); row++) {
          expect(result?.observations[row]).toBeCloseTo(1 + rate * row * PERIOD, 5);
        }
        for (const action of result?.actions.subarray(0, -1) ?? []) expect(action).toBeCloseTo(rate, 12);
        expect(result?.actions.at(-1)).toBeNaN();
      }),
    );
  });

  it('reproduces a steady turn through many revolutions of an angle that wraps', () => {
    fc.assert(
      fc.property(times, fc.double({ min: -50, max: 50, noNaN: true }), (time, rate) => {
        const start = time[0] ?? 0;
        const table = tableOf(
          time,
          time.map((t) => wrapAngle(rate * (t - start))),
        );
        const result = resample(table, all(table), { periodSeconds: PERIOD, angles: [true] });
        for (const [row, angle] of (result?.observations ?? []).entries()) {
          expect(angle).toBeGreaterThanOrEqual(-Math.PI);
          expect(angle).toBeLessThan(Math.PI);
          expect(wrapAngle(angle - rate * row * PERIOD)).toBeCloseTo(0, 4);
        }
      }),
    );
  });

  it('keeps the impulse: actions times the period add up to the integral of what was held', () => {
    const withValues = times.chain((time) =>
      fc.tuple(
        fc.constant(time),
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), {
          minLength: time.length,
          maxLength: time.length,
        }),
      ),
    );
    fc.assert(
      fc.property(withValues, ([time, values]) => {
        const table = tableOf(time, Float64Array.from(values));
        const result = resample(table, all(table), { periodSeconds: PERIOD, angles: [] });
        fc.pre(result !== undefined);
        const actions = [...(result?.actions ?? [])].slice(0, -1);
        const impulse = actions.reduce((sum, action) => sum + action * PERIOD, 0);
        const start = time[0] ?? 0;
        const end = actions.length * PERIOD;
        let integral = 0;
        values.forEach((value, i) => {
          const from = Math.min(end, (time[i] ?? 0) - start);
          const to = i + 1 < time.length ? Math.min(end, (time[i + 1] ?? 0) - start) : end;
          integral += value * (to - from);
        });
        expect(impulse).toBeCloseTo(integral, 5);
      }),
    );
  });

  it('covers the segment: the last row is the last whole period in it', () => {
    fc.assert(
      fc.property(times, (time) => {
        const table = tableOf(time, time);
        const span = Math.round(((time.at(-1) ?? 0) - (time[0] ?? 0)) * 1000);
        const result = resample(table, all(table), { periodSeconds: PERIOD, angles: [false] });
        expect(result?.rows).toBe(span >= 10 ? Math.floor(span / 10) + 1 : undefined);
      }),
    );
  });
});

describe('splitting at gaps', () => {
  it('loses no sample and leaves no gap within a piece', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 49 }), (time, gapMs) => {
        const table = tableOf(time, time);
        const { segments, gaps } = splitAtGaps(table, (gapMs + 0.5) / 1000);
        expect(segments).toHaveLength(gaps + 1);
        expect(segments.map(({ from }) => from)).toEqual([0, ...segments.slice(0, -1).map(({ to }) => to)]);
        expect(segments.at(-1)?.to).toBe(time.length);
        const starts = new Set(segments.map(({ from }) => from));
        for (let i = 1; i < time.length; i++) {
          const stepMs = Math.round(((time[i] ?? 0) - (time[i - 1] ?? 0)) * 1000);
          expect(starts.has(i)).toBe(stepMs > gapMs);
        }
      }),
    );
  });
});
