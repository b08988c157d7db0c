import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BLOCKS, type Block } from '../../../src/main/bench/latent/blocks';
import { benchLatent, stepsBesidePyTorch } from '../../../src/main/bench/latent/latent';
import type { StepCase } from '../../../src/main/bench/latent/steps';
import { LatentFrameOptions, LatentRecurrentOptions } from '../../../src/shared/latent-options';

const small = (block: Block): Block => ({ ...block, eyes: { ...block.eyes, size: 16, colour: 'grey' } });
const IDS = ['encoder-keypoints-32-grey', 'encoder-convolutions-32-grey', 'decoder-squares-32-grey'];
const blocks = BLOCKS.filter(({ id }) => IDS.includes(id)).map(small);
const steps: StepCase[] = [
  {
    ...{ id: 'frame', name: 'a few pictures', barGflop: null },
    options: LatentFrameOptions.parse({ name: 'latent-frame', size: 16, encoderWindows: 4, unroll: 2 }),
  },
  {
    ...{ id: 'recurrent', name: 'memory', barGflop: 1e9 },
    options: LatentRecurrentOptions.parse({ name: 'latent-recurrent', size: 16, window: 6, unroll: 2 }),
  },
];
const sizes = { blocks, steps, pictures: 4, rounds: 1 };

describe('the bench of what learns from pictures', () => {
  it('relates every block and step to the matrix products of its own rounds', async () => {
    const said: string[] = [];
    const report = await benchLatent({
      ...{ ...sizes, engine: 'native' },
      onProgress: (_done, _total, what) => said.push(what),
    });
    expect(report.blocks.map(({ id }) => id)).toEqual(blocks.map(({ id }) => id));
    expect(report.steps.map(({ id }) => id)).toEqual(['frame', 'recurrent']);
    expect(said).toHaveLength(blocks.length + steps.length);
    expect(report.matmulGflops).toBeGreaterThan(0);
    for (const row of [...report.blocks, ...report.steps]) {
      expect(row.minMs).toBeLessThanOrEqual(row.medianMs);
      expect(row.medianMs).toBeLessThanOrEqual(row.maxMs);
      expect(row.share).toBeCloseTo(row.gflop / (row.medianMs / 1000) / row.matmulGflops, 9);
      expect(row.gflopEquivalents).toBeCloseTo(row.gflop / row.share, 6);
    }
    for (const { share, met } of report.blocks) expect(met).toBe(share >= 0.25);
    expect(report.steps.map(({ met }) => met)).toEqual([null, true]);
  });

  it('measures an engine without programs for two threads as well', async () => {
    const { engine, blocks: measured } = await benchLatent({
      ...{ ...sizes, engine: 'onnxruntime' },
      rows: ['encoder-keypoints-32-grey'],
    });
    expect(engine).toBe('onnxruntime');
    expect(measured.every(({ gflops }) => gflops > 0)).toBe(true);
  });

  it('refuses a row that there is not, and says which there are', async () => {
    await expect(benchLatent({ ...sizes, engine: 'native', rows: ['decoder'] })).rejects.toMatchObject({
      code: 'wrong-use',
      next: expect.stringContaining('encoder-keypoints-32-grey'),
    });
  });
});

describe('learning steps beside PyTorch', () => {
  /** What it is told and what it answers is the stand-in's, which says no loss. */
  const python = fileURLToPath(new URL('../compare/stand-in.mjs', import.meta.url));
  const asked = { engine: 'native', rounds: 1, steps } as const;
  afterEach(() => vi.unstubAllEnvs());

  it('are in no table where another library does other work', async () => {
    await expect(stepsBesidePyTorch({ ...asked, python })).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining(
        'PyTorch eager does not do the same work as Foresight in "a few pictures"',
      ),
    });
  });

  it('stand alone, and say why, where no Python has torch or none was asked for', async () => {
    vi.stubEnv('PATH', '');
    const { beside, missing } = await stepsBesidePyTorch(asked);
    expect(beside).toBeNull();
    expect(missing).toContain('has no torch');
    const blocksAlone = await stepsBesidePyTorch({ ...asked, rows: ['decoder-squares-32-grey'] });
    expect(blocksAlone.missing).toContain('no whole step');
  });
});
