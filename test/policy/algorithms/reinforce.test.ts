import { beforeAll, describe, expect, it } from 'vitest';
import { compileUpdates, withOptimiser } from '../../../src/main/dynamics/updates/updates';
import { policyGradient } from '../../../src/main/policy/algorithms/reinforce';
import { packEpisodes, padded } from '../../../src/main/policy/episode-batch';
import type { TrainingState } from '../../../src/main/policy/lab';
import { type LearnRequest, learn } from '../../../src/main/policy/learn';
import { plainNormaliser } from '../../../src/main/policy/normaliser';
import type { Transition } from '../../../src/main/policy/replay';
import { initialActor } from '../../../src/main/policy/representation/actor';
import { jointActions, type PolicySpace, policySpace } from '../../../src/main/policy/representation/space';
import { loadRig } from '../../../src/main/rig';
import { openEngine } from '../../../src/main/tensor';
import { AlgorithmOptions, type AlgorithmOptionsOf, type PolicyPoint } from '../../../src/shared/policy';
import { Random } from '../../../src/shared/random';
import type { Rig } from '../../../src/shared/rig';
import { median } from '../../../src/shared/statistics';

let rig: Rig;
beforeAll(async () => {
  rig = await loadRig('cartpole-balance');
});

const optionsOf = (some: object) =>
  AlgorithmOptions.parse({ name: 'reinforce', ...some }) as AlgorithmOptionsOf<'reinforce'>;

describe('the gradient of REINFORCE', () => {
  const HIDDEN = 4;
  const EPISODES = 3;

  /** log π of an action less what does not depend on the policy, in float64 and by the textbook. */
  function logDensity(
    weights: Record<string, Float64Array>,
    state: Float32Array,
    action: Float32Array,
    joint: Float32Array[] | null,
  ) {
    const layer = (name: string, inputs: ArrayLike<number>) => {
      const [kernel, bias] = [weights[`actor/${name}/kernel`], weights[`actor/${name}/bias`]];
      return Array.from(bias ?? [], (own, unit) => {
        let sum = own;
        for (let i = 0; i < inputs.length; i++)
          sum += (inputs[i] ?? 0) * (kernel?.[i * (bias?.length ?? 0) + unit] ?? 0);
        return sum;
      });
    };
    const outputs = layer('layer1', layer('layer0', state).map(Math.tanh));
    if (joint) {
      const chosen = joint.findIndex((one) => one.every((value, i) => value === action[i]));
      return (outputs[chosen] ?? 0) - Math.log(outputs.reduce((sum, value) => sum + Math.exp(value), 0));
    }
    return action.reduce((sum, value, i) => {
      const raw = outputs[action.length + i] ?? 0;
      const logStd = -5 + 3.5 * (Math.tanh(raw) + 1);
      const deviations = (Math.atanh(value) - (outputs[i] ?? 0)) / Math.exp(logStd);
      return sum - 0.5 * deviations ** 2 - logStd;
    }, 0);
  }

  function example(space: PolicySpace) {
    const random = new Random(7);
    const joint = jointActions(space);
    const action = () =>
      joint?.[random.integer(joint.length)] ??
      Float32Array.from(space.actions, () => random.uniformIn(-0.9, 0.9));
    const state = () => Float32Array.from(space.layout.angles, () => random.normal());
    return [4, 1, 3].map((steps, episode) =>
      Array.from({ length: steps }, (_, at): Transition => {
        const asked = action();
        return {
          ...{ state: state(), action: asked, reward: random.normal(), next: state() },
          ...{ terminated: false, last: at === steps - 1 },
          taken: { episode, step: at, behaviour: 1, asked, advice: null },
        };
      }),
    );
  }

  it.each([
    ['continuous', null],
    ['discrete', [-1, 0, 0.5, 1]],
  ])('and its variance are those of finite differences, with %s actions', async (_kind, values) => {
    const channel = rig.file.actions[0];
    const two = [0, 1].map((i) => ({ ...channel, name: `force${i}`, ...(values && { values }) }));
    const space = policySpace({ observations: rig.file.observations, actions: two } as Rig['file']);
    const shape = {
      kind: values ? ('categorical' as const) : ('gaussian' as const),
      ...{ hiddenLayers: 1, hiddenUnits: HIDDEN, activation: 'tanh' as const },
    };
    const { kind: _, ...network } = shape;
    const options = optionsOf({ ...network, episodesPerUpdate: EPISODES });
    const initial = initialActor(space, shape, new Random(3));
    const arrays = withOptimiser(initial, plainNormaliser(space));
    const task = { ...rig.file.task, maxSteps: 5 };
    const program = await compileUpdates(
      await openEngine(),
      policyGradient({ space, options, task }, arrays),
    );

    const episodes = example(space);
    const judged = episodes.map((steps) => Float64Array.from(steps, ({ reward }) => reward));
    const batch = packEpisodes(space, shape, 5, episodes);
    const noise = new Float32Array(batch.rows * 2);
    const { state, metrics } = await program.run(
      program.initial,
      { ...batch.feeds, weight: padded(judged, 5), noise },
      1,
    );

    const weights = Object.fromEntries(
      [...initial].map(([name, own]) => [name, Float64Array.from(own.values)]),
    );
    const joint = jointActions(space);
    const objective = (episode: number) =>
      -(episodes[episode] ?? []).reduce(
        (sum, one, t) =>
          sum + (judged[episode]?.[t] ?? 0) * logDensity(weights, one.state, one.action, joint),
        0,
      );
    let [trace, squaredLength] = [0, 0];
    for (const [name, own] of Object.entries(weights)) {
      for (let i = 0; i < own.length; i++) {
        const slopes = episodes.map((_, episode) => {
          const before = own[i] ?? 0;
          own[i] = before + 1e-5;
          const above = objective(episode);
          own[i] = before - 1e-5;
          const below = objective(episode);
          own[i] = before;
          return (above - below) / 2e-5;
        });
        const mean = slopes.reduce((a, b) => a + b) / EPISODES;
        // After the first step Adam's first moment is the gradient (dynamics/training/adam.ts).
        expect(state[`first/${name}`]?.[i]).toBeCloseTo(mean, 3);
        squaredLength += mean ** 2;
        trace += slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / (EPISODES - 1) / EPISODES;
      }
    }
    expect(metrics.squaredLength / squaredLength).toBeCloseTo(1, 3);
    expect(metrics.variance / trace).toBeCloseTo(1, 3);
    await program.dispose();
  });
});

