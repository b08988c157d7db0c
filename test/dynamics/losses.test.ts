import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelClass } from '../../src/main/dynamics/classes';
import { pickRows, prepareData, recencyWeights, spreadsOf } from '../../src/main/dynamics/data/training-data';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { lossMethod } from '../../src/main/dynamics/losses';
import { heldOutBatch, resample } from '../../src/main/dynamics/training/batches';
import { trainModel } from '../../src/main/dynamics/training/train';
import { CLASS_OPTIONS, TrainOptions } from '../../src/shared/model-options';
import { PENDULUM, pendulumEpisodes, quickOptions, writtenOut } from './dynamics-helpers';
import { stepErrors } from './predicted';

const STAGE = { steps: 1, share: 1, title: '' };

describe('rows that weigh differently', () => {
  it('are drawn as often as their weights ask, rounded up or down', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (weights, offset) => {
          const rows = Int32Array.from(weights, (_, i) => i);
          const drawn = resample(rows, Float64Array.from(weights), offset);
          expect(drawn).toHaveLength(rows.length);
          const total = weights.reduce((a, b) => a + b, 0);
          for (const row of rows) {
            const wanted = (rows.length * weights[row]) / total;
            const count = drawn.filter((one) => one === row).length;
            expect(count).toBeGreaterThanOrEqual(Math.floor(wanted - 1e-6));
            expect(count).toBeLessThanOrEqual(Math.ceil(wanted + 1e-6));
          }
        },
      ),
    );
  });

  it('halve with every half-life that passed since', () => {
    const weights = recencyWeights(301, 100);
    expect([300, 200, 100, 0].map((index) => weights[index])).toEqual([1, 0.5, 0.25, 0.125]);
  });

  it('are judged on the hold-out in the same shares', () => {
    const options = quickOptions({ recencyHalfLife: 50, holdOut: 0.5 });
    const data = prepareData(PENDULUM, pendulumEpisodes(4, 100), options);
    const batch = heldOutBatch(data, { method: lossMethod('one-step'), stage: STAGE });
    expect(batch?.rows).toBe(200);
    const newest = data.split.holdOut.filter((index) => index >= 350);
    const inputs = batch?.feeds.inputs as Float32Array;
    const drawn = Array.from({ length: 200 }, (_, i) => inputs[4 * i + 3]);
    const { inputs: torques } = pickRows(data, newest);
    const ofNewest = drawn.filter((torque) => newest.some((_, i) => torques[4 * i + 3] === torque));
    // Half of all weight lies on the newest half-life.
    expect(ofNewest.length / 200).toBeGreaterThan(0.4);
    expect(ofNewest.length / 200).toBeLessThan(0.6);
  });

  it('teach a plant that changed what it is now', async () => {
    const [old, recent] = [pendulumEpisodes(6, 100, 1), pendulumEpisodes(1, 100, 2)];
    // The motor was turned round between the recordings.
    for (const { columns } of old) for (let i = 0; i < 100; i++) columns.actions[i] = -columns.actions[i];
    const episodes = [...old, ...recent.map((one) => ({ ...one, id: 99 }))];
    const judged = prepareData(PENDULUM, pendulumEpisodes(2, 100, 3), quickOptions());
    const errorOf = async (recencyHalfLife: number) => {
      const options = TrainOptions.parse({
        class: { name: 'deterministic', hiddenUnits: 16 },
        ...{ recencyHalfLife, epochs: 40, batchSize: 32 },
      });
      const model = await trainModel({ name: 'p', rig: 'p', channels: PENDULUM, episodes, options });
      return (await stepErrors(model, judged))[1];
    };
    const [all, newest] = [await errorOf(0), await errorOf(40)];
    expect(newest).toBeLessThan(0.5 * all);
  });
});

