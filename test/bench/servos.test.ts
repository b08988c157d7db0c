import { describe, expect, it } from 'vitest';
import { benchAdapterLatency, benchServos } from '../../src/main/bench/servos';
import { soakServos } from '../../src/main/bench/servos-soak';
import { percent } from '../../src/main/cli/bench-servos';
import { nodeHost } from '../../src/main/processes/node-host';
import { lacksProgram } from '../needs';

describe.skipIf(lacksProgram('socat'))('the bench of motors on a line', () => {
  it('drives the same motors both ways, and says how long a cycle takes', async () => {
    const seen: number[] = [];
    const report = await benchServos(nodeHost(), { cycles: 20, onCycle: (done) => seen.push(done) });
    expect(report.cycles).toBe(20);
    for (const way of [report.ours, report.plain, report.waiting]) {
      expect(way.perSecond).toBeGreaterThan(0);
      expect(way.p99Ms).toBeGreaterThanOrEqual(way.p50Ms);
    }
    expect(seen.at(-1)).toBe(20);
  });

  it('reads them behind an adapter that collects bytes, and says for how long', async () => {
    const { rows } = await benchAdapterLatency(nodeHost(), [0, 4], 3, () => {});
    expect(rows.map(({ latencyMs }) => latencyMs)).toEqual([0, 4]);
    // What was collected for 4 ms did not come earlier, on whatever computer.
    expect(1000 / rows[1]!.perSecond).toBeGreaterThan(3.5);
  });

  it('drives them through faults, and counts what became of every period', async () => {
    const report = await soakServos(nodeHost(), { minutes: 0.02, faults: 0.3, onMinute: () => {} });
    expect(report.exceptions).toEqual([]);
    expect(report.unanswered + report.damaged).toBeGreaterThan(0);
    expect(report.observed).toBeGreaterThan(0);
    expect(report.observed).toBeLessThanOrEqual(report.periods + 1);
  });

  it('takes percentages as people write them', () => {
    expect([percent('1%'), percent('0.5')]).toEqual([0.01, 0.005]);
    expect(() => percent('many')).toThrow(/percentage/);
  });
});
