import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOption } from '../../../src/main/formats/csv';
import { FileEpisodes } from '../../../src/main/formats/csv/file-episodes';
import { type GridRows, PieceResampler } from '../../../src/main/formats/csv/resample';
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

/** All samples as one piece, handed on in parts of so many rows; undefined where it is shorter than a period. */
function resample(time: Float64Array, columns: Float64Array[], angles: boolean[], partRows = 3) {
  const parts: GridRows[] = [];
  const at = (i: number) => Float64Array.from(columns, (column) => column[i] ?? Number.NaN);
  const grid = { periodSeconds: PERIOD, angles, actions: columns.length - angles.length };
  const piece = new PieceResampler(grid, time[0] ?? 0, at(0), partRows, (part) => parts.push(part));
  for (let i = 1; i < time.length; i++) piece.sample(time[i] ?? 0, at(i));
  const rows = piece.end();
  expect(parts.map(({ firstRow }) => firstRow)).toEqual(
    parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.rows, 0)),
  );
  expect(parts.slice(0, -1).every((part) => part.rows === partRows)).toBe(true);
  expect(parts.reduce((sum, part) => sum + part.rows, 0)).toBe(rows);
  const joined = (name: 'observations' | 'actions') =>
    Float64Array.from(parts.flatMap((part) => [...part[name]]));
  return rows === 0 ? undefined : { rows, observations: joined('observations'), actions: joined('actions') };
}

const PERIOD = 0.01;

describe('resampling', () => {
  it('reproduces whatever changes at a constant rate, at any sampling', () => {
    fc.assert(
      fc.property(times, fc.double({ min: -50, max: 50, noNaN: true }), (time, rate) => {
        const start = time[0] ?? 0;
        const columns = [time.map((t) => 1 + rate * (t - start)), time.map(() => rate)];
        const result = resample(time, columns, [false]);
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
        const result = resample(time, [time.map((t) => wrapAngle(rate * (t - start)))], [true]);
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
        const result = resample(time, [Float64Array.from(values)], []);
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
        const span = Math.round(((time.at(-1) ?? 0) - (time[0] ?? 0)) * 1000);
        const result = resample(time, [time], [false]);
        expect(result?.rows).toBe(span >= 10 ? Math.floor(span / 10) + 1 : undefined);
      }),
    );
  });

  it('says the same in parts of any size', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 30 }), (time, partRows) => {
        const columns = [time.map(Math.sin), time.map(Math.cos)];
        expect(resample(time, columns, [false], partRows)).toEqual(resample(time, columns, [false], 1000));
      }),
    );
  });
});

describe('splitting at gaps', () => {
  it('loses no sample and leaves no gap within a piece', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 49 }), (time, gapMs) => {
        const mapping = { time: 'time', observations: [columnOption('q')], actions: [columnOption('u')] };
        // So fine a period that every step is longer: only a sample alone is too short a piece.
        const options = {
          files: [],
          rig: 'bench',
          mapping,
          periodSeconds: 5e-4,
          gapSeconds: (gapMs + 0.5) / 1000,
        };
        const file = new FileEpisodes('log.csv', options, 1024, () => {});
        for (const [i, t] of time.entries()) file.sample(t, Float64Array.of(i, i), i === 0);
        const steps = Array.from(time.subarray(1), (t, i) => Math.round((t - (time[i] ?? 0)) * 1000));
        const starts = [0, ...steps.flatMap((step, i) => (step > gapMs ? [i + 1] : []))];
        const isAlone = (start: number) => start === time.length - 1 || (steps[start] ?? 0) > gapMs;
        const kept = starts.filter((start) => !isAlone(start));
        fc.pre(kept.length > 0);
        const report = file.report({ samples: time.length, remarks: [] });
        const alone = starts.length - kept.length;
        expect(report).toMatchObject({ gaps: starts.length - 1, tooShort: alone, samplesLeftOut: alone });
        expect(file.pieces.map(({ startSeconds }) => startSeconds)).toEqual(kept.map((start) => time[start]));
      }),
    );
  });
});
