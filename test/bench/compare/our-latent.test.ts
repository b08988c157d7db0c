import { expect, it } from 'vitest';
import { ourRow } from '../../../src/main/bench/compare/our-rows';
import { latentRows } from '../../../src/main/bench/compare/rows';
import type { StepCase } from '../../../src/main/bench/latent/steps';
import { LatentFrameOptions, LatentRecurrentOptions } from '../../../src/shared/latent-options';

const steps: StepCase[] = [
  {
    ...{ id: 'frame', name: 'a few pictures', barGflop: null },
    options: LatentFrameOptions.parse({ name: 'latent-frame', size: 16, encoderWindows: 4, unroll: 2 }),
  },
  {
    ...{ id: 'recurrent', name: 'memory', barGflop: null },
    options: LatentRecurrentOptions.parse({
      ...{ name: 'latent-recurrent', size: 16, window: 6, unroll: 2 },
      ...{ encoder: 'convolutions', decoder: 'convolutions' },
    }),
  },
];

it('a learning step is the one of a training: what others begin from and have to find, and its time on one thread and two', async () => {
  for (const row of latentRows(steps)) {
    const { problem, expected, gflop, open } = await ourRow(row, 'native', '');
    expect(row.bar).toBe(0.5);
    expect(gflop).toBeGreaterThan(0);
    const names = row.id === 'frame' ? ['outcome'] : ['reward', 'divergence'];
    expect(Object.keys(expected).sort()).toEqual(['consistency', 'loss', 'picture', ...names].sort());
    for (const [value] of Object.values(expected).map((values) => Array.from(values)))
      expect(value).toBeGreaterThan(0);
    expect([...problem.arrays.keys()]).toEqual(
      expect.arrayContaining(['encoder/layer0/kernel', 'decoder/layer2/bias', 'transition/layer0/kernel']),
    );
    const frames = row.id === 'frame' ? [4, 2] : [6, 8];
    expect(problem.arrays.get('given/pictures')?.shape).toEqual([2, ...frames, 16, 16, 1]);
    // The others have the same in two halves at once; which half computes what changes nothing.
    const again = await ourRow(row, 'native', '');
    expect(again.expected).toEqual(expected);
    for (const threads of [1, 2]) {
      const opened = await open(threads);
      expect((await opened.go({ ms: 1, least: 3 })).length).toBeGreaterThanOrEqual(3);
      await opened.close();
    }
  }
});
