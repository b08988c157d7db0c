import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { readPolicy } from '../../src/main/policy/representation/policy-file';
import { nodeHost } from '../../src/main/processes/node-host';
import type { PolicySummary } from '../../src/shared/policy';
import { PolicyTrainInput } from '../../src/shared/policy-training';
import { quickOptions } from '../dynamics/dynamics-helpers';
import { BALANCE, RANDOM_MOTION } from './workspace';

const EPISODES = 12;
let core: Core;
let folder: string;
/** Recorded random motion of the cartpole, and a small model of it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-episodes-'));
  core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
  await core.rig.connect(BALANCE);
  await core.activity.record({ ...RANDOM_MOTION, episodes: EPISODES });
  const options = quickOptions({ epochs: 1 });
  await (await core.models.trainings.train({ name: 'm', options, last: 0 }, undefined, 'errors')).done;
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

const train = async (
  algorithm: Record<string, unknown>,
  more: Record<string, unknown>,
): Promise<PolicySummary> => {
  const asked = { rig: 'cartpole-balance', evaluation: { episodes: 2 }, ...more };
  const input = PolicyTrainInput.parse({ ...asked, algorithm: { hiddenUnits: 8, ...algorithm } });
  return (await core.policies.trainings.train(input)).done;
};
const ALL = Array.from({ length: EPISODES }, (_, i) => i + 1);
const SAC = { name: 'sac', steps: 64, randomSteps: 50, batchSize: 16 };
const TAUGHT = {
  name: 'distil',
  planner: 'random-shooting',
  horizon: 2,
  candidates: 8,
  updatesPerRound: 104,
};

describe('a policy that is learned from recorded episodes', () => {
  it('alone is judged in simulation, and knows what was met in them', async () => {
    for (const algorithm of [SAC, { name: 'clone', steps: 104 }]) {
      const summary = await train(algorithm, { where: 'recorded' });
      expect(summary).toMatchObject({ learnedIn: 'recorded', model: null, algorithm });
      expect([...summary.episodes].sort((a, b) => a - b)).toEqual(ALL);
      expect(summary.evaluation).toMatchObject({ where: 'simulation' });
      expect(summary.evaluation?.returns).toHaveLength(2);
      const { known } = (await readPolicy(join(folder, 'policies', `${summary.hash}.safetensors`))).summary;
      expect(known).toHaveLength(4);
      for (const [low, high] of known ?? []) expect(low).toBeLessThan(high);
    }
    await expect(train(SAC, { where: 'recorded', rig: 'pendulum' })).rejects.toThrow(
      'no episode of the rig pendulum',
    );
    await expect(train(SAC, { rig: 'pendulum', episodes: [1] })).rejects.toThrow(
      'The rig "pendulum" does not fit episode 1',
    );
  });

  it('acts in a learned model from where they begin, and is judged in simulation', async () => {
    const reinforce = { name: 'reinforce', steps: 150, randomSteps: 20, episodesPerUpdate: 2 };
    const model = (await core.models.record('m')).hash;
    for (const algorithm of [reinforce, SAC]) {
      const summary = await train(algorithm, { where: 'model', model: 'm', episodes: [2, 3] });
      expect(summary).toMatchObject({ learnedIn: 'model', model, episodes: [2, 3], algorithm });
      expect(summary.steps).toBeGreaterThanOrEqual(64);
      expect(summary.evaluation?.where).toBe('simulation');
    }
  });

  it('is taught by a planner that plans on a learned model, wherever it acts', async () => {
    const model = (await core.models.record('m')).hash;
    const options = { ...TAUGHT, planOn: 'model', steps: 20, episodesPerRound: 1 };
    for (const where of ['simulation', 'model']) {
      const summary = await train(options, {
        where,
        model: 'm',
        episodes: where === 'model' ? [1] : undefined,
      });
      expect(summary).toMatchObject({ learnedIn: where, model });
      expect(summary.updates).toBeGreaterThan(0);
    }
  });

  it('is not given a model that it has no use for, nor left without one that it needs', async () => {
    const refused = (algorithm: Record<string, unknown>, more: Record<string, unknown>) =>
      expect(train(algorithm, more)).rejects;
    await refused(SAC, { where: 'model' }).toThrow('acts in a model of the rig here, and none was named');
    await refused({ ...TAUGHT, planOn: 'model' }, {}).toThrow('a planner that plans in a model of the rig');
    await refused({ name: 'fitted-value' }, { where: 'recorded' }).toThrow('learns in a model of the rig');
    await refused(SAC, { model: 'm' }).toThrow('learns without a model, so the model "m" is of no use');
    await refused(TAUGHT, { model: 'm' }).toThrow('plans on the simulator, so the model "m" is of no use');
    await refused(SAC, { where: 'model', model: 'm', rig: 'pendulum' }).toThrow('was learned on');
  });
});
