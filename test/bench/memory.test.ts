import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { benchBigTraining } from '../../src/main/bench/big-training';
import { benchMemory, judged } from '../../src/main/bench/memory';

const series = (megabytes: number[]) => megabytes.map((residentMB, i) => ({ step: 100 * i, residentMB }));

describe('the memory bench', () => {
  it('finds that training gives back what it takes: two thousand steps leave less than 10 MB', {}, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const report = await benchMemory({ steps: 2000, collect });
    expect(report.steps).toBeGreaterThanOrEqual(2000);
    expect(report.readings).toHaveLength(21);
    // A call's new weights and optimiser state are 90 kB: kept, they would come to 18 MB over the last 200 calls.
    expect(report.growthMB).toBeLessThan(10);
    expect(report.driftMB).toBeLessThan(5);
    expect(report.flat).toBe(true);
  });

  it('says how much a leak grew after warming up', () => {
    const leak = judged(series(Array.from({ length: 21 }, (_, i) => 200 + 10 * i)));
    expect(leak).toEqual({ warmUpSteps: 400, growthMB: 160, driftMB: 120, flat: false });
  });

  it('forgives what allocators take while they warm up', () => {
    const warm = judged(series([100, 150, 200, 250, ...Array<number>(17).fill(260)]));
    expect(warm).toEqual({ warmUpSteps: 400, growthMB: 0, driftMB: 0, flat: true });
  });
});

describe('the bench of a training on much data', () => {
  it('records in a workspace of its own, trains on all of it but what is judged on, and says what it took', async () => {
    const phases: string[] = [];
    const report = await benchBigTraining(3000, (phase) => phases.push(phase));
    expect(report.rows).toBe(3000);
    expect(report.steps).toBeGreaterThan(0);
    expect(phases[0]).toBe('recording');
    expect(phases.some((phase) => phase.startsWith('evaluating'))).toBe(true);
    if (process.platform !== 'linux') return;
    expect(report.coreMB).toBeGreaterThan(10);
    expect(report.totalMB).toBe((report.coreMB as number) + (report.trainingMB as number));
  });
});
