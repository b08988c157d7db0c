import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../cli/run-cli';
import { lacksStudies } from '../../needs';

const STUDY = `
schema: foresight.control-study/1
name: tiny
title: Tiny
base:
  rig: cartpole-balance
  model: { epochs: 2 }
  planner: { method: mppi, candidates: 8, iterations: 1, horizon: 5 }
variants: { MPPI: {}, iLQR: { planner: { method: ilqr, horizon: 5 } } }
protocol:
  kind: fixed-model
  sizes: [40]
  episodes: 1
  disturbances: { worn: { mujoco: { actuatorNoise: { force: 0.2 } } } }
seeds: [0, 1]
`;

describe('a control study', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-control-study-'));
    await writeFile(join(folder, 'tiny.yaml'), STUDY);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const experiment = () =>
    runCli(
      ...['experiment', join(folder, 'tiny.yaml'), '--json', '--data', join(folder, 'workspace')],
      ...['--report', join(folder, 'reports')],
    );

  it.skipIf(lacksStudies)(
    'keeps what worked and names what failed, in a page with figures and numbers, and takes it from the cache',
    async () => {
      // The reward of balancing has no slope for iLQR.
      const first = await experiment();
      expect(first.code).toBe(2);
      expect(first.stderr).toContain('2 of the units failed');
      const page = await readFile(join(folder, 'reports', 'tiny.md'), 'utf8');
      expect(page).toContain('- iLQR, seed 1:');
      expect(page).toMatch(/\| MPPI \| 40 \| worn \|/);
      await access(join(folder, 'reports', 'tiny-figures', 'tiny-return.png'));
      await access(join(folder, 'reports', 'tiny-figures', 'tiny-return.svg'));
      const numbers = JSON.parse(await readFile(join(folder, 'reports', 'tiny.json'), 'utf8'));
      expect(numbers.units.map((unit: { seed: number }) => unit.seed)).toEqual([0, 1]);
      expect(numbers.units[0].evaluations[0].returns).toHaveLength(1);

      await experiment();
      // Wall times are among them: computed again, they would be others.
      expect(JSON.parse(await readFile(join(folder, 'reports', 'tiny.json'), 'utf8')).units).toEqual(
        numbers.units,
      );
    },
  );
});
