import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { eyesFiles } from '../../src/main/dynamics/latent/export-eyes';
import { readModel } from '../../src/main/dynamics/model-file';
import { nodeHost } from '../../src/main/processes/node-host';
import { RunInput, TrainInput } from '../../src/shared/contract';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION, withTestCore } from './workspace';

const SEEN = { rig: 'pendulum-camera', mode: 'lockstep', seed: 0 } as const;

const TINY = {
  class: {
    name: 'latent-frame',
    size: 16,
    encoderSteps: 5,
    unroll: 2,
    latent: 4,
    members: 2,
    elites: 2,
    hiddenUnits: 8,
  },
  epochs: 3,
} as const;

const train = async (core: Core, options: object = TINY, episodes?: number[]) =>
  (
    await core.models.trainings.train(
      TrainInput.parse({ name: 'seen', options, ...(episodes && { episodes }) }),
    )
  ).done;

const record = (core: Core, episodes: number, maxSteps: number) =>
  core.activity.record({ ...RANDOM_MOTION, episodes, maxSteps });

const drive = (core: Core, model: string, more: object = {}) =>
  core.activity.run(
    RunInput.parse({
      ...{ model, episodes: 1, seed: 5, task: { ...core.rig.require().rig.file.task, maxSteps: 6 } },
      planner: { method: 'cem', horizon: 5, candidates: 20, iterations: 2 },
      ...more,
    }),
  );

describe('a model that learned from pictures', () => {
  it('is read again as it was written, says what it looks through, and is judged by what it did not see', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(SEEN);
      await record(core, 3, 60);
      const summary = await train(core);
      expect(summary.eyes).toEqual({
        ...{
          camera: 'side',
          width: 64,
          height: 64,
          size: 16,
          colour: 'grey',
          stack: 2,
          encoder: 'keypoints',
        },
        ...{
          latent: 4,
          motion: 'learned',
          decoder: 'squares',
          ends: false,
          beside: [],
          acts: 1,
          recurrent: null,
          observations: ['angle', 'velocity'],
        },
      });
      expect(summary.observations.map(({ name }) => name)).toEqual(['z1', 'z2', 'z3', 'z4']);
      const { channels, judgedOn, pictures } = summary.evaluation!;
      expect(pictures?.horizons).toEqual([0, 1, 5, 10]);
      expect(pictures!.explained.every((share) => share !== null && share <= 1)).toBe(true);
      expect(pictures!.channels?.map(({ name }) => name)).toEqual(['angle', 'velocity']);
      expect(pictures!.channels?.every(({ explained }) => explained.length === 4)).toBe(true);
      expect(channels.map(({ name }) => name)).toEqual(['z1', 'z2', 'z3', 'z4', 'reward']);
      expect(judgedOn.kind).toBe('unseen');
      expect(channels.every(({ error }) => Number.isFinite(error[0]))).toBe(true);
      const read = await readModel(core.models.fileOf(summary.hash));
      expect(read.eyes?.summary).toEqual(summary.eyes);
      expect(read.summary.hash).toBe(summary.hash);
      // The same recording, options and seed give the same encoder, to the bit.
      expect((await train(core)).hash).toBe(summary.hash);
    });
  });
});

describe('the state of a model that learned from pictures', () => {
  it('holds whether the episode has ended, where tasks end some, and the channels that were asked for', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...SEEN, rig: 'cartpole-balance-camera' });
      await record(core, 8, 60);
      const options = { ...TINY, class: { ...TINY.class, channels: 'cart_velocity, cart_position' } };
      const model = await train(core, options);
      const names = ['z1', 'z2', 'z3', 'z4', 'ended', 'cart_velocity', 'cart_position'];
      expect(model.observations.map(({ name }) => name)).toEqual(names);
      expect(model.observations.at(-1)).toMatchObject({ unit: 'm', limits: [-2.4, 2.4] });
      const { task } = core.rig.require().rig.file;
      const [outcome] = await drive(core, model.hash, { task: { ...task, maxSteps: 4 } });
      expect(outcome!.summary.steps).toBeGreaterThan(0);
      const file = join(core.options.folder, 'seen.onnx');
      const done = await core.models.export(model.hash, { file });
      expect(done.largestDifference).toBeLessThan(1e-3);
      const wrong = { ...TINY, class: { ...TINY.class, channels: 'cart_velocity,pole' } };
      const error = await rejection(train(core, wrong));
      expect(error.message).toBe('These episodes have no channel "pole".');
      expect(error.next).toContain('pole_angle');
    });
  });
});

describe('whether an episode has ended', () => {
  it('is part of a state where the task of the rig can end one, so that it can be learned when one has', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...SEEN, rig: 'cartpole-balance-camera' });
      // The pole has not fallen by then.
      await record(core, 25, 4);
      const early = await train(core);
      expect(early.eyes?.ends).toBe(true);
      await record(core, 2, 60);
      const input = TrainInput.parse({ name: 'later', options: TINY, from: early.hash });
      const later = await (await core.models.trainings.train(input)).done;
      expect(later.parent).toBe(early.hash);
      expect(later.observations.map(({ name }) => name)).toContain('ended');
      expect(later.notes.join(' ')).toMatch(/"ended" .*from now on/);
    });
  });
});

