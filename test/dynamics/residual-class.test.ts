import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelSpreads, energyDistance } from '../../src/main/dynamics/distances';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { checkExport, exportOnnx } from '../../src/main/dynamics/export';
import { readModel, writeModel } from '../../src/main/dynamics/model-file';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { compileRollout } from '../../src/main/plan/rollout/rollouts';
import { openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';
import { PENDULUM, pendulumEpisodes } from './dynamics-helpers';
import {
  COIN,
  drawn,
  episodesOf,
  freshChanges,
  repeat,
  TWO_COINS,
  type TwoModePlant,
  train,
} from './two-modes';

/** Enough for two modes, and a few times as quick as the defaults. */
const SMALL = {
  diffusion: { name: 'diffusion', hiddenUnits: 64 },
  energy: { name: 'energy', hiddenUnits: 64, negatives: 24 },
} as const;
const NAMES = ['diffusion', 'energy'] as const;
const DRAWS = 800;
const SLOW = 240_000;

/** Energy distance of draws to what really happens, mean over some actions, in units of the plant's own spread. */
async function distanceToPlant(model: DynamicsModel, plant: TwoModePlant, state: number[]): Promise<number> {
  const distances = [];
  for (const u of [-0.8, 0, 0.6]) {
    const fresh = freshChanges(plant, state, u, DRAWS, 21);
    const { draws } = await drawn(model, repeat(state, DRAWS), repeat([u], DRAWS), 22);
    distances.push(energyDistance(draws, fresh, state.length, channelSpreads([fresh], state.length)));
  }
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

/** Nats a channel of the coin plant under what really happens, targets in units of `spread`. */
const COIN_NATS = (spread: number) =>
  Math.log(2) + 0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(0.01 / spread);

describe.each(NAMES)('a model of the class %s', (name) => {
  let coin: DynamicsModel;
  let pendulum: DynamicsModel;
  let folder: string;
  const quick = () =>
    train(PENDULUM, pendulumEpisodes(2, 80), {
      class: { ...SMALL[name], hiddenUnits: 16 },
      ...{ epochs: 4, batchSize: 64 },
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-residual-'));
    coin = await train(COIN.channels, episodesOf(COIN, 10, 200), { class: SMALL[name] });
    pendulum = await train(PENDULUM, pendulumEpisodes(6, 200), { class: SMALL[name], batchSize: 128 });
  }, SLOW);
  afterAll(() => rm(folder, { recursive: true }));

  it('draws both next states of a plant that has two, a fourth as far from them as a Gaussian network or less', async () => {
    const gaussian = await train(COIN.channels, episodesOf(COIN, 10, 200), {
      class: { name: 'gaussian', hiddenUnits: 64 },
    });
    const reference = await distanceToPlant(gaussian, COIN, [0.1]);
    expect(reference).toBeGreaterThan(0.1);
    expect(await distanceToPlant(coin, COIN, [0.1])).toBeLessThan(0.25 * reference);
  });

  it('draws nearly nothing between the two, and each about as often', async () => {
    const { draws } = await drawn(coin, repeat([0], DRAWS), repeat([0.5], DRAWS), 5);
    const share = (chosen: (change: number) => boolean) => [...draws].filter(chosen).length / DRAWS;
    expect(share((change) => Math.abs(Math.abs(change) - 0.15) < 0.05)).toBeGreaterThan(0.85);
    expect(Math.abs(share((change) => change > 0) - 0.5)).toBeLessThan(0.15);
  });

  it('reports a likelihood that comes near that of the plant itself and does not beat it', () => {
    const nll = coin.summary.holdOutLoss[0];
    const spread = coin.normaliser.targetStd[0];
    // Two hundred held-out transitions tell nats to about 0.1.
    expect(nll).toBeGreaterThan(COIN_NATS(spread) - 0.25);
    expect(nll).toBeLessThan(COIN_NATS(spread) + 0.6);
    const first = coin.summary.curve[0]?.holdOut as number;
    expect(first - nll).toBeGreaterThan(1);
  });

  it('predicts the mean and the deviation of what it draws', async () => {
    const { draws, mean, std } = await drawn(coin, repeat([0], DRAWS), repeat([0.5], DRAWS), 6);
    const average = draws.reduce((sum, x) => sum + x, 0) / DRAWS;
    const deviation = Math.sqrt(draws.reduce((sum, x) => sum + (x - average) ** 2, 0) / DRAWS);
    expect(Math.abs(average - mean[0])).toBeLessThan(0.3 * deviation);
    expect(std[0] / deviation).toBeGreaterThan(0.8);
    expect(std[0] / deviation).toBeLessThan(1.25);
  });

  it(
    'predicts a plant without noise as well as a Gaussian network, and draws it without visible noise',
    async () => {
      const gaussian = await train(PENDULUM, pendulumEpisodes(6, 200), {
        class: { name: 'gaussian', hiddenUnits: 64 },
        batchSize: 128,
      });
      const test = pendulumEpisodes(3, 60, 77);
      const [own, reference] = await Promise.all(
        [pendulum, gaussian].map((model) => evaluateModel(model, test, { horizons: [1, 10] })),
      );
      const shares = [0, 1].flatMap((c) =>
        [0, 1].map((horizon) =>
          Math.log(own!.channels[c]!.error[horizon]! / reference!.channels[c]!.error[horizon]!),
        ),
      );
      // Over six seeds each, 0.5 to 0.8 thousandths for the network and 0.9 to 1.4 for these.
      expect(Math.exp(shares.reduce((a, b) => a + b, 0) / shares.length)).toBeLessThan(3);
      const { observations, actions } = test[0]?.columns ?? { observations: [], actions: [] };
      const states = Array.from({ length: 50 }, (_, row) => [...observations.slice(2 * row, 2 * row + 2)]);
      const torques = Array.from({ length: 50 }, (_, row) => [actions[row]]);
      const { draws, mean } = await drawn(pendulum, states, torques);
      for (const c of [0, 1]) {
        const apart = states.map((_, row) => draws[2 * row + c] - mean[2 * row + c]);
        const deviation = Math.sqrt(apart.reduce((sum, x) => sum + x ** 2, 0) / states.length);
        expect(deviation).toBeLessThan(0.02 * pendulum.normaliser.targetStd[c]);
      }
    },
    SLOW,
  );

  it('gives the same model for the same seed, bit for bit, and the same draw for the same noise', async () => {
    const [one, again] = [await quick(), await quick()];
    expect(again.weights).toEqual(one.weights);
    expect(again.summary.hash).toBe(one.summary.hash);
    const [first, second, other] = await Promise.all(
      [3, 3, 4].map((seed) => drawn(one, repeat([1, 0], 5), repeat([0.5], 5), seed)),
    );
    expect(second?.draws).toEqual(first?.draws);
    expect(other?.draws).not.toEqual(first?.draws);
  });

  it('comes back from its file, and predicts in an exported one what it predicts here', async () => {
    const model = await quick();
    expect(await readModel(await writeModel(model, folder, '1.2.3'))).toEqual(model);
    const file = join(folder, 'model.onnx');
    await exportOnnx(model, file, { foresight: '1.2.3' });
    const { channels } = await checkExport(model, file, pendulumEpisodes(1, 50, 3));
    for (const { relative } of channels) expect(relative).toBeLessThan(1e-5);
  });

  it('draws the same on the engine that calls tfjs kernel by kernel', async () => {
    const model = await quick();
    const [compiled, eager] = [
      await drawn(model, repeat([1, 0], 4), repeat([0.5], 4), 3),
      await drawn(model, repeat([1, 0], 4), repeat([0.5], 4), 3, 'cpu'),
    ];
    compiled.draws.forEach((value, i) => {
      const spread = model.normaliser.targetStd[i % 2];
      expect(Math.abs(eager.draws[i] - value)).toBeLessThan(1e-3 * spread);
    });
  });

  it('is planned with, by its mean and by draws', async () => {
    const model = await quick();
    const engine = await openEngine();
    const task = { name: 'up', reward: 'cos(angle)', termination: '', maxSteps: 100 };
    const returns = [];
    for (const noise of [false, true]) {
      const rollout = await compileRollout(
        { engine, model, task, threads: 1 },
        {
          horizon: 3,
          candidates: 6,
          particles: 2,
          noise,
          members: 'step',
          variance: false,
          limits: false,
          trajectories: false,
          learnedReward: false,
        },
      );
      const actions = new Random(1).fillNormal(new Float32Array(18));
      returns.push((await rollout.evaluate([1, 0], actions, new Random(2))).returns);
      await rollout.dispose();
    }
    for (const each of returns)
      expect([...each].every((value) => Number.isFinite(value) && value <= 3)).toBe(true);
    expect(returns[1]).not.toEqual(returns[0]);
  });

  it('learns from a handful of transitions, with a reward and a history', async () => {
    const episodes = pendulumEpisodes(1, 14).map((one) => ({
      ...one,
      columns: {
        ...one.columns,
        reward: Float64Array.from({ length: one.columns.rows }, (_, row) => (row === 0 ? Number.NaN : row)),
      },
    }));
    const model = await train(PENDULUM, episodes, {
      class: { ...SMALL[name], hiddenUnits: 8 },
      ...{ epochs: 2, history: 2, rewardHead: true },
    });
    const { draws } = await drawn(model, [[1, 0, 1, 0, 0.5]], [[0.5]]);
    expect(draws).toHaveLength(3);
    expect([...draws].every(Number.isFinite)).toBe(true);
  });

  it(
    'keeps together what goes together in two channels',
    async () => {
      const episodes = episodesOf(TWO_COINS, 10, 200);
      const model = await train(TWO_COINS.channels, episodes, { class: SMALL[name] });
      const { draws } = await drawn(model, repeat([0.2, -0.1], DRAWS), repeat([0.5], DRAWS), 5);
      let together = 0;
      for (let i = 0; i < DRAWS; i++) if (draws[2 * i] > 0 === draws[2 * i + 1] > -0.01) together++;
      expect(together / DRAWS).toBeGreaterThan(0.7);
    },
    SLOW,
  );
});
