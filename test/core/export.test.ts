import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EnsembleOptions, TrainOptions } from '../../src/shared/model-options';
import { BALANCE, RANDOM_MOTION, withTestCore } from './workspace';

const QUICK = TrainOptions.parse({
  class: EnsembleOptions.parse({ name: 'ensemble', members: 1, elites: 1, hiddenUnits: 4 }),
  epochs: 1,
});

it('exports a model over an earlier export, and over nothing else that a person has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'foresight-export-'));
  try {
    await withTestCore(async ({ rig, activity, models, log, options }) => {
      await rig.connect(BALANCE);
      await activity.record({ ...RANDOM_MOTION, unattended: true });
      await (await models.trainings.train({ name: 'm', options: QUICK, last: 0 })).done;
      const file = join(folder, 'm.onnx');
      expect((await models.export('m', { file })).file).toBe(file);
      expect((await models.export('m', { file })).steps).toBeGreaterThan(0);

      writeFileSync(join(folder, 'thesis.tex'), 'three years of work');
      await expect(models.export('m', { file: join(folder, 'thesis.tex') })).rejects.toMatchObject({
        code: 'wrong-use',
        next: expect.stringContaining('--force'),
      });
      expect(readFileSync(join(folder, 'thesis.tex'), 'utf8')).toBe('three years of work');

      const database = join(options.folder, 'foresight.db');
      await expect(models.export('m', { file: database, force: true })).rejects.toMatchObject({
        code: 'wrong-use',
        message: expect.stringContaining('part of the workspace'),
      });
      expect(await log.episodes()).toHaveLength(1);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
