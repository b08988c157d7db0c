import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { eyesFiles } from '../../src/main/dynamics/latent/export-eyes';
import { readModel } from '../../src/main/dynamics/model-file';
import { nodeHost } from '../../src/main/processes/node-host';
import { RunInput, TrainInput } from '../../src/shared/contract';
import type { ModelSummary } from '../../src/shared/model';
import { PolicyTrainInput } from '../../src/shared/policy-training';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION } from './workspace';

const SEEN = { rig: 'pendulum-camera-partial', mode: 'lockstep', seed: 0 } as const;

const TINY = {
  class: {
    ...{ name: 'latent-recurrent', size: 16, encoderSteps: 4, window: 8, unroll: 2, latent: 4 },
    ...{ remembered: 8, inferred: 3, members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
} as const;

const train = async (core: Core, options: object = TINY) =>
  (await core.models.trainings.train(TrainInput.parse({ name: 'carried', options }))).done;

describe('a model that carries on what it has seen', () => {
  let folder: string;
  let core: Core;
  let hash: string;
  let evaluation: ModelSummary['evaluation'];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-recurrent-'));
    core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
    await core.rig.connect(SEEN);
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
    ({ hash, evaluation } = await train(core));
  });
  afterAll(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is read again as it was written, and is judged by what was not black', async () => {
    const { summary, eyes } = await readModel(core.models.fileOf(hash));
    expect(eyes?.summary).toMatchObject({
      ...{ stack: 1, latent: 4, recurrent: { remembered: 8, inferred: 3, actions: 1 } },
    });
    expect(summary.options.class.name).toBe('latent-recurrent');
    // Of the few starts that were kept out all are black one step ahead.
    const { horizons, explained } = evaluation!.pictures!;
    expect([horizons, explained[1]]).toEqual([[0, 1, 5, 10], null]);
    expect(explained[0]).toBeLessThanOrEqual(1);
    expect(evaluation?.channels.map(({ name }) => name)).toEqual(['z1', 'z2', 'z3', 'z4', 'reward']);
  });

  it('drives through black pictures, and the same again for the same seed', async () => {
    const drive = async () => {
      const [outcome] = await core.activity.run(
        RunInput.parse({
          ...{ model: hash, episodes: 1, seed: 5 },
          task: { ...core.rig.require().rig.file.task, maxSteps: 6 },
          planner: { method: 'cem', horizon: 5, candidates: 20, iterations: 2 },
        }),
      );
      const { id, steps } = outcome!.summary;
      expect(steps).toBe(6);
      return [...(await core.log.columns(id)).actions.subarray(0, 6)];
    };
    const first = await drive();
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await drive()).toEqual(first);
  });

  it('is exported with what it believes in and out, which goes on as the app does', async () => {
    const done = await core.models.export(hash, { file: join(folder, 'carried.onnx') });
    const { encoder, decoder } = eyesFiles(done.file);
    expect((await stat(encoder)).size).toBeGreaterThan(1000);
    expect((await stat(decoder)).size).toBeGreaterThan(1000);
    expect(done.largestDifference).toBeLessThan(1e-3);
  });

  it('shows what it says it saw, and imagines what comes, from a row on', async () => {
    const strip = await core.sights.strip(hash, 1, 20);
    expect(strip.moments.map(({ row }) => row)).toEqual([20, 21, 25, 30, 45]);
    expect(strip.moments.every(({ says }) => says.length > 0)).toBe(true);
  });

  it('is refused where it cannot be, with the reason', async () => {
    const short = { ...TINY, class: { ...TINY.class, unroll: 5 } };
    expect((await rejection(train(core, short))).message).toBe(
      'A window of 8 steps is too short for states that are carried over 5.',
    );
    const long = { ...TINY, class: { ...TINY.class, window: 64 } };
    expect((await rejection(train(core, long))).message).toContain('No episode has more than 64 steps');
    const policy = PolicyTrainInput.parse({
      ...{ rig: SEEN.rig, name: 'p', model: hash, where: 'model', algorithm: { name: 'sac' } },
    });
    expect((await rejection(core.policies.trainings.train(policy))).message).toContain(
      'no policy acts yet by what is carried on from step to step.',
    );
  });
});