describe('a training by REINFORCE', () => {
  const train = (some: object, request: Partial<LearnRequest> = {}) =>
    learn({
      ...{ rig, task: rig.file.task, seed: 1, engine: 'native', threads: 1, history: 1 },
      ...{ where: 'simulation', recorded: [], signal: new AbortController().signal },
      options: optionsOf({ hiddenUnits: 32, ...some }),
      onProgress: () => undefined,
      ...request,
    });
  const evaluated = (curve: readonly PolicyPoint[]) =>
    curve.findLast((point) => point.evaluated !== null)?.evaluated;
  const evaluate = { everySteps: 15_000, episodes: 5, seed: 5 };

  it('learns to balance the pole, and what states are worth', async () => {
    const { curve, learned } = await train({ steps: 30_000 }, { evaluate });
    expect(curve[0]?.return).toBeLessThan(60);
    expect(evaluated(curve)).toBeGreaterThan(150);
    expect([...(learned.value?.keys() ?? [])]).toContain('value/layer2/bias');
    expect(curve.at(-1)?.value).toBeGreaterThan(20);
    expect(curve.at(-1)?.gradientVariance).toBeGreaterThan(0);
  });

  it('learns it with discrete forces', async () => {
    const actions = rig.file.actions.map((channel) => ({ ...channel, values: [-1, 0, 1] }));
    const discrete = { ...rig, file: { ...rig.file, actions } };
    const { curve, learned } = await train({ steps: 30_000 }, { rig: discrete, evaluate });
    expect(learned.actor.shape.kind).toBe('categorical');
    expect(evaluated(curve)).toBeGreaterThan(150);
  });

  it('has a gradient that varies less with reward-to-go, and still less with the baseline', async () => {
    const { curve } = await train({ steps: 10_000, compareEstimators: true });
    const of = (name: 'plain' | 'rewardToGo' | 'baseline') =>
      median(curve.flatMap(({ estimatorVariances }) => estimatorVariances?.[name] ?? []));
    expect(of('rewardToGo')).toBeLessThan(of('plain') / 1.5);
    expect(of('baseline')).toBeLessThan(of('rewardToGo') / 1.5);
  });

  it('stays as random as it is paid for', async () => {
    const entropyOf = async (entropyBonus: number) =>
      (await train({ steps: 6000, entropyBonus })).curve.at(-1)?.entropy ?? Number.NaN;
    expect(await entropyOf(1)).toBeGreaterThan((await entropyOf(0)) + 0.1);
  });

  it('goes on from where it was interrupted as if it had not been', async () => {
    const taken: TrainingState[] = [];
    const checkpoint = { due: () => true, take: (one: TrainingState) => taken.push(one) };
    const whole = await train({ steps: 3000 }, { checkpoint });
    // The first word after an update, between two episodes.
    const resumed = structuredClone(taken.find(({ snapshot }) => snapshot.counters.updates === 3));
    expect(resumed).toBeDefined();
    const rest = await train({ steps: 3000 }, { resumed: resumed as TrainingState });
    expect(rest.learned.updates).toBe(whole.learned.updates);
    expect(rest.curve).toEqual(whole.curve);
    expect(rest.learned.actor).toEqual(whole.learned.actor);
    expect(rest.learned.value).toEqual(whole.learned.value);
  });

  it('refuses an exploration limit, under which it would not know how likely what it did was', async () => {
    await expect(train({ explorationLimit: 0.5 })).rejects.toMatchObject({
      ...{ code: 'wrong-use', message: expect.stringContaining('an exploration limit does something else') },
    });
  });

  it('refuses to learn from what is recorded, and GAE without a value', async () => {
    await expect(train({}, { where: 'recorded' })).rejects.toMatchObject({ code: 'wrong-use' });
    await expect(train({ gaeLambda: 0.9, baseline: false })).rejects.toMatchObject({ code: 'wrong-use' });
  });
});
