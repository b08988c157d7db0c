import { describe, expect, it } from 'vitest';
import { benchServos } from '../../src/main/bench/servos';
import { nodeHost } from '../../src/main/processes/node-host';
import { lacksProgram } from '../needs';

describe.skipIf(lacksProgram('socat'))('the bench of motors on a line', () => {
  it('drives the same motors both ways, and says how long a cycle takes', async () => {
    const seen: number[] = [];
    const report = await benchServos(nodeHost(), { cycles: 20, onCycle: (done) => seen.push(done) });
    expect(report.cycles).toBe(20);
    for (const way of [report.ours, report.plain]) {
      expect(way.perSecond).toBeGreaterThan(0);
      expect(way.p99Ms).toBeGreaterThanOrEqual(way.p50Ms);
    }
    expect(seen.at(-1)).toBe(20);
  });
});
