import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { nodeHost } from '../../src/main/processes/node-host';
import type { SpawnedProcess } from '../../src/main/processes/port';
import { TrainOptions } from '../../src/shared/model';
import { patientRig } from '../rig/patient-rig';
import { BALANCE, RANDOM_MOTION } from './workspace';

const PENDULUM = { ...BALANCE, rig: 'pendulum' } as const;
const SIMULATED_PLANS = {
  ...{ model: '', dynamics: 'simulator' as const, episodes: 2, seed: 1 },
  planner: { method: 'mppi' as const, horizon: 5, candidates: 10 },
};

let folder: string;
let core: Core;
/** Processes that were started, and have not ended. */
const alive = new Set<SpawnedProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-stops-'));
  const host = nodeHost();
  core = await createCore({
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
});
afterEach(async () => {
  await core.close().catch(() => undefined); // where a test has closed it
  await rm(folder, { recursive: true, force: true });
  alive.clear();
});

const OPTIONS = TrainOptions.parse({ epochs: 1000 });
const stopped = { code: 'stopped' };

describe('a stop while a rig is being connected', () => {
  it.each([
    ['the e-stop', () => core.rig.stop('the test'), 'Emergency stop by the test.'],
    ['a hold', () => core.rig.hold(), 'A hold was asked for.'],
    ['a disconnect', () => core.rig.disconnect(), 'The rig was disconnected.'],
  ])('%s calls it off: no rig is connected then, and no process is left', async (_name, stop, why) => {
    const connecting = core.rig.connect({
      rig: 'cartpole-serial',
      port: 'simulated',
      mode: 'realtime',
      seed: 0,
    });
    const refused = expect(connecting).rejects.toMatchObject({ ...stopped, message: why });
    await expect.poll(() => alive.size).toBe(1);
    await stop();
    await refused;
    expect(core.rig.status).toMatchObject({ connected: false, rig: null, link: { phase: 'closed' } });
    expect(alive.size).toBe(0);
  });

  it('is what a second connection is to the first one', async () => {
    const first = expect(core.rig.connect(BALANCE)).rejects.toMatchObject(stopped);
    await core.rig.connect(PENDULUM);
    await first;
    expect(core.rig.status).toMatchObject({ connected: true, rig: 'pendulum' });
    expect(alive.size).toBe(1);
  });
});

describe('a stop that comes before the next step holds against it', () => {
  it('between two episodes, also when the rig is resumed at once', async () => {
    await core.rig.connect(PENDULUM);
    let resumed: Promise<unknown> | undefined;
    const recording = core.activity.record(
      { ...RANDOM_MOTION, episodes: 3, maxSteps: 5 },
      {
        onEpisode: () => {
          // Overtaken by the resume, where both are read in the same turn.
          core.rig.hold('the test wants it.').catch(() => undefined);
          resumed ??= core.rig.resume();
        },
      },
    );
    await expect(recording).rejects.toMatchObject({
      ...stopped,
      message: 'Ended by a hold: the test wants it.',
    });
    await resumed;
    expect(core.rig.status.link.phase).toBe('ready');
    expect((await core.log.episodes()).map(({ state }) => state)).toEqual(['complete']);
  });

  it('while the planner of a run is being compiled, also when the rig is resumed at once', async () => {
    await core.rig.connect(PENDULUM);
    const running = core.activity.run(SIMULATED_PLANS);
    const refused = expect(running).rejects.toMatchObject({
      ...stopped,
      message: 'Emergency stop by the test.',
    });
    await core.rig.stop('the test');
    await core.rig.resume();
    await refused;
    expect(await core.log.episodes({ deleted: 'too' })).toEqual([]);
  });

  it('of a run that is finished before its first episode: it ends with none', async () => {
    await core.rig.connect(PENDULUM);
    const running = core.activity.run(SIMULATED_PLANS);
    core.activity.finish();
    expect(await running).toEqual([]);
    expect(await core.log.episodes({ deleted: 'too' })).toEqual([]);
  });

  it('while the log takes an episode in: the rig is not asked to begin it', async () => {
    await core.rig.connect(PENDULUM);
    const beginEpisode = vi.spyOn(core.log, 'beginEpisode');
    const recording = core.activity.record({ ...RANDOM_MOTION, maxSteps: 1000 });
    await expect.poll(() => beginEpisode.mock.calls.length).toBe(1);
    core.activity.finish();
    const [outcome] = await recording;
    expect(outcome).toMatchObject({ endedBy: 'asked', summary: { steps: 0, state: 'interrupted' } });
  });

  it('of a recording that is asked for on a rig that holds', async () => {
    await core.rig.connect(PENDULUM);
    await core.rig.hold();
    await expect(core.activity.record(RANDOM_MOTION)).rejects.toMatchObject({
      ...stopped,
      next: 'Press Resume first.',
    });
    expect(await core.log.episodes({ deleted: 'too' })).toEqual([]);
  });
});

describe('a rig that is disconnected in the middle of an episode', () => {
  it('ends the episode, which is kept, and lets the process go', async () => {
    await core.rig.connect({ ...PENDULUM, rig: patientRig(folder, 'pendulum'), mode: 'realtime' });
    let left: Promise<void> | undefined;
    const recording = core.activity.record(RANDOM_MOTION, {
      onStep: (step) => {
        if (step === 3) left = core.rig.disconnect();
      },
    });
    await expect(recording).rejects.toMatchObject(stopped);
    await left;
    const [episode] = await core.log.episodes();
    expect(episode?.steps).toBeGreaterThanOrEqual(3);
    expect(alive.size).toBe(0);
  });
});

describe('a core that is being closed', () => {
  it('lets nobody begin anything meanwhile, and no process is left', async () => {
    await core.rig.connect({ ...PENDULUM, rig: patientRig(folder, 'pendulum'), mode: 'realtime' });
    const recording = core.activity.record({ ...RANDOM_MOTION, episodes: 50 });
    const closed = core.close();
    await expect(core.rig.connect(BALANCE)).rejects.toMatchObject(stopped);
    expect(() => core.activity.record(RANDOM_MOTION)).toThrow();
    await Promise.all([closed, recording]);
    expect(alive.size).toBe(0);
  });
});

describe('a program that is stopped for good', () => {
  it('reads the rig back, and begins neither an episode nor a connection nor a training', async () => {
    await core.rig.connect(PENDULUM);
    await core.activity.record({ ...RANDOM_MOTION, maxSteps: 40 });
    const training = core.models.trainings.train({ name: 'm', last: 0, options: OPTIONS });
    const { link } = await core.stopForGood('the test');
    expect(link).toMatchObject({ phase: 'stopped', readback: { halted: true } });
    await expect((await training).done).rejects.toMatchObject({ code: 'cancelled' });
    expect(() => core.activity.record(RANDOM_MOTION)).toThrow('Stopped by the test.');
    await expect(core.rig.connect(PENDULUM)).rejects.toMatchObject(stopped);
  });
});
