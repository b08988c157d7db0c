import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgedPieces, regularRuns, regularSteps } from '../../../src/main/dynamics/data/regular-runs';
import { episode } from '../dynamics-helpers';

const PERIOD = 0.05;
/** Device time of rows that are each so many periods after the one before. */
const timesOf = (periods: readonly number[]): Float64Array => {
  let at = 0;
  return Float64Array.from([0, ...periods], (step) => {
    at += step * PERIOD;
    return at;
  });
};
const gaps = fc.array(fc.constantFrom(1, 1, 1, 1.2, 0.8, 0, 2, 0.3), { maxLength: 60 });

describe('regular runs of steps', () => {
  it('end where a step did not take one control period, and hold every row once', () => {
    fc.assert(
      fc.property(gaps, (periods) => {
        const deviceSeconds = timesOf(periods);
        const runs = regularRuns({ rows: deviceSeconds.length, deviceSeconds }, PERIOD);
        expect(runs.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
          [...deviceSeconds.keys()],
        );
        for (const row of regularSteps({ rows: deviceSeconds.length, deviceSeconds }, PERIOD)) {
          expect(Math.abs((periods[row] ?? 0) - 1)).toBeLessThan(0.5);
        }
      }),
    );
  });

  it('leave out what lies between two late observations: its actions were executed a period later', () => {
    const steps = (...periods: number[]) =>
      regularSteps({ rows: periods.length + 1, deviceSeconds: timesOf(periods) }, PERIOD);
    expect(steps(1, 0, 2, 1)).toEqual([0, 3]);
    expect(steps(1, 0, 1, 1, 2, 1)).toEqual([0, 5]);
    expect(steps(1, 0, 1, 0, 1, 3, 1)).toEqual([0, 6]);
    // A delay that stays is the link as it is from then on; a row that was left out delays nothing.
    expect(steps(1, 0, ...Array(20).fill(1))).toEqual([0, ...Array.from({ length: 20 }, (_, i) => i + 2)]);
    expect(steps(1, 2, 1, 1)).toEqual([0, 2, 3]);
  });

  it('are one where the time of the device is not known', () => {
    expect(regularRuns({ rows: 7 }, PERIOD)).toEqual([{ from: 0, to: 7 }]);
    expect(regularRuns({ rows: 0 }, PERIOD)).toEqual([]);
  });

  it('end what a prediction is judged on only where the motion is interrupted; late rows in between are marked', () => {
    const whole = episode(4, [0, 1, 2, 3, 4, 5, 6, 7], [0, 10, 20, 30, 40, 50, 60, Number.NaN]);
    // Row 2 came late and was caught up with; the step from row 5 took two periods.
    const columns = { ...whole.columns, deviceSeconds: timesOf([1, 0, 2, 1, 1, 2, 1]) };
    const pieces = judgedPieces([{ ...whole, firstRow: 100, columns }], PERIOD);
    expect(pieces.map(({ firstRow, columns: { rows }, late = [] }) => [firstRow, rows, ...late])).toEqual([
      [100, 6, 0, 0, 1, 0, 0, 0],
      [106, 2, 0, 0],
    ]);
    expect(pieces.map(({ columns: { observations } }) => [...observations])).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7],
    ]);
    expect(judgedPieces([whole], PERIOD).map(({ late }) => late)).toEqual([undefined]);
  });
});
