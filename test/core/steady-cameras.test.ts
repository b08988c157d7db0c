import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../../src/main/camera/png';
import { type Core, createCore } from '../../src/main/core';
import { readModel } from '../../src/main/dynamics/model-file';
import { nodeHost } from '../../src/main/processes/node-host';
import { RunInput, TrainInput } from '../../src/shared/contract';
import { PolicyTrainInput } from '../../src/shared/policy-training';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION } from './workspace';

const RIG = 'pendulum-camera-shaky';
/** Pixels of the foot that the pendulum stands on, of 64 × 64. */
const FOOT = { left: 22, right: 44, top: 50, bottom: 63 };

describe('a model that steadies the pictures of a camera that shakes', () => {
  let folder: string;
  let core: Core;
  let hash: string;
  const train = async (more: object = {}, from?: string) => {
    const size = { latent: 4, members: 2, elites: 2, hiddenUnits: 8 };
    const own = { name: 'latent-frame', size: 64, encoderSteps: 4, unroll: 2, ...size, ...more };
    const input = TrainInput.parse({ name: 'seen', rig: RIG, from, options: { class: own, epochs: 3 } });
    return (await core.models.trainings.train(input)).done;
  };
  const drive = async (more: object = {}) => {
    const task = { ...core.rig.require().rig.file.task, maxSteps: 6 };
    const planner = { method: 'cem', horizon: 5, candidates: 20, iterations: 2 };
    const [outcome] = await core.activity.run(
      RunInput.parse({ model: hash, episodes: 1, seed: 5, task, planner, ...more }),
    );
    return outcome!.summary;
  };
  /** How much the pixels of the foot differ between the moments of a film strip, mean of 0 to 255. */
  const footMoves = async (model: string) => {
    const { moments } = await core.sights.strip(model, 1, 30);
    const seen = moments.map(({ saw }) => decodePng(Buffer.from(saw, 'base64')));
    const [first, ...others] = seen;
    const { channels, width } = first!;
    const differences: number[] = [];
    for (const other of others) {
      for (let y = FOOT.top; y < FOOT.bottom; y++) {
        for (let x = FOOT.left; x < FOOT.right; x++) {
          const at = channels * (y * width + x);
          differences.push(Math.abs(first!.data[at]! - other.data[at]!));
        }
      }
    }
    return differences.reduce((sum, value) => sum + value, 0) / differences.length;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-steady-'));
    core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
    await core.rig.connect({ rig: RIG, mode: 'lockstep', seed: 0 });
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
    ({ hash } = await train({ steady: 3 }));
  });
  afterAll(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps what stands still with its eyes, and says how far the camera moved', async () => {
    const { eyes, summary } = await readModel(core.models.fileOf(hash));
    expect(eyes?.summary.steady).toMatchObject({ most: 3, cell: 1, width: 64, height: 64 });
    expect(summary.notes.join(' ')).toMatch(
      /Camera "side" lay up to [23] pixels( or more)? aside in a sample of its pictures, its light between \d+ % and \d+ % of the usual\./,
    );
    expect((await train({ steady: 3 })).hash).toBe(hash);
  });

  it('sees a foot that stands still, where one that does not sees it jump', async () => {
    const steadied = await footMoves(hash);
    const shaken = await footMoves((await train()).hash);
    expect(shaken).toBeGreaterThan(3 * steadied);
  });

  it('drives by steadied pictures, a policy of it as well, and what goes on from it keeps them', async () => {
    expect((await drive()).steps).toBe(6);
    const done = await core.models.export(hash, { file: join(folder, 'seen.onnx') });
    expect(done.largestDifference).toBeLessThan(1e-3);
    const task = { ...core.rig.require().rig.file.task, maxSteps: 6 };
    const algorithm = { name: 'model-gradient', steps: 3, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };
    const input = { rig: RIG, task, model: hash, where: 'model', algorithm, evaluation: { episodes: 1 } };
    const policy = await (await core.policies.trainings.train(PolicyTrainInput.parse(input))).done;
    expect(policy.eyes?.steady).toEqual((await readModel(core.models.fileOf(hash))).eyes?.summary.steady);
    expect((await drive({ driver: 'policy', model: '', policy: policy.hash })).steps).toBe(6);
    const more = await train({ steady: 3, encoderMore: 2 }, hash);
    expect(more.eyes?.steady).toEqual(policy.eyes?.steady);
  });

  it('is refused where the camera’s pictures are too small for that', async () => {
    const refused = await rejection(train({ steady: 16 }));
    expect(refused.message).toBe(
      'Pictures of 64 × 64 pixels of camera "side" are too small to be steadied by up to 16 pixels.',
    );
  });
});