describe('a run with a model that learned from pictures', () => {
  let folder: string;
  let core: Core;
  let hash: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-latent-'));
    core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
    await core.rig.connect(SEEN);
    await record(core, 3, 50);
    ({ hash } = await train(core));
  });
  afterAll(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('drives by what the camera shows at the step itself, and the same again for the same seed', async () => {
    const actions = async () => {
      const [outcome] = await drive(core, hash);
      const { id, steps } = outcome!.summary;
      expect(steps).toBe(6);
      expect(await core.log.cameras(id)).toMatchObject([{ frames: 7, dropped: 0 }]);
      const { hostSeconds } = await core.log.frameTimes(id, 0);
      const columns = await core.log.columns(id);
      expect([...hostSeconds]).toEqual([...columns.hostSeconds]);
      expect([...columns.planMs.subarray(0, 6)].every(Number.isFinite)).toBe(true);
      return [...columns.actions.subarray(0, 6)];
    };
    const first = await actions();
    expect(await actions()).toEqual(first);
  });

  it('fits its plans to the time that there is, as every planner does', async () => {
    const planner = { method: 'cem', horizon: 5, candidates: 20, iterations: 2, budget: 'auto' };
    const [outcome] = await drive(core, hash, { planner });
    expect(outcome!.summary.steps).toBe(6);
  });

  it('is gone on from with the eyes that it has, and with no others', async () => {
    const further = async (size: number, encoderMore = 0) => {
      const options = { ...TINY, class: { ...TINY.class, size, encoderMore } };
      const input = TrainInput.parse({ name: 'further', rig: 'pendulum-camera', options, from: hash });
      return (await core.models.trainings.train(input)).done;
    };
    const { message } = await rejection(further(24));
    expect(message).toContain('it has "size" 16, and the training asks for 24.');
    const { eyes, parent } = await further(16);
    expect([eyes?.size, parent]).toEqual([16, hash]);
    const arrays = async (of: string) => (await readModel(core.models.fileOf(of))).eyes?.arrays;
    const before = await arrays(hash);
    expect(await arrays((await further(16)).hash)).toEqual(before);
    const after = await arrays((await further(16, 3)).hash);
    expect(after?.get('encoder/layer0/kernel')).not.toEqual(before?.get('encoder/layer0/kernel'));
  });

  it('is exported with its encoder and decoder, which infer what the app infers', async () => {
    const done = await core.models.export(hash, { file: join(folder, '..', `${hash}.onnx`) });
    const { encoder, decoder } = eyesFiles(done.file);
    expect((await stat(encoder)).size).toBeGreaterThan(1000);
    expect((await stat(decoder)).size).toBeGreaterThan(1000);
    expect(done.largestDifference).toBeLessThan(1e-3);
    for (const one of [done.file, encoder, decoder]) await rm(one);
  });

  it('does not drive on by an old picture when the camera goes blind', async () => {
    await core.rig.connect(SEEN);
    await core.rig.cameras?.terminate();
    const error = await rejection(drive(core, hash));
    expect(error.code).toBe('unavailable');
    expect(error.message).toBe('Camera "side" shows nothing new, and this model plans by what it sees.');
  });

  it('is refused where it cannot be, each time with the reason', async () => {
    await core.rig.disconnect();
    await core.rig.connect({ ...SEEN, rig: 'pendulum' });
    expect((await rejection(drive(core, hash))).message).toBe(
      'The model "seen" was learned on the camera "side" of 64 × 64 pixels; the rig pendulum has no such camera.',
    );
  });
});

describe('a model whose encoder learned without reconstruction', () => {
  it.each(['consistency', 'redundancy'] as const)(
    'by %s is judged, shown and goes on like any other',
    async (seeBy) => {
      await withTestCore(async (core) => {
        await core.rig.connect(SEEN);
        await record(core, 3, 50);
        const options = { ...TINY, class: { ...TINY.class, seeBy } };
        const { hash, evaluation } = await train(core, options);
        expect(evaluation?.pictures?.horizons).toEqual([0, 1, 5, 10]);
        expect(evaluation?.pictures?.explained.every((share) => share !== null && share <= 1)).toBe(true);
        const strip = await core.sights.strip(hash, 1, 20);
        expect(strip.moments.every(({ says }) => says.length > 0)).toBe(true);
        const further = { ...TINY, class: { ...TINY.class, seeBy, encoderMore: 3 } };
        const input = TrainInput.parse({ name: 'further', rig: SEEN.rig, options: further, from: hash });
        expect((await (await core.models.trainings.train(input)).done).parent).toBe(hash);
        const other = TrainInput.parse({ name: 'further', rig: SEEN.rig, options: TINY, from: hash });
        const { message } = await rejection((await core.models.trainings.train(other)).done);
        expect(message).toContain(`it has "seeBy" ${seeBy}, and the training asks for reconstruction.`);
      });
    },
  );
});

describe('what cannot be learned from', () => {
  it('is said before anything is learned', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(SEEN);
      await record(core, 1, 10);
      expect((await rejection(train(core))).message).toContain(
        'Camera "side" took 11 pictures in these episodes; a model that learns from pictures needs at least 100.',
      );
      await record(core, 2, 60);
      const crop = { class: { ...TINY.class, crop: '40,0,30,64' } };
      expect((await rejection(train(core, crop))).message).toBe(
        'The part of 30 × 64 pixels from 40, 0 is not inside pictures of 64 × 64.',
      );
      const camera = { class: { ...TINY.class, camera: 'top' } };
      expect((await rejection(train(core, camera))).message).toBe(
        'Episode 1 has no camera "top"; it has "side".',
      );
      const long = { class: { ...TINY.class, unroll: 50 } };
      expect((await rejection(train(core, long, [1, 2]))).message).toContain('pictures');
      await core.rig.connect({ ...SEEN, rig: 'pendulum' });
      await record(core, 2, 60);
      expect((await rejection(train(core, TINY, [4, 5]))).message).toBe(
        'Episode 4 was recorded without a camera.',
      );
    });
  });
});
