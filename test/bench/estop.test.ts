import { describe, expect, it } from 'vitest';
import { type EstopWay, fits } from '../../src/main/bench/estop';
import { runCli } from '../cli/run-cli';

const way = (p99Ms: number, bareTimerP99Ms: number): EstopWay => ({
  ...{ n: 200, p50Ms: 1, p99Ms, maxMs: p99Ms },
  ...{ bareTimerP50Ms: 1, bareTimerP99Ms },
});

describe("the bench of the e-stop's way", () => {
  it('stops a moving rig over a pseudo-terminal, idle and beside a training, and gives the numbers as JSON', async () => {
    const { stdout, stderr, code } = await runCli('bench', 'estop', '--times', '2', '--json');
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    for (const measured of [report.idle, report.whileTraining]) {
      expect(measured.n).toBe(2);
      // What it takes is for the bench itself to judge, on a machine that does nothing else.
      expect(measured.p50Ms).toBeGreaterThan(0);
      expect(measured.maxMs).toBeGreaterThanOrEqual(measured.p99Ms);
      expect(measured.bareTimerP99Ms).toBeGreaterThanOrEqual(measured.bareTimerP50Ms);
    }
    expect(report.fits).toBe(fits(report.idle, report.whileTraining));
  });

  it('asks for 10 ms idle, and for at most 25 ms more than a bare timer beside a training', () => {
    expect(fits(way(10, 5), way(30, 5))).toBe(true);
    expect(fits(way(10.1, 5), way(5, 5))).toBe(false);
    expect(fits(way(1, 5), way(31, 5))).toBe(false);
    expect(fits(way(1, 5), way(64, 40))).toBe(true);
  });

  it('stops and releases moving motors until each has been read back', async () => {
    const { stdout, stderr, code } = await runCli('bench', 'estop', '--servos', '--times', '1', '--json');
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    for (const { stop, release } of [report.idle, report.whileTraining]) {
      expect([stop.n, release.n]).toEqual([1, 1]);
    }
    expect(report.barMs).toBe(50);
  });
});
