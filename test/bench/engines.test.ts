import { describe, expect, it } from 'vitest';
import { compareEngines, rowOf } from '../../src/main/bench/compare-engines';
import { measureTrainingStep, NETWORKS, timeCalls } from '../../src/main/bench/engines';
import { nodeHost } from '../../src/main/processes/node-host';
import { openEngine } from '../../src/main/tensor';

describe('comparing engines', () => {
  it('times the same training step on each and relates it to onnxruntime', {}, async () => {
    const turns: string[] = [];
    const rows = await compareEngines(nodeHost(), {
      ...{ names: ['onnxruntime', 'wasm'], rounds: 1, budgetMs: 1 },
      onProgress: (done, total, what) => turns.push(`${done}/${total} ${what}`),
    });
    const of = (name: string) => rows.find((row) => row.name === name);
    const [compiled, eager] = [of('onnxruntime')?.rates, of('wasm')?.rates];
    expect(compiled?.steps.map(({ network, timesReference }) => [network, timesReference])).toEqual([
      ['2 × 64', 1],
      ['4 × 200', 1],
    ]);
    for (const [i, step] of (eager?.steps ?? []).entries()) {
      const reference = compiled?.steps[i]?.msPerStep ?? Number.NaN;
      expect(step.timesReference).toBeCloseTo(step.msPerStep / reference, 9);
      expect(step.unroll).toBe(1);
    }
    // 3 passes × 2 operations × 5 members × 256 rows × (5·200 + 3·200² + 200·8) multiply-adds, whoever computes them.
    for (const rates of [compiled, eager]) {
      const paper = rates?.steps[1];
      expect((paper?.gflops ?? 0) * (paper?.msPerStep ?? 0)).toBeCloseTo((7680 * 122_600) / 1e6, 6);
    }
    expect(of('cpu')).toMatchObject({ available: true, rates: null });
    expect(turns).toContain('0/2 onnxruntime: training step, 4 × 200');
    expect(turns.at(-1)).toBe('2/2 ');
  });

  it('says when ONNX Runtime computed in the place of an engine, and for want of what', async () => {
    const engine = await openEngine('onnxruntime');
    const rateOf = (missing?: string) => {
      const compile: typeof engine.compile = async (...given) => ({
        ...(await engine.compile(...given)),
        ...(missing && { missing }),
      });
      return measureTrainingStep({ ...engine, compile }, NETWORKS[0], { budgetMs: 1, gflops: 100 });
    };
    const status = { name: 'native', available: true, reason: '', next: '' } as const;
    const remarksOf = async (missing?: string) => {
      const rounds = [{ matmulGflops: 100, steps: [await rateOf(missing)] }];
      return rowOf({ status, rounds, failure: undefined }).remarks;
    };
    expect(await remarksOf()).toEqual([]);
    expect(await remarksOf('MaxPool')).toEqual([
      '2 × 64: computed by onnxruntime, because it lacks the operator MaxPool',
    ]);
  });

  it('leaves the first call out, which warms up', async () => {
    let calls = 0;
    const { ms, slow } = await timeCalls(async () => {
      calls++;
    }, 0);
    expect({ calls, samples: ms.length, slow }).toEqual({ calls: 2, samples: 1, slow: false });
  });
});
