import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { checkExport, exportOnnx } from '../../src/main/dynamics/export';
import { readModel, writeModel } from '../../src/main/dynamics/model-file';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../../src/main/dynamics/types';
import { compileRollout } from '../../src/main/plan/rollout/rollouts';
import { openEngine } from '../../src/main/tensor';
import type { ClassOptions } from '../../src/shared/model-options';
import { TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { channel, episode, PENDULUM, pendulumEpisodes } from './dynamics-helpers';
import { negativeLogLikelihood } from './likelihood';

const GP = { name: 'gaussian-process' } as const;
const request = (
  given: Partial<ClassOptions> & { name: ClassOptions['name'] },
  episodes: TrainingEpisode[],
  more = {},
) => ({
  ...{ name: 'p', rig: 'pendulum', channels: PENDULUM, episodes },
  options: TrainOptions.parse({ class: given, batchSize: 64, ...more }),
});

/** Recorded with a sensor's noise of this standard deviation. */
function noisy(episodes: TrainingEpisode[], std: number): TrainingEpisode[] {
  const random = new Random(8);
  return episodes.map((one) => ({
    ...one,
    columns: { ...one.columns, observations: one.columns.observations.map((v) => v + std * random.normal()) },
  }));
}

const errors = async (model: DynamicsModel, episodes: TrainingEpisode[], horizons = [1, 10]) =>
  (await evaluateModel(model, episodes, { horizons })).channels.flatMap(({ error }) => error as number[]);

describe('a Gaussian process of a pendulum', () => {
  const episodes = noisy(pendulumEpisodes(4, 50), 0.005);
  const fresh = noisy(pendulumEpisodes(4, 60, 77), 0.005);
  let model: DynamicsModel;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-gp-'));
    model = await trainModel(request(GP, episodes));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('learns more from 200 transitions than a Gaussian network', async () => {
    const network = await trainModel(request({ name: 'gaussian' }, episodes));
    const likelihoods = await Promise.all([model, network].map((one) => negativeLogLikelihood(one, fresh)));
    expect(likelihoods[0]).toBeLessThan(likelihoods[1] - 0.3);
    const [own, others] = [await errors(model, fresh), await errors(network, fresh)];
    for (const [i, error] of own.entries()) expect(error).toBeLessThan(others[i]);
  });

  it('is the same again with the same seed', async () => {
    const again = await trainModel(request(GP, episodes));
    expect(again.summary.hash).toBe(model.summary.hash);
  });

  it('says how many transitions carry it', () => {
    expect(model.summary.notes).toContainEqual(
      expect.stringMatching(/^The Gaussian process is exact over 180 transitions; \d+ of them carry/),
    );
    expect(model.summary.curve.length).toBe(model.summary.epochs);
    expect(model.summary.curve.at(-1)?.train).toBeLessThan(model.summary.curve[0]?.train as number);
  });

  it('is read back from its file and exported as it is', async () => {
    const file = await writeModel(model, folder, '1.2.3');
    const read = await readModel(file);
    expect(await errors(read, fresh)).toEqual(await errors(model, fresh));
    const onnx = join(folder, 'gp.onnx');
    await exportOnnx(model, onnx, { foresight: '1.2.3' });
    const { channels } = await checkExport(model, onnx, fresh);
    // Float32 sums in another order, over large weights that nearly cancel.
    for (const { relative } of channels) expect(relative).toBeLessThan(1e-4);
  });

  it('plans, with its noise and without', async () => {
    const engine = await openEngine('onnxruntime');
    const task = { name: 'up', reward: 'cos(angle)', termination: '', maxSteps: 100 };
    for (const noise of [false, true]) {
      const choice = {
        horizon: 5,
        candidates: 6,
        particles: 2,
        noise,
        members: 'step' as const,
        variance: false,
        limits: false,
        trajectories: true,
        learnedReward: false,
      };
      const rollout = await compileRollout({ engine, model, task, threads: 1 }, choice);
      const { returns, states } = await rollout.evaluate([1, 0], new Float32Array(6 * 5), new Random(1));
      expect([...returns].every(Number.isFinite)).toBe(true);
      // Twelve rows from one state under one action: noise is what tells them apart.
      const first = Array.from({ length: 12 }, (_, row) => states?.[row * 5 * 2]);
      expect(new Set(first).size > 1).toBe(noise);
      await rollout.dispose();
    }
  });
});

describe('a Gaussian process', () => {
  it('stands on inducing points where there is more data, and is hardly worse for it', async () => {
    const episodes = noisy(pendulumEpisodes(6, 100), 0.005);
    const fresh = noisy(pendulumEpisodes(3, 60, 77), 0.005);
    const options = { iterations: 30 };
    const exact = await trainModel(request({ ...GP, ...options }, episodes));
    const sparse = await trainModel(
      request({ ...GP, ...options, exactUpTo: 100, inducingPoints: 40 }, episodes),
    );
    expect(sparse.weights.get('points')?.shape[2]).toBeLessThanOrEqual(40);
    expect(sparse.summary.notes).toContainEqual(expect.stringContaining('540 transitions are more than 100'));
    const [full, few] = [await errors(exact, fresh), await errors(sparse, fresh)];
    for (const [i, error] of few.entries()) expect(error).toBeLessThan(1.3 * full[i]);
  });

  it('learns the reward as one more target', async () => {
    const episodes = pendulumEpisodes(3, 50).map((one) => {
      const reward = Float64Array.from({ length: one.columns.rows }, (_, row) =>
        row === 0 ? Number.NaN : Math.cos(one.columns.observations[2 * (row - 1)]),
      );
      return { ...one, columns: { ...one.columns, reward } };
    });
    const model = await trainModel(request({ ...GP, iterations: 30 }, episodes, { rewardHead: true }));
    expect(model.weights.get('alpha')?.shape[1]).toBe(3);
    expect(model.summary.holdOutLoss[0]).toBeLessThan(-2);
  });

  it.each(['squared-exponential', 'matern52'] as const)(
    'takes channels that never change, the same transition again and again, and no noise at all (%s)',
    async (kernel) => {
      const channels = { ...PENDULUM, observations: [...PENDULUM.observations, channel('bus voltage', 'V')] };
      const episodes = pendulumEpisodes(1, 40).flatMap(({ columns }) =>
        [1, 2, 3].map((id) =>
          episode(
            id,
            Array.from({ length: columns.rows }, (_, row) => [
              ...columns.observations.subarray(2 * row, 2 * row + 2),
              7.5,
            ]).flat(),
            [...columns.actions],
          ),
        ),
      );
      const model = await trainModel({ ...request({ ...GP, kernel, iterations: 40 }, episodes), channels });
      for (const { values } of model.weights.values()) expect(values.every(Number.isFinite)).toBe(true);
      const verdict = await evaluateModel(model, episodes, { horizons: [5] });
      expect(verdict.channels[2]?.error).toEqual([0]);
      expect(verdict.channels[0]?.error[0]).toBeLessThan(0.02);
    },
  );

  it('is cancelled while it is fitted', async () => {
    const cancel = new AbortController();
    const training = trainModel({
      ...request(GP, pendulumEpisodes(4, 100)),
      signal: cancel.signal,
      onProgress: ({ phase }) => phase === 'training' && cancel.abort(),
    });
    await expect(training).rejects.toMatchObject({ code: 'cancelled' });
  });
});
