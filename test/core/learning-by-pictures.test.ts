import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { readModel } from '../../src/main/dynamics/model-file';
import { nodeHost } from '../../src/main/processes/node-host';
import type { SpawnedProcess } from '../../src/main/processes/port';
import { RunInput, TrainInput } from '../../src/shared/contract';
import { start } from '../cli/interrupted';
import { patientRig } from '../rig/patient-rig';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION } from './workspace';

const SEEN = { rig: 'pendulum-camera', mode: 'lockstep', seed: 0 } as const;
const PLANNER = { method: 'cem', horizon: 5, candidates: 20, iterations: 2 } as const;
/** Little enough to be learned in a second. */
const FRAME = {
  class: {
    ...{ name: 'latent-frame', size: 16, encoderSteps: 5, unroll: 2, latent: 4 },
    ...{ members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
} as const;
const RECURRENT = {
  class: {
    ...{ name: 'latent-recurrent', size: 16, encoderSteps: 4, window: 8, unroll: 2, latent: 4 },
    ...{ remembered: 8, inferred: 3, members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
} as const;

/** A workspace with three episodes and a model of each class; every test works on a copy. */
let taught: string;
const hashes: Record<string, string> = {};
/** Processes of the core in hand that have not ended. */
const alive = new Set<SpawnedProcess>();

async function openCore(folder: string): Promise<Core> {
  const host = nodeHost();
  return createCore({
    ...{ folder, hostKind: 'node', version: 'test' },
    host: {
      kind: 'node',
      spawn: async (entry, options) => {
        const process = await host.spawn(entry, options);
        alive.add(process);
        process.onClose(() => alive.delete(process));
        return process;
      },
    },
  });
}

async function withTaughtCore<T>(work: (core: Core, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-learning-by-pictures-'));
  await cp(taught, folder, { recursive: true });
  const core = await openCore(folder);
  try {
    await core.rig.connect(SEEN);
    return await work(core, folder);
  } finally {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  }
}

beforeAll(async () => {
  taught = await mkdtemp(join(tmpdir(), 'foresight-taught-by-pictures-'));
  const core = await openCore(taught);
  await core.rig.connect(SEEN);
  await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
  for (const options of [FRAME, RECURRENT]) {
    const { name } = options.class;
    hashes[name] = (await (await core.models.trainings.train(TrainInput.parse({ name, options }))).done).hash;
  }
  await core.close();
});
afterAll(() => rm(taught, { recursive: true, force: true }));

const drive = (core: Core, model: string, adapt: object, more: object = {}) =>
  core.activity.run(
    RunInput.parse({
      ...{ model, seed: 5, planner: PLANNER, adapt },
      task: { ...core.rig.require().rig.file.task, maxSteps: 50 },
      ...more,
    }),
  );

const swapsIn = async (core: Core, episode: number) =>
  (await core.log.events(episode)).filter(({ kind }) => kind === 'model-swapped');

/** The models that came of lessons, in their order. */
const lessonsOf = async (core: Core) =>
  (await core.models.list())
    .filter(({ name }) => name.includes('-adapted-'))
    .sort((a, b) => a.createdAt - b.createdAt);

const encoderOf = async (core: Core, hash: string) =>
  (await readModel(core.models.fileOf(hash))).eyes?.arrays;

/** Resolves when a lesson is being learned. */
async function lesson(core: Core): Promise<number> {
  for await (const jobs of core.models.progress()) {
    const running = jobs.find(({ state }) => state === 'running');
    if (running) return running.id;
  }
  throw new Error('no lesson began');
}

describe.each(['latent-frame', 'latent-recurrent'])('a run with a model of the class %s', (name) => {
  it('learns from what it has just seen, and plans with that between two steps', async () => {
    await withTaughtCore(async (core, folder) => {
      const first = hashes[name] as string;
      const pictures = async () => (await readdir(join(folder, 'frames'))).sort();
      const before = await pictures();
      const [outcome] = await drive(core, first, { retrain: 'running', everySteps: 20 });
      const { id, steps } = outcome!.summary;
      expect(steps).toBe(50);
      const swaps = await swapsIn(core, id);
      expect(swaps.map(({ step }) => step)).toEqual([20, 41]);
      const models = await lessonsOf(core);
      expect(models.map(({ name: called, parent }) => [called, parent])).toEqual([
        [`${name}-adapted-1`, first],
        [`${name}-adapted-2`, models[0]?.hash],
      ]);
      expect(swaps.map(({ message }) => message.split(' ')[2])).toEqual(models.map(({ hash }) => hash));
      // All that was seen by then, the newest step too.
      const rowsOf = (model: (typeof models)[number]) =>
        (model.learned ?? []).filter(({ episode }) => episode === id).map(({ rows }) => rows);
      expect(models.map(rowsOf)).toEqual([[21], [42]]);
      expect(await encoderOf(core, models[1]!.hash)).toEqual(await encoderOf(core, first));
      // Those of half an episode are of no use to anybody else.
      expect(await pictures()).toEqual(before);
    });
  });

  it('learns to see on where it is asked to, and is gone on from like any other', async () => {
    await withTaughtCore(async (core) => {
      const first = hashes[name] as string;
      const outcomes = await drive(core, first, { retrain: 'between', encoderMore: 3 }, { episodes: 2 });
      expect(outcomes.map(({ summary }) => summary.steps)).toEqual([50, 50]);
      const [model] = await lessonsOf(core);
      expect(await swapsIn(core, outcomes[1]!.summary.id)).toMatchObject([{ step: 0 }]);
      expect(await encoderOf(core, model!.hash)).not.toEqual(await encoderOf(core, first));
      const { options } = model!;
      const input = TrainInput.parse({ name: 'further', options, from: model!.hash });
      const further = await (await core.models.trainings.train(input)).done;
      expect(further.parent).toBe(model!.hash);
      expect(further.evaluation?.pictures?.horizons).toEqual([0, 1, 5, 10]);
    });
  });
});

describe('what is learned from beside a run', () => {
  it('are the episodes that the cameras of the model saw; what was recorded before the rig had one is left out', async () => {
    await withTaughtCore(async (core) => {
      await core.rig.cameras?.terminate();
      await core.activity.record({ ...RANDOM_MOTION, episodes: 1, maxSteps: 30 });
      await core.rig.connect(SEEN);
      await drive(core, hashes['latent-frame'] as string, { retrain: 'running', everySteps: 30 });
      const [model] = await lessonsOf(core);
      expect(model?.episodes).toEqual([1, 2, 3, 5]);
    });
  });

  it('is the same every time in lockstep, and so is what is done with it', async () => {
    const run = () =>
      withTaughtCore(async (core) => {
        const adapt = { retrain: 'running', everySteps: 30, encoderMore: 2 };
        const [outcome] = await drive(core, hashes['latent-frame'] as string, adapt);
        const [model] = await lessonsOf(core);
        const { actions } = await core.log.columns(outcome!.summary.id);
        return { hash: model?.hash, actions: [...actions.subarray(0, 50)] };
      });
    const first = await run();
    expect(first.hash).toBeDefined();
    expect(await run()).toEqual(first);
  });
});

describe('a run that learns by pictures beside', () => {
  const running = { retrain: 'running', everySteps: 20 };

  it('waits for nothing in real time, and goes on with what it has learned of the episode so far', async () => {
    await withTaughtCore(async (core, folder) => {
      await cp('resources/rigs/pendulum', join(folder, 'rigs', 'pendulum'), { recursive: true });
      await core.rig.connect({ ...SEEN, rig: patientRig(folder, SEEN.rig), mode: 'realtime' });
      const first = hashes['latent-frame'] as string;
      const task = { ...core.rig.require().rig.file.task, maxSteps: 100_000 };
      let swappedAt = Number.POSITIVE_INFINITY;
      const over = core.activity.run(
        RunInput.parse({ model: first, planner: PLANNER, adapt: { ...running, everySteps: 130 }, task }),
        {
          onStep: (step) => {
            const { model } = core.telemetry.activity;
            if (model !== null && model !== first) swappedAt = Math.min(swappedAt, step);
            // Some plans of the new one.
            if (step > swappedAt + 20) core.activity.finish();
          },
        },
      );
      const [outcome] = await over;
      expect(outcome).toMatchObject({ endedBy: 'asked', error: null });
      const { id } = outcome!.summary;
      const [model] = await lessonsOf(core);
      expect(model?.parent).toBe(first);
      // What was seen of it when the lesson began.
      const learned = model?.learned?.find(({ episode }) => episode === id)?.rows ?? 0;
      expect(learned).toBeGreaterThan(100);
      expect(learned).toBeLessThan(swappedAt);
      const { planMs } = await core.log.columns(id);
      expect([...planMs.subarray(swappedAt)].some(Number.isFinite)).toBe(true);
    });
  });

  it('goes on with the model that it has when its lesson is cancelled', async () => {
    await withTaughtCore(async (core) => {
      const over = drive(core, hashes['latent-frame'] as string, { retrain: 'running', everySteps: 30 });
      core.models.cancel(await lesson(core));
      const [outcome] = await over;
      expect(outcome).toMatchObject({ endedBy: 'step limit', summary: { steps: 50 } });
      expect(core.models.jobs().map(({ state }) => state)).toEqual(['cancelled']);
      expect(await lessonsOf(core)).toEqual([]);
    });
  });

  it('ends at once on an e-stop: the lesson is cancelled, and its process is gone', async () => {
    await withTaughtCore(async (core, folder) => {
      const over = drive(core, hashes['latent-frame'] as string, running);
      await lesson(core);
      // It is ended in the middle of putting pictures down.
      await expect.poll(() => alive.size).toBe(2);
      const half = `.half.u8.${[...alive].at(-1)?.pid}.part`;
      await writeFile(join(folder, 'frames', half), 'half');
      await core.rig.stop('the test');
      const [outcome] = await over;
      expect(outcome?.reason).toContain('Emergency stop by the test.');
      expect(outcome?.summary.state).toBe('interrupted');
      expect(core.models.jobs().map(({ state }) => state)).toEqual(['cancelled']);
      expect(await lessonsOf(core)).toEqual([]);
      await core.rig.disconnect();
      expect(await readdir(join(folder, 'frames'))).not.toContain(half);
      await expect.poll(() => alive.size).toBe(0);
      expect((await core.log.check()).damage).toEqual([]);
    });
  });

  it('does not drive on by a camera that is lost meanwhile, and ends with that', async () => {
    await withTaughtCore(async (core) => {
      const over = rejection(drive(core, hashes['latent-frame'] as string, running));
      await lesson(core);
      await core.rig.cameras?.terminate();
      expect(await over).toMatchObject({
        code: 'unavailable',
        message: 'Camera "side" shows nothing new, and this model plans by what it sees.',
      });
      await core.rig.disconnect();
      await expect.poll(() => alive.size).toBe(0);
      expect((await core.log.check()).damage).toEqual([]);
    });
  });

  it('leaves nothing behind on Ctrl-C: no process, no lock and no half a model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-learning-by-pictures-'));
    await cp(taught, folder, { recursive: true });
    try {
      const models = (await readdir(join(folder, 'models'))).sort();
      const command = start(
        [
          ...['run', '--rig', SEEN.rig, '--model', hashes['latent-frame'] as string, '--planner', 'cem'],
          ...['--horizon', '5', '--candidates', '20', '--iterations', '2'],
          ...['--retrain', 'running', '--every-steps', '20', '--encoder-more', '100000'],
        ],
        folder,
      );
      const isLearning = () => command.left().some((line) => line.includes('train-process'));
      await command.before(expect.poll(isLearning).toBe(true));
      command.interrupt('SIGINT');
      const { code, stderr } = await command.over;
      expect([code, stderr]).toEqual([1, expect.stringContaining('Stopped by Ctrl-C.')]);
      await expect.poll(command.left).toEqual([]);
      expect((await readdir(join(folder, 'models'))).sort()).toEqual(models);
      const core = await openCore(folder);
      const episodes = await core.log.episodes({});
      expect(episodes.at(-1)).toMatchObject({ id: 4, state: 'interrupted' });
      expect((await core.log.check()).damage).toEqual([]);
      await core.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('what a model that learned from pictures does not do beside a run', () => {
  it('is refused before anything moves, each time with the reason', async () => {
    await withTaughtCore(async (core) => {
      const options = { class: { name: 'deterministic', hiddenUnits: 8 }, epochs: 2 };
      await (await core.models.trainings.train(TrainInput.parse({ name: 'channels', options }))).done;
      const refused = async (adapt: object, more: object = {}) =>
        (await rejection(drive(core, hashes['latent-frame'] as string, adapt, more))).message;
      expect(await refused({ onChange: 'retrain' })).toBe(
        'The model "latent-frame" learned from pictures: it is not watched, so that no change of the plant is noticed by it.',
      );
      expect(await refused({ retrain: 'running' }, { driver: 'policy', policy: 'none' })).toContain('none');
      expect(await refused({ encoderMore: 5 }, { model: 'channels' })).toBe(
        'The model "channels" learned from channels: there is no encoder that could learn on.',
      );
      expect(await core.log.runs()).toEqual([]);
    });
  });
});
