import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIBRARIES } from '../../../src/main/bench/compare/contender';
import { bestRate, bestSettings, rowReport, type Sample } from '../../../src/main/bench/compare/report';

const ROW = { id: 'mppi', name: 'a plan', bar: 0.8, gflop: 2 };
const OURS: Sample = { library: 'foresight', threads: 1, rounds: [9, 8, 12] };

describe('a row of the comparison', () => {
  it('divides our median by the fastest of the others, whichever setting of it that is', () => {
    const row = rowReport(
      ROW,
      [
        ...[OURS, { library: 'pytorch', threads: 2, rounds: [20, 21, 22] } as const],
        { library: 'jax', threads: 2, rounds: [15, 30, 16] },
        { library: 'jax', threads: 1, rounds: [12, 10, 11] },
      ],
      [],
      500,
    );
    expect(row.best).toBe('jax');
    expect(row.ratio).toBeCloseTo(9 / 11, 12);
    expect(row.met).toBe(false);
    expect(row.timings).toEqual([
      { library: 'foresight', threads: 1, medianMs: 9, lowMs: 8, highMs: 12 },
      { library: 'pytorch', threads: 2, medianMs: 21, lowMs: 20, highMs: 22 },
      { library: 'jax', threads: 1, medianMs: 11, lowMs: 10, highMs: 12 },
    ]);
  });

  it('meets a bar that it is exactly at', () => {
    const row = rowReport(ROW, [OURS, { library: 'jax', threads: 2, rounds: [11.25] }], [], null);
    expect(row).toMatchObject({ ratio: 0.8, met: true });
  });

  it('says what share of the best matrix product our own rate is, and nothing where none was measured', () => {
    expect(rowReport(ROW, [OURS], [], 500).share).toBeCloseTo(2 / 0.009 / 500, 12);
    expect(rowReport(ROW, [OURS], [], null).share).toBeNull();
    expect(rowReport({ ...ROW, gflop: null }, [OURS], [], 500).share).toBeNull();
  });

  it('neither meets nor misses its bar without another library, and keeps why there is none', () => {
    const missing = [{ library: 'jax' as const, reason: 'There is no jax.' }];
    const row = rowReport(ROW, [OURS, { library: 'jax', threads: 2, rounds: [] }], missing, 500);
    expect(row).toMatchObject({ best: null, ratio: null, met: null, missing });
  });

  it('counts the setting with the least median of every library, never ours among the others', () => {
    const sample = fc.record({
      library: fc.constantFrom(...LIBRARIES),
      threads: fc.constantFrom(1, 2),
      rounds: fc.array(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 8 }), (samples) => {
        for (const timing of bestSettings(samples)) {
          expect(timing.lowMs).toBeLessThanOrEqual(timing.medianMs);
          expect(timing.highMs).toBeGreaterThanOrEqual(timing.medianMs);
          for (const other of samples.filter(({ library }) => library === timing.library)) {
            const [alone] = bestSettings([other]);
            expect(timing.medianMs).toBeLessThanOrEqual(alone?.medianMs ?? Number.NaN);
          }
        }
        expect(rowReport(ROW, samples, [], null).best).not.toBe('foresight');
      }),
    );
  });
});

describe('the best matrix product', () => {
  it('is that of any library and any shape', () => {
    const products = [
      { id: 'square', name: 'square', gflops: { foresight: 300, pytorch: 280 } },
      { id: 'layer', name: 'layer', gflops: { pytorch: 310 } },
    ];
    expect(bestRate(products)).toBe(310);
    expect(bestRate([])).toBeNull();
  });
});
