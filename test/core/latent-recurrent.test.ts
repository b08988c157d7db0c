import { cpSync } from 'node:fs';
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
import { PolicyEvaluateInput, PolicyTrainInput } from '../../src/shared/policy-training';
import { patientRig } from '../rig/patient-rig';
import { rejection } from '../rig/rig-helpers';
import { expectBelievedAsRecorded } from './carried-belief';
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
  });

  describe('and a policy that learned in its states', () => {
    const GRADIENT = { name: 'model-gradient', steps: 3, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };
    const shortTask = () => ({ ...core.rig.require().rig.file.task, maxSteps: 40 });
    const learn = async (algorithm: object = GRADIENT) => {
      const asked = { rig: SEEN.rig, task: shortTask(), model: hash, where: 'model' };
      const input = PolicyTrainInput.parse({ ...asked, evaluation: { episodes: 1 }, algorithm });
      return (await core.policies.trainings.train(input)).done;
    };
    const drive = async (more: object, hooks?: Parameters<Core['activity']['run']>[1]) => {
      const asked = { driver: 'policy', model: '', episodes: 1, seed: 5, task: shortTask() };
      const [outcome] = await core.activity.run(RunInput.parse({ ...asked, ...more }), hooks);
      return outcome!.summary;
    };
    let policy: string;
    beforeAll(async () => {
      ({ hash: policy } = await learn());
    });

    it('learns by each method, is judged in the simulation, and is the same again', async () => {
      const summary = await learn();
      expect(summary).toMatchObject({ hash: policy, learnedIn: 'model', model: hash });
      expect(summary.evaluation?.steps).toEqual([40]);
      const again = PolicyEvaluateInput.parse({ policy, episodes: 1 });
      expect((await core.policies.evaluate(again)).returns).toEqual(summary.evaluation?.returns);
      const small = { steps: 8, batchSize: 8, hiddenUnits: 8 };
      for (const more of [{ name: 'mbpo', randomSteps: 10, rolloutsPerStep: 2 }, { name: 'fitted-value' }]) {
        expect(await learn({ ...small, ...more })).toMatchObject({ learnedIn: 'model', model: hash });
      }
    });

    it('believes while it drives what the filter says of the recording, number by number', async () => {
      const { id, steps } = await drive({ policy });
      expect(steps).toBe(40);
      await expectBelievedAsRecorded({ core, folder }, policy, { id, steps, seed: 5 });
    });

    it('is imagined in the model, proposes plans beside a planner, and takes over', async () => {
      const imagined = await drive({ policy, model: hash });
      const { insight } = await core.episodes.rows(imagined.id, { from: 0, to: 6 });
      expect(insight!.expectedReturn.every((one) => Number.isFinite(one) && one !== 0)).toBe(true);
      const planner = { method: 'cem', horizon: 3, candidates: 20, iterations: 1 };
      let switched: Promise<void> | undefined;
      const asked = {
        driver: 'planner',
        beside: true,
        policy,
        model: hash,
        task: { ...shortTask(), maxSteps: 6 },
      };
      const { id } = await drive(
        { ...asked, planner: { ...planner, proposals: 4, terminalValue: true } },
        {
          onStep: (step) => {
            if (step === 3) switched = core.activity.adjust({ driver: 'policy' });
          },
        },
      );
      await switched;
      const events = await core.log.events(id);
      expect(events.map(({ message }) => message).join()).toContain('Switched to the policy at step');
    });

    it('is exported as one file with what it believes in and out, which goes on as the app does', async () => {
      const done = await core.policies.export(policy, { file: join(folder, `${policy}.onnx`) });
      expect(done).toMatchObject({ from: 'simulation' });
      expect(done.states).toBeGreaterThanOrEqual(100);
      expect(done.largestDifference).toBeLessThan(1e-4);
    });

    it('drives in real time', async () => {
      const rig = patientRig(folder, SEEN.rig);
      cpSync('resources/rigs/pendulum', join(folder, 'rigs', 'pendulum'), { recursive: true });
      await core.rig.connect({ ...SEEN, rig, mode: 'realtime' });
      const { id } = await drive({ policy, task: { ...shortTask(), maxSteps: 200 } });
      const { planMs } = await core.log.columns(id);
      expect(planMs.some(Number.isFinite)).toBe(true);
      await core.rig.connect(SEEN);
    });
  });
});
