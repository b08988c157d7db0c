import { describe, expect, it } from 'vitest';
import { benchTrain } from '../../src/main/bench/train';

describe('the training bench', () => {
  it('relates every rate to the matrix products of the same run', async () => {
    const { matmulGflops, results } = await benchTrain({ rounds: 1 });
    expect(matmulGflops).toBeGreaterThan(0);
    expect(results.map(({ name }) => name.split(',')[1]?.trim())).toEqual([
      ...['4 × 200 SiLU', '2 × 128 SiLU'],
    ]);
    for (const { ms, gflops, share } of results) {
      expect(ms).toBeGreaterThan(0);
      expect(share).toBeCloseTo((gflops ?? 0) / matmulGflops, 9);
    }
    // 3 passes × 2 operations × 5 members × 256 rows × (5·200 + 3·200² + 200·8) multiply-adds.
    const [first] = results;
    expect((first?.gflops ?? 0) * (first?.ms ?? 0)).toBeCloseTo((7680 * 122_600) / 1e6, 6);
  });
});
