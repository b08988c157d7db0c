import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayConstants, predictionArrays, predictorOf } from '../../src/main/dynamics/classes';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { checkExport, exportOnnx } from '../../src/main/dynamics/export';
import { readModel, writeModel } from '../../src/main/dynamics/model-file';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../../src/main/dynamics/types';
import { compileRollout, type RolloutChoice } from '../../src/main/plan/rollout/rollouts';
import { PlanSession } from '../../src/main/plan/session/session';
import { type Engine, openEngine } from '../../src/main/tensor';
import type { ClassOptions } from '../../src/shared/model-options';
import { TrainOptions } from '../../src/shared/model-options';
import { PlannerOptions, PropagationOptions } from '../../src/shared/plan';
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

  describe('in a plan', () => {
    const [HORIZON, CANDIDATES, PARTICLES] = [6, 2, 3];
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine();
    });

    /** [rows][steps][channels] by how many of its deviations of ignorance every step was off the mean. */
    async function errorsOf(some: Partial<RolloutChoice>): Promise<number[][][]> {
      const task = { name: 'up', reward: 'cos(angle)', termination: '', maxSteps: 100 };
      const rollout = await compileRollout(
        { engine, model, task, threads: 1 },
        {
          ...{ horizon: HORIZON, candidates: CANDIDATES, particles: PARTICLES, noise: false },
          ...{ members: 'step', variance: false, limits: false, trajectories: true, learnedReward: false },
          ...some,
        },
      );
      const actions = Float32Array.from({ length: CANDIDATES * HORIZON }, (_, i) => (i < HORIZON ? 0.5 : -1));
      const start = [0.5, 1];
      const { states = new Float32Array() } = await rollout.evaluate(start, actions, new Random(5));
      await rollout.dispose();
      const rows = CANDIDATES * PARTICLES * HORIZON;
      const at = (row: number, t: number) =>
        t < 0 ? start : [...states.subarray((row * HORIZON + t) * 2, (row * HORIZON + t) * 2 + 2)];
      const places = Array.from({ length: rows }, (_, i) => [Math.floor(i / HORIZON), i % HORIZON]);
      const program = await engine.compile(
        ({ state, action }) => {
          const constants = arrayConstants(predictionArrays(model));
          const { mean, ignorance } = predictorOf(model, constants).predict(
            state as tf.Tensor3D,
            action as tf.Tensor3D,
          );
          return { mean, ignorance: ignorance as tf.Tensor };
        },
        [
          { name: 'state', shape: [1, rows, 2] },
          { name: 'action', shape: [1, rows, 1] },
        ],
        { name: 'one step', threads: 1 },
      );
      const { mean, ignorance } = await program.run({
        state: Float32Array.from(places.flatMap(([row, t]) => at(row, t - 1))),
        action: Float32Array.from(places, ([row, t]) => actions[Math.floor(row / PARTICLES) * HORIZON + t]),
      });
      await program.dispose();
      return Array.from({ length: CANDIDATES * PARTICLES }, (_, row) =>
        Array.from({ length: HORIZON }, (_unused, t) =>
          [0, 1].map((c) => {
            const i = (row * HORIZON + t) * 2 + c;
            return (at(row, t)[c] - at(row, t - 1)[c] - mean[i]) / Math.sqrt(ignorance[i]);
          }),
        ),
      );
    }
    const first = (errors: number[][][]) => errors.map(([[error]]) => error);
    /** How many there are, those that float32 cannot tell apart counting as one. */
    const different = (values: number[]) =>
      values.toSorted((a, b) => a - b).filter((value, i, all) => i === 0 || value - all[i - 1] > 0.05).length;

    it.each(['step', 'fixed', 'once'] as const)(
      'has every future believe one function all along, without noise as well: members "%s"',
      async (members) => {
        const errors = await errorsOf({ members });
        for (const row of errors) {
          for (const step of row) {
            for (const c of [0, 1]) expect(Math.abs(step[c] - row[0][c])).toBeLessThan(0.1);
          }
        }
        const functions = first(errors);
        // Candidates with "fixed" meet the same functions, and with "once" there is one for all.
        expect(different(functions)).toBe({ step: 6, fixed: 3, once: 1 }[members]);
        if (members !== 'fixed') return;
        for (const p of [0, 1, 2]) expect(functions[PARTICLES + p]).toBeCloseTo(functions[p], 1);
      },
    );

    it('has quiet rows believe the mean, beside others that do not', async () => {
      const errors = await errorsOf({ quiet: 2 });
      for (const row of errors.slice(0, 2)) {
        for (const step of row) for (const error of step) expect(Math.abs(error)).toBeLessThan(0.05);
      }
      expect(different(first(errors).slice(2))).toBe(4);
    });

    it('draws noise anew at every step on top of it', async () => {
      const errors = await errorsOf({ members: 'once', noise: true });
      expect(different(errors.flat().map(([error]) => error))).toBeGreaterThan(20);
    });

    it('says how much of the uncertainty of a plan is its own, which a single network cannot', async () => {
      const session = await PlanSession.compile(
        {
          ...{ modelFile: '', task: { name: 'up', reward: 'cos(angle)', termination: '', maxSteps: 100 } },
          planner: PlannerOptions.parse({ method: 'mppi', horizon: 5, candidates: 10 }),
          propagation: PropagationOptions.parse({}),
          ...{ actionLimits: [[-2, 2]], holdAction: [0], threads: 1, seed: 0 },
        },
        model,
        engine,
      );
      const request = { id: 0, observedStep: 0, pending: [], fresh: true, draw: false };
      const shares: number[] = [];
      for (const observation of [
        [0, 0],
        [2.5, 30],
      ]) {
        const { insight } = await session.plan({ ...request, observation });
        shares.push(insight.disagreement ?? Number.NaN);
      }
      await session.close();
      // Where it has seen nothing it is unsure, and knows that this is not noise.
      expect(shares[1]).toBeGreaterThan(0.7);
      expect(shares[0]).toBeGreaterThanOrEqual(0);
    });
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
