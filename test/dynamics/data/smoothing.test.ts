import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothEpisodes, smoothSeries } from '../../../src/main/dynamics/data/smoothing';
import { trainModel } from '../../../src/main/dynamics/training/train';
import { wrapAngle } from '../../../src/shared/angles';
import { Random } from '../../../src/shared/random';
import { episode, PENDULUM, quickOptions } from '../dynamics-helpers';

const rmse = (a: ArrayLike<number>, truth: (i: number) => number) =>
  Math.sqrt(Array.from(a, (value, i) => (value - truth(i)) ** 2).reduce((x, y) => x + y, 0) / a.length);

describe('smoothing', () => {
  it('leaves a parabola as it is, up to the ends', () => {
    const coefficient = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        fc.tuple(coefficient, coefficient, coefficient),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 60 }),
        ([a, b, c], half, length) => {
          const series = Float64Array.from({ length }, (_, i) => a + b * (i / 60) + c * (i / 60) ** 2);
          const smoothed = smoothSeries(series, half);
          for (const [i, value] of series.entries()) expect(smoothed[i]).toBeCloseTo(value, 6);
        },
      ),
    );
  });

  it('takes noise down by the factor that least squares promise', () => {
    const random = new Random(0);
    const truth = (i: number) => Math.sin(i / 200);
    const noisy = Float64Array.from({ length: 4000 }, (_, i) => truth(i) + 0.1 * random.normal());
    // Variance of a parabola's middle over 2h+1 rows: 3 (3h² + 3h − 1) / ((2h+1)(2h−1)(2h+3)), h = 7.
    const expected = 0.1 * Math.sqrt((3 * (3 * 49 + 21 - 1)) / (15 * 13 * 17));
    expect(rmse(smoothSeries(noisy, 7), truth)).toBeCloseTo(expected, 2);
  });

  it('follows an angle through ±π, and leaves actions and the recording alone', () => {
    const random = new Random(1);
    const truth = (row: number) => 0.11 * row;
    const rows = 120;
    const observations = Array.from({ length: rows }, (_, row) => [
      wrapAngle(truth(row) + 0.05 * random.normal()),
      random.normal(),
    ]).flat();
    const recorded = episode(1, observations, [...Array<number>(rows - 1).fill(0.3), Number.NaN]);
    const before = recorded.columns.observations.slice();
    const { episodes, notes } = smoothEpisodes(PENDULUM, [recorded], 0.5);
    const angles = Array.from({ length: rows }, (_, row) => episodes[0]?.columns.observations[2 * row]);
    const errors = angles.map((angle, row) => wrapAngle(angle - truth(row)));
    expect(rmse(errors, () => 0)).toBeLessThan(0.03);
    expect(episodes[0]?.columns.actions).toEqual(recorded.columns.actions);
    expect(recorded.columns.observations).toEqual(before);
    expect(notes).toEqual(['Observations were smoothed over 0.5 s (11 rows) before learning.']);
  });

  it('over a window too short to smooth says that it did nothing', () => {
    const recorded = episode(1, [0, 0, 1, 1], [0, Number.NaN]);
    const { episodes, notes } = smoothEpisodes(PENDULUM, [recorded], 0.1);
    expect(episodes).toEqual([recorded]);
    expect(notes).toEqual(['Observations were not smoothed: 0.1 s is less than 4 control periods.']);
  });

  it('is part of the training and stands in its notes', async () => {
    const recorded = episode(1, Array.from({ length: 100 }, (_, i) => [Math.sin(i), Math.cos(i)]).flat(), [
      ...Array.from({ length: 99 }, (_, i) => Math.sin(2 * i)),
      Number.NaN,
    ]);
    const options = quickOptions({ epochs: 1, smoothingSeconds: 0.4 });
    const { summary } = await trainModel({
      name: 'p',
      rig: 'p',
      channels: PENDULUM,
      episodes: [recorded],
      options,
    });
    expect(summary.notes).toContain('Observations were smoothed over 0.4 s (9 rows) before learning.');
  });
});
