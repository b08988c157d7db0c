import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../../src/main/camera/png';
import { type Core, createCore } from '../../src/main/core';
import { readModel } from '../../src/main/dynamics/model-file';
import { nodeHost } from '../../src/main/processes/node-host';
import { RunInput, TrainInput } from '../../src/shared/contract';
import { PolicyEvaluateInput, PolicyTrainInput } from '../../src/shared/policy-training';
import { pendulumWithCameras } from '../rig/pendulum-cameras';
import { rejection } from '../rig/rig-helpers';
import { expectBelievedAsRecorded } from './carried-belief';
import { RANDOM_MOTION } from './workspace';

const TINY = {
  class: {
    ...{ name: 'latent-frame', camera: 'all', crop: ';8,8,32,32', size: 16, encoderSteps: 4, unroll: 2 },
    ...{ latent: 4, members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
};

/** The pendulum with a second camera, smaller and half as fast, that loses pictures. */
function rigWith(folder: string, dropped: number): string {
  const source = { kind: 'simulated', camera: 'front', dropped };
  const low = { name: 'low', width: 48, height: 48, rate: 10, source };
  const name = dropped > 0 ? 'two-cameras-poor' : 'two-cameras';
  return pendulumWithCameras(folder, name, (camera) => [camera, low]);
}

describe('a model that looks through two cameras', () => {
  let folder: string;
  let core: Core;
  let hash: string;
  const train = async (more: object = {}) => {
    const options = { ...TINY, class: { ...TINY.class, ...more } };
    return (await core.models.trainings.train(TrainInput.parse({ name: 'seen', options }))).done;
  };
  const drive = async (more: object = {}) => {
    const task = { ...core.rig.require().rig.file.task, maxSteps: 8 };
    const planner = { method: 'cem', horizon: 5, candidates: 20, iterations: 2 };
    const [outcome] = await core.activity.run(
      RunInput.parse({ model: hash, episodes: 1, seed: 5, task, planner, ...more }),
    );
    const { id, steps } = outcome!.summary;
    expect(steps).toBe(8);
    return [...(await core.log.columns(id)).actions.subarray(0, 8)];
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-cameras-'));
    core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
    await core.rig.connect({ rig: rigWith(folder, 0), mode: 'lockstep', seed: 0 });
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
    ({ hash } = await train());
  });
  afterAll(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is kept with what it looks at of each, and is judged', async () => {
    const { eyes, summary } = await readModel(core.models.fileOf(hash));
    expect(eyes?.summary).toMatchObject({
      ...{ camera: 'side', width: 64, height: 64 },
      others: [{ camera: 'low', width: 48, height: 48, crop: { left: 8, top: 8, width: 32, height: 32 } }],
    });
    expect(eyes?.arrays.get('encoder/2/layer0/kernel')?.shape).toEqual([64, 64]);
    expect(eyes?.arrays.get('pixel/mean')?.shape).toEqual([1, 32, 16, 1]);
    expect(summary.evaluation?.pictures?.horizons).toEqual([0, 1, 5, 10]);
    expect((await train()).hash).toBe(hash);
  });

  it('drives by both, and the same again for the same seed', async () => {
    const first = await drive();
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await drive()).toEqual(first);
  });

  it('shows both in the film strip, one below the other, and has a map', async () => {
    const strip = await core.sights.strip(hash, 1, 12);
    const { width, height } = decodePng(Buffer.from(strip.moments[0]!.says, 'base64'));
    expect([width, height]).toEqual([16, 32]);
    expect((await core.sights.map(hash)).x.length).toBeGreaterThan(50);
  });

  it('is exported with both as one picture, and infers what the app infers', async () => {
    const done = await core.models.export(hash, { file: join(folder, 'seen.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-3);
  });

  it('may have states of poses and their changes: they drive and are exported as well', async () => {
    const poses = await train({ motion: 'differences', stack: 3, latent: 16 });
    const { eyes } = await readModel(core.models.fileOf(poses.hash));
    expect(eyes?.summary).toMatchObject({ motion: 'differences', latent: 14, acts: 2 });
    expect(new Set(await drive({ model: poses.hash })).size).toBeGreaterThan(1);
    const done = await core.models.export(poses.hash, { file: join(folder, 'poses.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-3);
  });

  it('teaches a policy that acts by both, in the simulation and on the rig', async () => {
    const task = { ...core.rig.require().rig.file.task, maxSteps: 8 };
    const algorithm = { name: 'model-gradient', steps: 3, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };
    const input = { rig: 'two-cameras', task, model: hash, where: 'model', algorithm };
    const learned = await core.policies.trainings.train(
      PolicyTrainInput.parse({ ...input, evaluation: { episodes: 1 } }),
    );
    const policy = await learned.done;
    const again = await core.policies.evaluate(
      PolicyEvaluateInput.parse({ policy: policy.hash, episodes: 1 }),
    );
    expect(again.returns).toEqual(policy.evaluation?.returns);
    const acted = await drive({ driver: 'policy', model: '', policy: policy.hash });
    expect(await drive({ driver: 'policy', model: '', policy: policy.hash })).toEqual(acted);
  });

  it('is refused where cameras or crops do not fit, each time with the reason', async () => {
    const said = async (more: object) => (await rejection(train(more))).message;
    expect(await said({ camera: 'side,top' })).toBe('Episode 1 has no camera "top"; it has "side", "low".');
    expect(await said({ camera: 'side, side' })).toBe('The camera "side" was named twice.');
    expect(await said({ crop: '0,0,8,8' })).toBe('There are 1 crops for 2 cameras.');
    expect(await said({ crop: '0,0,60,60;0,0,60,60' })).toContain('is not inside pictures of 48 × 48.');
  });

  it('does not drive on when one of them shows nothing new, and says which', async () => {
    await core.rig.disconnect();
    await core.rig.connect({ rig: rigWith(folder, 0.95), mode: 'lockstep', seed: 0 });
    const error = await rejection(drive());
    expect(error.message).toBe('Camera "low" shows nothing new, and this model plans by what it sees.');
    await core.rig.disconnect();
    await core.rig.connect({ rig: 'pendulum-camera', mode: 'lockstep', seed: 0 });
    expect((await rejection(drive())).message).toContain(
      'was learned on the camera "low" of 48 × 48 pixels; the rig pendulum-camera has no such camera.',
    );
  });
});

describe('a model that carries on what it saw through two cameras, of which one is slower and loses pictures', () => {
  let folder: string;
  let core: Core;
  let model: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-carried-cameras-'));
    core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
    await core.rig.connect({ rig: rigWith(folder, 0.3), mode: 'lockstep', seed: 0 });
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
    const carries = { name: 'latent-recurrent', window: 8, remembered: 8, inferred: 3 };
    const options = { ...TINY, class: { ...TINY.class, ...carries } };
    const input = TrainInput.parse({ name: 'carried', options });
    ({ hash: model } = await (await core.models.trainings.train(input)).done);
  });
  afterAll(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has encoders of their own, and is exported with what each of them saw', async () => {
    const { eyes } = await readModel(core.models.fileOf(model));
    expect(eyes?.arrays.get('encoder/2/layer0/kernel')?.shape).toEqual([64, 64]);
    expect(eyes?.arrays.get('filter/posterior0/kernel')?.shape).toEqual([8 + 2 * 64, 96]);
    const done = await core.models.export(model, { file: join(folder, 'carried.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-3);
  });

  it('plans, and teaches a policy that believes while it drives what the filter says of the recording', async () => {
    const task = { ...core.rig.require().rig.file.task, maxSteps: 40 };
    const planner = { method: 'cem', horizon: 5, candidates: 20, iterations: 2 };
    const drive = async (more: object) => {
      const [outcome] = await core.activity.run(RunInput.parse({ episodes: 1, seed: 5, task, ...more }));
      return outcome!.summary;
    };
    expect((await drive({ model, planner })).steps).toBe(40);
    const algorithm = { name: 'model-gradient', steps: 3, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };
    const asked = { rig: 'two-cameras-poor', task, model, where: 'model', algorithm };
    const input = PolicyTrainInput.parse({ ...asked, evaluation: { episodes: 1 } });
    const { hash: policy } = await (await core.policies.trainings.train(input)).done;
    const { id, steps } = await drive({ driver: 'policy', model: '', policy });
    expect(steps).toBe(40);
    await expectBelievedAsRecorded({ core, folder }, policy, { id, steps, seed: 5 });
    const done = await core.policies.export(policy, { file: join(folder, 'policy.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-4);
  });
});
