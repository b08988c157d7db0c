import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import type { EpisodeOutcome } from '../../src/main/core/conductor';
import { builtInRigsFolder } from '../../src/main/rig/files';
import { TrainInput } from '../../src/shared/contract';
import type { EpisodeEvent } from '../../src/shared/episode';
import type { StartDistribution } from '../../src/shared/rig';
import { lacksStudies } from '../needs';
import { withTestCore } from './workspace';

/** The swing-up cart-pole, started anywhere: random motion from there shows a model the whole plant in a minute. */
const ANYWHERE: StartDistribution = {
  cart: { position: { uniform: [-1, 1] }, velocity: { uniform: [-2, 2] } },
  pole: { position: { uniform: [-3.2, 3.2] }, velocity: { uniform: [-6, 6] } },
};
/** Nearly upright and at rest. */
const UPRIGHT: StartDistribution = {
  cart: { position: { uniform: [-0.1, 0.1] } },
  pole: { position: { uniform: [3.04, 3.24] } },
};
const PLANNER = { method: 'mppi', horizon: 25, candidates: 150, iterations: 2, drawCandidates: 0 } as const;

/** A workspace with a model of the plant, learned once for all tests; each works on a copy. */
let taught: string;
let model: string;
/** The episodes in which it became good: it was taught anew between every two of them. */
let learning: EpisodeOutcome[];

async function writeRig(folder: string, name: string, mujoco: Record<string, unknown>): Promise<string> {
  const from = join(builtInRigsFolder(), 'cartpole-swingup');
  const to = join(folder, name);
  await mkdir(to, { recursive: true });
  await cp(join(from, 'cartpole.xml'), join(to, 'cartpole.xml'));
  const file = JSON.parse(await readFile(join(from, 'rig.json'), 'utf8'));
  Object.assign(file.mujoco, mujoco);
  await writeFile(join(to, 'rig.json'), JSON.stringify(file));
  return to;
}

