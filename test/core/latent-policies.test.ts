import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { readModel } from '../../src/main/dynamics/model-file';
import { readPolicy } from '../../src/main/policy/representation/policy-file';
import { nodeHost } from '../../src/main/processes/node-host';
import { TrainInput } from '../../src/shared/contract';
import type { ModelSummary } from '../../src/shared/model';
import { PolicyEvaluateInput, PolicyTrainInput } from '../../src/shared/policy-training';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION } from './workspace';

const SEEN = { rig: 'pendulum-camera', mode: 'lockstep', seed: 0 } as const;
const TINY = {
  class: {
    ...{ name: 'latent-frame', size: 16, encoderSteps: 5, unroll: 2, latent: 4 },
    ...{ members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
};
const GRADIENT = { name: 'model-gradient', steps: 3, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };

let folder: string;
let core: Core;
let model: ModelSummary;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-latent-policies-'));
  core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
  await core.rig.connect(SEEN);
  await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
  const input = TrainInput.parse({ name: 'seen', options: TINY });
  model = await (await core.models.trainings.train(input)).done;
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

/** The pendulum's own task, of a few steps. */
const shortTask = () => ({ ...core.rig.require().rig.file.task, maxSteps: 6 });

const train = async (algorithm: object, more: object = {}) => {
  const asked = { rig: 'pendulum-camera', task: shortTask(), model: model.hash, where: 'model' };
  const input = PolicyTrainInput.parse({ ...asked, evaluation: { episodes: 2 }, ...more, algorithm });
  return (await core.policies.trainings.train(input)).done;
};

describe('a policy that is learned in the latent states of a model of pictures', () => {
  it('begins where the recording was, learns by the learned reward, and is kept with the eyes of its model', async () => {
    const summary = await train(GRADIENT);
    expect(summary).toMatchObject({ learnedIn: 'model', model: model.hash, eyes: model.eyes, updates: 3 });
    expect(summary.algorithm).toMatchObject({ name: 'model-gradient', learnedReward: true });
    expect(summary.observations.map(({ name }) => name)).toEqual(['z1', 'z2', 'z3', 'z4']);
    expect(summary.steps).toBe(150);
    const read = await readPolicy(join(folder, 'policies', `${summary.hash}.safetensors`));
    expect(read.eyes).toEqual((await readModel(core.models.fileOf(model.hash))).eyes);
    expect([...(read.value?.keys() ?? [])]).toContain('value/layer0/kernel');
    // The same recording, model, options and seed give the same policy, to the bit.
    expect((await train(GRADIENT)).hash).toBe(summary.hash);
  });

  it('is judged in simulation by what truly happens, seen through its eyes', async () => {
    const { hash, evaluation } = await train(GRADIENT, { evaluateEvery: 2 });
    expect(evaluation).toMatchObject({ where: 'simulation', steps: [6, 6] });
    for (const one of evaluation?.returns ?? []) expect(one).toBeLessThan(0);
    const again = await core.policies.evaluate(PolicyEvaluateInput.parse({ policy: hash, episodes: 2 }));
    expect(again.returns).toEqual(evaluation?.returns);
  });

  it('can act in the model, too, and learn from what was recorded alone', async () => {
    const sac = { name: 'sac', steps: 20, randomSteps: 10, batchSize: 8, hiddenUnits: 8 };
    expect(await train(sac)).toMatchObject({ learnedIn: 'model', eyes: model.eyes, steps: 20 });
    expect(await train({ ...sac, steps: 16 }, { where: 'recorded' })).toMatchObject({
      ...{ learnedIn: 'recorded', eyes: model.eyes, steps: 150 },
    });
    const mbpo = { ...sac, name: 'mbpo', steps: 8, rolloutsPerStep: 2 };
    expect(await train(mbpo)).toMatchObject({ learnedIn: 'model', eyes: model.eyes });
  });

  it('is refused where it cannot be, before anything is begun', async () => {
    const said = async (...asked: Parameters<typeof train>) => (await rejection(train(...asked))).message;
    expect(await said(GRADIENT, { where: 'simulation' })).toBe(
      `The model "${model.hash}" learned from pictures: a policy learns in the model itself, or from what was recorded.`,
    );
    expect(await said({ name: 'distil', planOn: 'model' })).toContain(
      'no planner teaches in its latent states.',
    );
    expect(await said(GRADIENT, { rig: 'pendulum' })).toContain('the rig pendulum has no such camera.');
  });
});
