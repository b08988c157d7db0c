import { describe, expect, it } from 'vitest';
import { evaluateModel } from '../../../src/main/dynamics/evaluate';
import { trainModel } from '../../../src/main/dynamics/training/train';
import type { TrainProgress } from '../../../src/shared/model';
import { channel, episode, PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics-helpers';

const request = (options = quickOptions(), episodes = pendulumEpisodes(4, 100)) => ({
  ...{ name: 'pendulum', rig: 'pendulum', channels: PENDULUM },
  ...{ episodes, options },
});

describe('training', () => {
  it('learns a pendulum well enough to beat both trivial predictors over 10 steps', async () => {
    const model = await trainModel(request(quickOptions({ epochs: 150 }), pendulumEpisodes(6, 200)));
    const { channels, samples } = await evaluateModel(model, pendulumEpisodes(4, 100, 77), {
      horizons: [1, 10],
    });
    expect(samples).toEqual([396, 360]);
    for (const { error, last, velocity } of channels) {
      for (const horizon of [0, 1]) {
        expect(error[horizon]).toBeLessThan(0.3 * last[horizon]!);
        expect(error[horizon]).toBeLessThan(0.3 * velocity[horizon]!);
      }
    }
  });

  it('gives the same model for the same seed and another one for another', async () => {
    const [one, again, other] = await Promise.all([
      trainModel(request()),
      trainModel(request()),
      trainModel(request(quickOptions({ seed: 1 }))),
    ]);
    expect(again.weights).toEqual(one.weights);
    expect(again.summary.hash).toBe(one.summary.hash);
    expect(other.summary.hash).not.toBe(one.summary.hash);
  });

  it('says how it goes: phases in order, a curve that falls, elites by hold-out loss', async () => {
    const reports: TrainProgress[] = [];
    const { summary } = await trainModel({ ...request(), onProgress: (progress) => reports.push(progress) });
    expect([...new Set(reports.map(({ phase }) => phase))]).toEqual(['loading', 'compiling', 'training']);
    expect(reports.at(-1)?.transitions).toBe(400);
    expect(summary.curve).toHaveLength(summary.epochs);
    expect(summary.curve.at(-1)?.holdOut).toBeLessThan(summary.curve[0]?.holdOut as number);
    const ranked = [0, 1, 2].sort((a, b) => summary.holdOutLoss[a] - summary.holdOutLoss[b]);
    expect(summary.elites).toEqual(ranked.slice(0, 2));
  });

  it('works from twenty transitions, and notes what it did without', async () => {
    const { summary } = await trainModel(request(quickOptions(), pendulumEpisodes(1, 20)));
    expect(summary.transitions).toBe(20);
    expect(summary.notes).toEqual([
      'Too few transitions for a hold-out: the training loss decided when to stop and who is an elite.',
      'The batch was cut from 64 to 20 transitions, all there are to learn from.',
    ]);
  });

  it('refuses data that teaches nothing, with a sentence', async () => {
    await expect(trainModel(request(quickOptions(), pendulumEpisodes(1, 3)))).rejects.toMatchObject({
      code: 'bad-data',
      message: 'There are 3 transitions in 1 episodes; a model needs at least 8.',
    });
  });

  it('learns beside a channel that never changes', async () => {
    const channels = { ...PENDULUM, observations: [...PENDULUM.observations, channel('bus voltage', 'V')] };
    const episodes = pendulumEpisodes(2, 60).map(({ id, columns }) =>
      episode(
        id,
        Array.from({ length: columns.rows }, (_, row) => [
          ...columns.observations.slice(2 * row, 2 * row + 2),
          7.4,
        ]).flat(),
        [...columns.actions],
      ),
    );
    const model = await trainModel({ ...request(), channels, episodes });
    const other = episodes.map(({ id, columns }) =>
      episode(id, [...columns.observations.map((v) => (v === 7.4 ? 11 : v))], [...columns.actions]),
    );
    const verdicts = await Promise.all(
      [episodes, other].map((on) => evaluateModel(model, on, { horizons: [5] })),
    );
    expect(verdicts[1]?.channels.slice(0, 2)).toEqual(verdicts[0]?.channels.slice(0, 2));
    expect(verdicts[1]?.channels[2]?.error).toEqual([0]);
    expect(model.summary.notes).toContain(
      '"bus voltage" never changes in this data: the model does not look at it and predicts that it goes on so.',
    );
  });

  it('is cancelled between two calls', async () => {
    const cancel = new AbortController();
    const training = trainModel({
      ...request(quickOptions({ epochs: 100_000, patience: 100_000 })),
      signal: cancel.signal,
      onProgress: ({ phase }) => phase === 'training' && cancel.abort(),
    });
    await expect(training).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('the verdict', () => {
  it('has no number where no start point is far enough from the end', async () => {
    const model = await trainModel(request(quickOptions({ epochs: 1 })));
    const evaluation = await evaluateModel(model, pendulumEpisodes(2, 12), { horizons: [40, 1, 11, 12] });
    expect(evaluation.horizons).toEqual([1, 11, 12, 40]);
    expect(evaluation.samples).toEqual([22, 2, 0, 0]);
    expect(evaluation.channels[0]?.error.map((error) => error === null)).toEqual([false, false, true, true]);
  });

  it('knows the trivial predictors: constant speed is exact for an angle that turns evenly', async () => {
    const model = await trainModel(request(quickOptions({ epochs: 1 })));
    const rows = Array.from({ length: 60 }, (_, row) => [
      Math.atan2(Math.sin(row / 4), Math.cos(row / 4)),
      5,
    ]);
    const even = episode(1, rows.flat(), [...Array<number>(59).fill(0), Number.NaN]);
    const { channels } = await evaluateModel(model, [even], { horizons: [1, 30] });
    expect(channels[0]?.velocity[1]).toBeLessThan(1e-9);
    expect(channels[0]?.last[0]).toBeCloseTo(0.25, 9);
    expect(channels[1]?.last).toEqual([0, 0]);
  });
});
