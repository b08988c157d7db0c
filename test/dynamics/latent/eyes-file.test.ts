import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { modelHash, readModel, writeModel } from '../../../src/main/dynamics/model-file';
import { untrainedModel } from '../../../src/main/dynamics/untrained';
import type { Eyes } from '../../../src/shared/eyes';
import { latentChannels } from '../../../src/shared/eyes';
import { TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { blankEyes, movingSquare, SUMMARY } from './latent-helpers';

it('a model whose eyes were written before they could do more is read, and sees as it did', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-eyes-'));
  try {
    const action = { name: 'push', unit: '1', angle: false, limits: null };
    const channels = { observations: latentChannels(SUMMARY), actions: [action], periodSeconds: 0.05 };
    const options = TrainOptions.parse({ class: { name: 'latent-frame', hiddenUnits: 8 }, rewardHead: true });
    const eyes = blankEyes([movingSquare(20, new Random(1))]);
    const model = { ...untrainedModel(channels, options), eyes };
    const { ends: _, beside: __, ...before } = eyes.summary;
    model.summary.eyes = before as Eyes;
    model.summary.hash = modelHash(model);
    const read = await readModel(await writeModel(model, folder, '1.2.3'));
    expect(read.summary.hash).toBe(model.summary.hash);
    expect(read.eyes?.summary).toEqual({ ...before, ends: false, beside: [] });
  } finally {
    await rm(folder, { recursive: true });
  }
});
