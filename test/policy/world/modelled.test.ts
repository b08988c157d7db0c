import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../../src/main/dynamics/types';
import { type LearnRequest, learn } from '../../../src/main/policy/learn';
import type { Transition } from '../../../src/main/policy/replay';
import { policySpace } from '../../../src/main/policy/representation/space';
import { modelledWorld } from '../../../src/main/policy/world/simulated';
import { loadRig } from '../../../src/main/rig';
import { openEngine } from '../../../src/main/tensor';
import { AlgorithmOptions } from '../../../src/shared/policy';
import type { Rig } from '../../../src/shared/rig';
import { rigChannels } from '../../../src/shared/rig-channels';
import { randomModel } from '../../dynamics/models';

let rig: Rig;
/** Says that every step moves the cart by 0.1 or, its other member, by 0.3, and nothing else. */
let model: DynamicsModel;
beforeAll(async () => {
  rig = await loadRig('cartpole-balance');
  model = randomModel(rigChannels(rig.file), {
    class: { name: 'ensemble', members: 2, elites: 2, hiddenLayers: 1, hiddenUnits: 8 },
  });
  for (const [name, { values }] of model.weights) {
    if (name.startsWith('layer')) values.fill(0);
    if (name === 'logVariance/min') values.fill(-40);
    if (name === 'logVariance/max') values.fill(-39);
  }
  model.weights.get('layer1/bias')?.values.set([0.1, 0, 0, 0, -39, -39, -39, -39]);
  model.weights.get('layer1/bias')?.values.set([0.3, 0, 0, 0, -39, -39, -39, -39], 8);
  model.normaliser.targetMean.fill(0);
  model.normaliser.targetStd.fill(1);
});
/** Two recorded episodes, which begin at 0.5 and at −0.5. */
const recorded: Transition[] = [0.5, 0.6, -0.5, -0.4].map((at, i) => ({
  ...{ state: Float32Array.of(at, 0, 0, 0), next: Float32Array.of(at + 0.1, 0, 0, 0), reward: 1 },
  ...{ action: Float32Array.of(0), terminated: false, last: i % 2 === 1 },
}));

describe('a learned model as a world', () => {
  it('begins where recorded episodes do, moves as one of its members says, and ends by the formula of the task', async () => {
    const space = policySpace(rig.file);
    const given = { space, engine: await openEngine(), seed: 1, recorded };
    const world = await modelledWorld(rig, rig.file.task, model, given);
    const { transitions, ended } = await world.experience(200);
    await world.close();
    const starts = transitions.filter(({ taken }) => taken?.step === 0).map(({ state }) => state[0]);
    expect(new Set(starts)).toEqual(new Set([0.5, -0.5]));
    const moved = transitions.map(({ state, next }) => (next[0] ?? 0) - (state[0] ?? 0));
    expect(new Set(moved.map((by) => by.toFixed(2)))).toEqual(new Set(['0.10', '0.30']));
    for (const { next, terminated, reward } of transitions) {
      expect(terminated).toBe((next[0] ?? 0) > 2.4);
      expect(reward).toBe(terminated ? 0 : 1);
    }
    expect(ended.length).toBeGreaterThan(5);
  });

  const train = (some: Partial<LearnRequest>) =>
    learn({
      ...{ rig, task: rig.file.task, seed: 1, engine: 'native', threads: 1, history: 1, where: 'model' },
      ...{ recorded, model, signal: new AbortController().signal, onProgress: () => undefined },
      options: AlgorithmOptions.parse({
        ...{ name: 'distil', steps: 100, episodesPerRound: 2, updatesPerRound: 104, hiddenUnits: 8 },
      }),
      ...some,
    });

  it('is where a planner teaches a policy, too', async () => {
    let asked = 0;
    const teacher = {
      advise: async () => {
        asked++;
        return Float32Array.of(0.5);
      },
    };
    const { learned } = await train({ teacher });
    expect(asked).toBe(learned.steps);
    expect(learned.updates).toBeGreaterThan(0);
  });

  it('wants a model of this rig, and an episode to begin from', async () => {
    await expect(train({ model: null })).rejects.toMatchObject({ code: 'wrong-use' });
    await expect(train({ recorded: [] })).rejects.toThrow(
      'nobody knows where an episode in the model begins',
    );
    await expect(train({ history: 2 })).rejects.toThrow('a history of 1; the policy needs 2');
  });
});
