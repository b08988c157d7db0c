import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkExport, exportMetadata, exportOnnx } from '../../src/main/dynamics/export';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { PENDULUM, pendulumEpisodes, quickOptions } from './dynamics-helpers';

let folder: string;
let model: DynamicsModel;
const episodes = pendulumEpisodes(4, 100);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-export-'));
  const options = quickOptions({ epochs: 20 });
  model = await trainModel({ name: 'p', rig: 'pendulum', channels: PENDULUM, episodes, options });
});
afterAll(() => rm(folder, { recursive: true }));

describe('an exported model', () => {
  it.each([1, 7])('predicts what the app predicts, %i steps a call', async (batch) => {
    const file = join(folder, `batch-${batch}.onnx`);
    await exportOnnx(model, file, { foresight: '1.2.3', batch });
    const check = await checkExport(model, file, episodes);
    expect(check.steps).toBe(400);
    expect(check.channels.map(({ name, unit }) => [name, unit])).toEqual([
      ['angle', 'rad'],
      ['speed', 'rad/s'],
    ]);
    for (const { relative } of check.channels) expect(relative).toBeLessThan(1e-6);
    expect(check.largestDifference).toBe(Math.max(...check.channels.map(({ absolute }) => absolute)));
    expect(await readdir(folder)).toContain(`batch-${batch}.onnx`);
  });

  it('that is another model is found out', async () => {
    const file = join(folder, 'other.onnx');
    const options = quickOptions({ epochs: 20, seed: 1 });
    const other = await trainModel({ name: 'o', rig: 'pendulum', channels: PENDULUM, episodes, options });
    await exportOnnx(other, file, { foresight: '1.2.3' });
    expect((await checkExport(model, file, episodes)).largestDifference).toBeGreaterThan(1e-4);
  });

  it('says in its metadata all that is needed to use it', () => {
    const metadata = exportMetadata(model, '1.2.3');
    expect(JSON.parse(metadata['foresight.observations'] ?? '')).toEqual(PENDULUM.observations);
    expect(JSON.parse(metadata['foresight.elites'] ?? '')).toEqual(model.summary.elites);
    expect(JSON.parse(metadata['foresight.period_seconds'] ?? '')).toBe(0.05);
    expect(JSON.parse(metadata['foresight.normalisation'] ?? '').inputStd).toHaveLength(4);
    expect(metadata['foresight.hash']).toBe(model.summary.hash);
    expect(metadata['foresight.version']).toBe('1.2.3');
    expect(JSON.parse(metadata['foresight.training'] ?? '').episodes).toEqual([1, 2, 3, 4]);
    expect(JSON.parse(metadata['foresight.recalibration'] ?? '')).toBeNull();
    const tested = { ...model, summary: { ...model.summary, recalibration: [1.5, 0.7] } };
    expect(JSON.parse(exportMetadata(tested, '1.2.3')['foresight.recalibration'] ?? '')).toEqual([1.5, 0.7]);
  });

  it('cannot be checked without steps, nor when the file is something else', async () => {
    const file = join(folder, 'noise.onnx');
    await writeFile(file, 'noise');
    await expect(checkExport(model, file, episodes)).rejects.toMatchObject({ code: 'engine' });
    await expect(checkExport(model, file, [])).rejects.toThrow('There is no recorded step');
  });
});