describe('noise on the observations learned from', () => {
  const options = quickOptions({ inputNoise: 0.1, history: 2 });
  const data = prepareData(PENDULUM, pendulumEpisodes(3, 100), options);

  it("is a share of each channel's spread, of an angle on the circle", () => {
    const spreads = spreadsOf(data.layout, data.normaliser.inputStd);
    expect(data.jitter).toEqual(spreads.map((spread) => 0.1 * spread));
    expect(spreads[0]).toBeCloseTo(Math.hypot(data.normaliser.inputStd[0], data.normaliser.inputStd[1]), 6);
    expect(spreads[1]).toBeCloseTo(data.normaliser.inputStd[2], 6);
  });

  it('moves the start and not where it leads: state and target add up to the same next observation', () => {
    const { normaliser, transitions } = data;
    const jitter = [0.2, -0.5, 0.1, 0.3];
    for (const [name, steps] of [
      ['one-step', 1],
      ['k-step', 3],
    ] as const) {
      const method = lossMethod(name);
      const stage = { ...STAGE, steps };
      const filled = (by?: number[]) => {
        const feeds = Object.fromEntries(
          method
            .feeds(data.layout, stage)
            .map((spec) => [spec.name, new Float32Array(spec.shape.reduce((a, b) => a * b, 1))]),
        );
        method.filler(data, stage)(7, feeds, 0, by);
        return feeds;
      };
      const [plain, moved] = [filled(), filled(jitter)];
      const width = 2 * 2 + 1;
      const state = writtenOut(transitions).states.subarray(7 * width, 8 * width);
      if (name === 'one-step') {
        const sine = moved.inputs?.[0] * normaliser.inputStd[0];
        expect(sine + normaliser.inputMean[0]).toBeCloseTo(Math.sin(state[0] + 0.2), 4);
        const change = moved.inputs?.[4] * normaliser.inputStd[4];
        expect(change + normaliser.inputMean[4]).toBeCloseTo(state[1] - 0.5 - state[3] - 0.3, 4);
        [0.2, -0.5].forEach((by, channel) => {
          const shift = moved.targets?.[channel] - plain.targets?.[channel];
          expect(shift * normaliser.targetStd[channel]).toBeCloseTo(-by, 4);
        });
        expect(moved.inputs?.slice(5)).toEqual(plain.inputs?.slice(5));
      } else {
        expect([...(moved.state as Float32Array)].slice(0, 4)).toEqual(
          jitter.map((by, i) => expect.closeTo(state[i] + by, 5)),
        );
        expect(moved.changes?.[0]).toBeCloseTo(plain.changes?.[0] - 0.2, 5);
        expect(moved.changes?.slice(2)).toEqual(plain.changes?.slice(2));
        expect(moved.actions).toEqual(plain.actions);
      }
    }
  });

  it('and shares by recency are refused by a class that learns from all transitions at once', async () => {
    const options = TrainOptions.parse({
      class: { name: 'gaussian-process' },
      ...{ inputNoise: 0.1, recencyHalfLife: 10 },
    });
    const request = { name: 'p', rig: 'p', channels: PENDULUM, episodes: pendulumEpisodes(1, 30), options };
    await expect(trainModel(request)).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringMatching(/cannot have noise on its inputs or a recency half-life\.$/),
    });
  });

  it('is drawn anew for every batch, and the same for the same seed', async () => {
    const request = (inputNoise: number) => ({
      ...{ name: 'p', rig: 'p', channels: PENDULUM, episodes: pendulumEpisodes(2, 60) },
      options: quickOptions({ inputNoise, epochs: 3 }),
    });
    const [one, again, none] = await Promise.all([0.05, 0.05, 0].map((noise) => trainModel(request(noise))));
    expect(one?.weights).toEqual(again?.weights);
    expect(one?.weights).not.toEqual(none?.weights);
  });
});

describe('every class with every loss it says it can be trained with', () => {
  const small = {
    'gaussian-process': { iterations: 3, exactUpTo: 60, inducingPoints: 20 },
    ensemble: { members: 2, elites: 1 },
    bayesian: { posteriorSamples: 2 },
  } as Record<string, Record<string, number>>;
  const loss = {
    'one-step': { name: 'one-step' },
    'k-step': { name: 'k-step', steps: 2 },
    dad: { name: 'dad', rounds: 1, steps: 3 },
  };
  const names = CLASS_OPTIONS.map((schema) => schema.shape.name.value);
  const pairs = names.flatMap((name) => modelClass(name).losses.map((chosen) => [name, chosen] as const));

  it.each(pairs)('%s by %s', async (name, chosen) => {
    const network = name === 'gaussian-process' ? {} : { hiddenLayers: 1, hiddenUnits: 8 };
    const options = TrainOptions.parse({
      class: { name, ...network, ...small[name] },
      ...{ loss: loss[chosen], epochs: 2, batchSize: 16, history: 2 },
    });
    const episodes = pendulumEpisodes(4, 40);
    const model = await trainModel({ name: 'p', rig: 'p', channels: PENDULUM, episodes, options });
    expect(model.summary.holdOutLoss.every(Number.isFinite)).toBe(true);
    const { channels } = await evaluateModel(model, pendulumEpisodes(1, 40, 5), { horizons: [1] });
    for (const { error } of channels) expect(error[0]).toBeGreaterThan(0);
  });
});
