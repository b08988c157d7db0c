import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../../src/main/camera/png';
import { type Core, createCore } from '../../src/main/core';
import { readModel } from '../../src/main/dynamics/model-file';
import { planExport } from '../../src/main/formats/export';
import { nodeHost } from '../../src/main/processes/node-host';
import { RunInput, TrainInput } from '../../src/shared/contract';
import { PolicyTrainInput } from '../../src/shared/policy-training';
import { pendulumWithCameras, withDepth } from '../rig/pendulum-cameras';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION } from './workspace';

const TINY = {
  class: {
    ...{ name: 'latent-frame', colour: 'rgbd', size: 16, encoderSteps: 4, unroll: 2 },
    ...{ latent: 4, members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
};

describe('a model that looks at colours and depth', () => {
  let folder: string;
  let core: Core;
  let hash: string;
  const train = async (more: object = {}) => {
    const options = { ...TINY, class: { ...TINY.class, ...more } };
    const input = TrainInput.parse({ name: 'deep', rig: core.rig.require().rig.file.name, options });
    return (await core.models.trainings.train(input)).done;
  };
  const drive = async (more: object = {}) => {
    const task = { ...core.rig.require().rig.file.task, maxSteps: 6 };
    const planner = { method: 'cem', horizon: 5, candidates: 20, iterations: 2 };
    const [outcome] = await core.activity.run(
      RunInput.parse({ model: hash, episodes: 1, seed: 5, task, planner, ...more }),
    );
    const { id, steps } = outcome!.summary;
    expect(steps).toBe(6);
    return [...(await core.log.columns(id)).actions.subarray(0, 6)];
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-depth-'));
    core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
    pendulumWithCameras(folder, 'pendulum-depth', (camera) => [withDepth(camera)]);
    await core.rig.connect({ rig: 'pendulum-depth', mode: 'lockstep', seed: 0 });
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
    ({ hash } = await train());
  });
  afterAll(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('was recorded with depth in the files of the pictures, and tells apart what there was', async () => {
    const [frame] = await core.log.frames(1, 0, 0, 1);
    const { depth } = decodePng(frame!.data);
    const known = [...depth!].filter((value) => value > 0).map((value) => value / 1000);
    expect(known.length).toBeGreaterThan(100);
    const { eyes, summary } = await readModel(core.models.fileOf(hash));
    const { near, far } = eyes!.summary.depth!;
    expect(near).toBeLessThan(Math.min(...known));
    expect(far).toBeGreaterThan(Math.max(...known));
    expect(eyes?.arrays.get('encoder/layer0/kernel')?.shape).toEqual([4 * 64, 64]);
    expect(summary.evaluation?.pictures?.horizons).toEqual([0, 1, 5, 10]);
    expect((await train()).hash).toBe(hash);
  });

  it('shows the depth below the colours', async () => {
    const strip = await core.sights.strip(hash, 1, 12);
    const { width, height, data } = decodePng(Buffer.from(strip.moments[0]!.saw, 'base64'));
    expect([width, height]).toEqual([16, 32]);
    expect(new Set(data.subarray(data.length / 2)).size).toBeGreaterThan(2);
  });

  it('drives by it, a policy of it as well, and is exported', async () => {
    expect(await drive()).toEqual(await drive());
    const done = await core.models.export(hash, { file: join(folder, 'deep.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-3);
    const task = { ...core.rig.require().rig.file.task, maxSteps: 6 };
    const algorithm = { name: 'model-gradient', steps: 3, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };
    const input = { rig: 'pendulum-depth', task, model: hash, where: 'model', algorithm };
    const asked = PolicyTrainInput.parse({ ...input, evaluation: { episodes: 1 } });
    const policy = await (await core.policies.trainings.train(asked)).done;
    expect(policy.evaluation?.returns).toHaveLength(1);
    expect(new Set(await drive({ driver: 'policy', model: '', policy: policy.hash })).size).toBeGreaterThan(
      0,
    );
  });

  it('is what one looks at that carries on what it has seen, too', async () => {
    const carried = {
      ...{ name: 'latent-recurrent', colour: 'greyd', size: 16, encoderSteps: 4, window: 8, unroll: 2 },
      ...{ latent: 4, remembered: 8, inferred: 3, members: 2, elites: 2, hiddenUnits: 8 },
    };
    const options = { class: carried, epochs: 3 };
    const input = TrainInput.parse({ name: 'carried', rig: 'pendulum-depth', options });
    const model = await (await core.models.trainings.train(input)).done;
    expect(model.eyes).toMatchObject({ colour: 'greyd', depth: { near: expect.any(Number) } });
    expect(await drive({ model: model.hash })).toHaveLength(6);
    const done = await core.models.export(model.hash, { file: join(folder, 'carried.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-3);
  });

  it('is left out of what keeps colours alone, which is said', async () => {
    const losses = async (format: 'robomimic' | 'lerobot') =>
      (await planExport(core.log, { format, episodes: await core.log.episodes() })).losses;
    expect(await losses('robomimic')).toContain('The depth in pictures of "side" is left out.');
    expect(await losses('lerobot')).not.toContain('The depth in pictures of "side" is left out.');
  });

  it('is refused where there is none, with the reason', async () => {
    await core.rig.disconnect();
    await core.rig.connect({ rig: 'pendulum-camera', mode: 'lockstep', seed: 0 });
    expect((await rejection(drive())).message).toContain(
      'was learned on the camera "side" of 64 × 64 pixels with depth; the rig pendulum-camera has "side" of 64 × 64 pixels.',
    );
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
    expect((await rejection(train())).message).toMatch(
      /^Pictures of camera "side" came without depth in episode \d+\.$/,
    );
  });
});