async function withTaughtCore<T>(work: (core: Core, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-adaptation-'));
  try {
    await cp(taught, folder, { recursive: true });
    return await withTestCore((core) => work(core, folder), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const eventsOf = async (core: Core, kind: EpisodeEvent['kind']) => {
  const episodes = await core.log.episodes();
  const all = await Promise.all(
    episodes.map(async ({ id }) => (await core.log.events(id)).map((event) => ({ episode: id, ...event }))),
  );
  return all.flat().filter((event) => event.kind === kind);
};

const connect = async (core: Core, rig: string) => core.rig.connect({ rig, mode: 'lockstep', seed: 1 });

beforeAll(async () => {
  taught = await mkdtemp(join(tmpdir(), 'foresight-taught-'));
  await withTestCore(async (core) => {
    await connect(core, await writeRig(taught, 'anywhere', { start: ANYWHERE }));
    await core.activity.record({
      ...{ episodes: 50, maxSteps: 25, useTermination: true, holdSteps: 2, amplitude: 1, seed: 1 },
    });
    const options = {
      class: { name: 'ensemble', members: 3, elites: 3, hiddenUnits: 128 },
      batchSize: 64,
      epochs: 120,
    };
    // Some episodes alone, so that there is something left to be learned.
    const few = { episodes: Array.from({ length: 10 }, (_, i) => i + 1), last: 0 };
    const asked = TrainInput.parse({ options, ...few });
    const training = await core.models.trainings.train(asked, undefined, 'errors');
    const first = (await training.done).hash;
    await connect(core, await writeRig(taught, 'sound', {}));
    learning = await core.activity.run({
      ...{ model: first, planner: PLANNER, episodes: 5, seed: 2, adapt: { retrain: 'between' } },
    });
    const models = (await core.models.list()).sort((a, b) => b.createdAt - a.createdAt);
    model = models[0]!.hash;
  }, taught);
});

afterAll(() => rm(taught, { recursive: true, force: true }));

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('retraining between episodes', () => {
  it('teaches the model anew on everything after every episode, and the next one is planned with it', async () => {
    await withTaughtCore(async (core) => {
      const swaps = await eventsOf(core, 'model-swapped');
      const ids = learning.map(({ summary }) => summary.id);
      // Before the first step of every episode but the first.
      expect(swaps.map(({ episode, step }) => [episode, step])).toEqual(ids.slice(1).map((id) => [id, 0]));
      expect(swaps.at(-1)!.message).toContain(model);
      expect(learning.at(-1)!.return).toBeGreaterThan(1.5 * learning[0]!.return);
    });
  });
});

describe('a plant that changes while it runs', () => {
  it.skipIf(lacksStudies)(
    'is noticed, announced and recovered from, and no plan is missed over it',
    async () => {
      await withTaughtCore(async (core, folder) => {
        const run = { model, planner: PLANNER, seed: 4 };
        await connect(core, await writeRig(folder, 'sound', {}));
        const sound = await core.activity.run({ ...run, episodes: 1 });
        expect(await eventsOf(core, 'plant-changed')).toEqual([]);

        const worn = await writeRig(folder, 'worn', {
          changes: [{ atStep: 60, actuator: 'drive', gain: 0.6 }],
        });
        await connect(core, worn);
        const old = await core.activity.run({ ...run, episodes: 2 });
        const [announced] = await eventsOf(core, 'plant-changed');
        expect(announced).toMatchObject({ episode: old[0]!.summary.id });
        expect(announced!.step).toBeGreaterThanOrEqual(60);
        expect(announced!.step).toBeLessThanOrEqual(100);
        expect(announced!.message).toMatch(/prediction errors of "(Cart|Pole) .*" grew .* since step 6\d\.$/);

        await connect(core, worn);
        const adapted = await core.activity.run({ ...run, episodes: 3, adapt: { onChange: 'retrain' } });
        const swaps = (await eventsOf(core, 'model-swapped')).filter(
          ({ episode }) => episode >= adapted[0]!.summary.id,
        );
        expect(swaps[0]).toMatchObject({ episode: adapted[0]!.summary.id });
        expect(swaps[0]!.message).toContain('50 steps');
        // With the old model the weaker cart does not get the pole up; with the new one it nearly does as before.
        expect(adapted[2]!.return).toBeGreaterThan(1.3 * old[1]!.return);
        expect(adapted[2]!.return).toBeGreaterThan(0.75 * sound[0]!.return);
        expect(mean(adapted.map(({ summary }) => summary.missedPlans))).toBe(0);
      });
    },
  );

  it.skipIf(lacksStudies)('is learned in lockstep the same way every time', async () => {
    const run = () =>
      withTaughtCore(async (core, folder) => {
        await connect(
          core,
          await writeRig(folder, 'worn', {
            start: UPRIGHT,
            changes: [{ atStep: 5, actuator: 'drive', gain: 0.3 }],
          }),
        );
        const file = core.rig.require().rig.file;
        const [outcome] = await core.activity.run({
          ...{
            model,
            planner: { ...PLANNER, candidates: 50 },
            seed: 5,
            task: { ...file.task, maxSteps: 75 },
          },
          adapt: { onChange: 'retrain' },
        });
        const columns = await core.log.columns(outcome!.summary.id);
        return { swaps: await eventsOf(core, 'model-swapped'), observations: [...columns.observations] };
      });
    const first = await run();
    expect(first.swaps.length).toBeGreaterThan(learning.length - 1);
    expect(await run()).toEqual(first);
  });
});

describe('adjusting a run', () => {
  it.skipIf(lacksStudies)('takes a new reward on the old model from the next plan on', async () => {
    await withTaughtCore(async (core, folder) => {
      await connect(core, await writeRig(folder, 'upright', { start: UPRIGHT }));
      const { task } = core.rig.require().rig.file;
      const there = (x: number) =>
        `exp(-square(cart_position - ${x})) - square(wrap(pole_angle - pi)) - 0.01 * square(drive)`;
      let adjusted: Promise<void> | undefined;
      const [outcome] = await core.activity.run(
        { model, planner: PLANNER, seed: 6, task: { ...task, reward: there(0), maxSteps: 160 } },
        {
          onStep: (step) => {
            if (step === 60) adjusted = core.activity.adjust({ task: { ...task, reward: there(0.8) } });
          },
        },
      );
      await adjusted;
      const { rows, observations, reward } = await core.log.columns(outcome!.summary.id);
      const positions = Array.from({ length: rows }, (_, row) => observations[row * 4]!);
      expect(Math.abs(mean(positions.slice(40, 60)))).toBeLessThan(0.3);
      expect(mean(positions.slice(-30))).toBeGreaterThan(0.5);
      // What is recorded is the reward that was in force.
      expect(mean([...reward.slice(-30)])).toBeGreaterThan(0.7);
      const [event] = await eventsOf(core, 'adjusted');
      expect(event!.step).toBeGreaterThanOrEqual(60);
      expect(event!.message).toContain('cart_position - 0.8');
      expect(await eventsOf(core, 'model-swapped')).toHaveLength(learning.length - 1);
    });
  });

  it('shows how plans are judged, and goes on as before when it is asked for the impossible', async () => {
    await withTaughtCore(async (core, folder) => {
      await connect(core, await writeRig(folder, 'upright', { start: UPRIGHT }));
      const { task } = core.rig.require().rig.file;
      await expect(core.activity.adjust({ pessimism: 2 })).rejects.toThrow(
        'Nothing runs that could be adjusted.',
      );
      let wrong: Promise<unknown> | undefined;
      let refused: Promise<unknown> | undefined;
      let adjusted: Promise<void> | undefined;
      let shown: unknown;
      const [outcome] = await core.activity.run(
        { model, planner: { ...PLANNER, candidates: 50 }, seed: 7, task: { ...task, maxSteps: 60 } },
        {
          onStep: (step) => {
            if (step === 5) {
              wrong = core.activity.adjust({ task: { ...task, reward: 'speed_of_light' } }).catch((e) => e);
              refused = core.activity.adjust({ objective: 'pessimistic' }).catch((e) => e);
            }
            if (step === 20) {
              adjusted = core.activity.adjust({ particles: 4, objective: 'pessimistic', pessimism: 3 });
            }
            if (step === 59) shown = core.telemetry.activity.propagation;
          },
        },
      );
      expect(await wrong).toMatchObject({ message: expect.stringContaining('speed_of_light') });
      // One future has no variance to be pessimistic about.
      expect(await refused).toMatchObject({ code: 'wrong-use' });
      await adjusted;
      expect(outcome).toMatchObject({ endedBy: 'step limit', summary: { steps: 60 } });
      expect(shown).toMatchObject({ objective: 'pessimistic', pessimism: 3 });
      const events = await eventsOf(core, 'adjusted');
      expect(events.map(({ message }) => message)).toEqual([
        'Adjusted: Particles 1 → 4, Objective mean → pessimistic, Pessimism λ 1 → 3.',
      ]);
    });
  });
});

describe('a run that ends while it learns', () => {
  it('ends at once, and the lesson is cancelled', async () => {
    await withTaughtCore(async (core, folder) => {
      await connect(core, await writeRig(folder, 'sound', {}));
      const progress = core.models.progress();
      const running = core.activity.run({
        ...{ model, planner: { ...PLANNER, candidates: 50 }, seed: 8, episodes: 3 },
        adapt: { retrain: 'running', everySteps: 20 },
      });
      for await (const jobs of progress) {
        if (jobs.some(({ state }) => state === 'running')) break;
      }
      core.activity.finish();
      const outcomes = await running;
      expect(outcomes).toHaveLength(1);
      expect(outcomes[0]!.summary.steps).toBeLessThan(200);
      expect(core.models.jobs().map(({ state }) => state)).toEqual(['cancelled']);
    });
  });
});

describe('planning on the simulator', () => {
  it('needs no model, and is not told what changes about the plant', async () => {
    await withTaughtCore(async (core, folder) => {
      const rig = await writeRig(folder, 'upright', {
        start: UPRIGHT,
        changes: [{ atStep: 0, actuator: 'drive', gain: 0.6 }],
      });
      await connect(core, rig);
      const { task } = core.rig.require().rig.file;
      const [outcome] = await core.activity.run({
        ...{ model: '', dynamics: 'simulator', seed: 9, task: { ...task, maxSteps: 30 } },
        planner: { ...PLANNER, horizon: 15, candidates: 30 },
      });
      expect(outcome!.return).toBeGreaterThan(20);
      const run = (await core.log.runs()).at(-1);
      expect(run).toMatchObject({ model: null, settings: { dynamics: 'simulator' } });
    });
  });
});
