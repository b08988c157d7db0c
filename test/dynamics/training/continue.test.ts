import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainRequest } from '../../../src/main/dynamics/training/request';
import { trainModel } from '../../../src/main/dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../../../src/main/dynamics/types';
import {
  GaussianOptions,
  GaussianProcessOptions,
  type TrainOptions,
} from '../../../src/shared/model-options';
import { channel, episode, PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics-helpers';

const OLD = pendulumEpisodes(4, 100);
const NEW = pendulumEpisodes(2, 100, 9);
const OPTIONS = quickOptions({ epochs: 300, patience: 10 });

const request = (changes: Partial<TrainRequest> = {}): TrainRequest => ({
  ...{ name: 'pendulum', rig: 'pendulum', channels: PENDULUM, episodes: [...OLD, ...NEW], options: OPTIONS },
  ...changes,
});
let parent: DynamicsModel;
beforeAll(async () => {
  parent = await trainModel(request({ episodes: OLD }));
});

describe('going on from a model when new episodes arrive', () => {
  it('needs fewer passes than learning all of it afresh, and remembers the model', async () => {
    const fresh = await trainModel(request());
    const continued = await trainModel(request({ from: parent }));
    const best = ({ summary }: DynamicsModel) =>
      Math.min(...summary.curve.map(({ holdOut }) => holdOut as number));
    // What both come to; losses of neighbouring passes differ by a tenth.
    const reached = Math.max(best(fresh), best(continued)) + 0.1;
    const passesTo = ({ summary }: DynamicsModel) =>
      summary.curve.findIndex(({ holdOut }) => (holdOut as number) < reached);
    expect(passesTo(continued)).toBeLessThan(0.5 * passesTo(fresh));
    expect(continued.summary.parent).toBe(parent.summary.hash);
    expect(fresh.summary.parent).toBeNull();
    expect(continued.normaliser).toEqual(parent.normaliser);
    expect(continued.summary.notes.at(-1)).toMatch(
      /^Went on from "pendulum" \([0-9a-f]{8}\), which may have/,
    );
  });

  it('leaves the model that it went on from as it was', async () => {
    const before = structuredClone(parent);
    await trainModel(request({ from: parent, options: { ...OPTIONS, epochs: 2 } }));
    expect(parent).toEqual(before);
  });

  const differences: [string, Partial<TrainOptions>, string][] = [
    ['another class', { class: GaussianOptions.parse({ name: 'gaussian' }) }, 'the class ensemble'],
    ['another network', { class: { ...OPTIONS.class, hiddenUnits: 64 } as never }, '"hiddenUnits" 32'],
    ['another loss', { loss: { name: 'dad', rounds: 1, steps: 5 } }, 'the loss one-step'],
    ['another history', { history: 2 }, '"history" 1'],
  ];
  it.each(differences)('is refused with a sentence for %s', async (_, changes, what) => {
    const training = trainModel(request({ from: parent, options: { ...OPTIONS, ...changes } }));
    await expect(training).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining(`it has ${what}, and the training asks for`),
    });
  });

  it('is refused with a sentence for other channels', async () => {
    const channels = { ...PENDULUM, observations: [PENDULUM.observations[0], channel('speed', 'deg/s')] };
    const training = trainModel(request({ from: parent, channels: channels as typeof PENDULUM }));
    await expect(training).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining('asks for angle (rad, angle), speed (deg/s).'),
    });
  });

  it('begins to look at a channel that never changed before, and says so', async () => {
    const channels = { ...PENDULUM, observations: [...PENDULUM.observations, channel('bus', 'V')] };
    const withBus = (episodes: TrainingEpisode[], volts: (row: number) => number) =>
      episodes.map(({ id, columns }) =>
        episode(
          id,
          Array.from({ length: columns.rows }, (_, row) => [
            ...columns.observations.slice(2 * row, 2 * row + 2),
            volts(row),
          ]).flat(),
          [...columns.actions],
        ),
      );
    const options = { ...OPTIONS, epochs: 3 };
    const still = await trainModel(request({ channels, options, episodes: withBus(OLD, () => 7.4) }));
    const continued = await trainModel(
      request({
        channels,
        options,
        from: still,
        episodes: withBus([...OLD, ...NEW], (row) => 7 + (row % 5)),
      }),
    );
    const bus = continued.normaliser.inputMean.length - 2;
    expect(still.normaliser.inputStd[bus]).toBe(0);
    expect(continued.normaliser.inputStd[bus]).toBeCloseTo(Math.SQRT2, 1);
    expect(continued.normaliser.inputStd[0]).toBe(still.normaliser.inputStd[0]);
    expect(continued.summary.notes).toContainEqual(
      expect.stringMatching(
        /^Input "bus" never changed for "pendulum" .*; from now on the model looks at it\.$/,
      ),
    );
    expect(continued.summary.notes).not.toContainEqual(expect.stringMatching(/^Input "bus" never changes/));
  });

  it('fits a class anew that does not go on from weights, and says so', async () => {
    const options = {
      ...OPTIONS,
      class: GaussianProcessOptions.parse({ name: 'gaussian-process', iterations: 5 }),
    };
    const from = await trainModel(request({ options, episodes: OLD }));
    const again = await trainModel(request({ options, from }));
    const fresh = await trainModel(request({ options }));
    expect(again.weights).toEqual(fresh.weights);
    expect(again.summary.notes.at(-1) ?? '').not.toMatch(/^Went on/);
    expect(again.summary.notes).toContainEqual(
      expect.stringMatching(/it was fitted anew to all the data\.$/),
    );
  });
});
