import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLearning } from '../../src/main/jobs';
import { learnPolicy } from '../../src/main/jobs/learn-job';
import { policyBytesNeeded } from '../../src/main/jobs/memory-needed';
import { listPolicyCheckpoints, readPolicyCheckpoint } from '../../src/main/jobs/policy-checkpoint';
import { policySpace } from '../../src/main/policy/representation/space';
import { nodeHost } from '../../src/main/processes/node-host';
import { loadRig } from '../../src/main/rig';
import { AlgorithmOptions } from '../../src/shared/policy';
import { PolicyTrainInput } from '../../src/shared/policy-training';
import type { Rig } from '../../src/shared/rig';
import { pendulumEpisodes } from '../dynamics/dynamics-helpers';
import { watchedHost } from './watched-host';

let folder: string;
let rig: Rig;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-learn-job-'));
  rig = await loadRig('pendulum');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Job = Parameters<typeof startLearning>[1];
const STEPS = 2000;

/** A small training on the pendulum, kept while it runs in a folder of its own. */
function learning(algorithm: Record<string, unknown>, where: PolicyTrainInput['where']) {
  const asked = PolicyTrainInput.parse({
    ...{ rig: 'pendulum', where, seed: 4 },
    algorithm: { steps: STEPS, hiddenUnits: 8, ...algorithm },
  });
  const { name, seed, engine, history } = asked;
  const job: Job = {
    ...{ name, rig, task: rig.file.task, algorithm: asked.algorithm, seed, engine, history, where },
    episodes: where === 'recorded' ? pendulumEpisodes(2, 100) : null,
    ...{ modelFile: null, beginFile: null, ground: { episodes: [], model: null, from: null } },
    ...{ evaluation: null, evaluateEvery: 0, folder },
  };
  const kept = join(folder, asked.algorithm.name);
  const info = { id: 'p', name, rig: 'pendulum', asked };
  const checkpoint = { file: join(kept, 'p.safetensors'), info, everySeconds: 0 };
  return { job, kept, checkpoint };
}

/** Has it killed when it is first kept, and goes on. @returns what came of it, and where it was killed and went on */
async function killedAndResumed({ job, kept, checkpoint }: ReturnType<typeof learning>) {
  const host = watchedHost();
  const killed = startLearning(
    host,
    { ...job, checkpoint: { ...checkpoint, resume: false } },
    { onCheckpoint: () => process.kill(host.child?.pid as number, 'SIGKILL') },
  );
  await expect(killed.result).rejects.toMatchObject({
    message: 'The training process was killed by SIGKILL.',
  });
  const [interrupted] = await listPolicyCheckpoints(kept);
  const { known } = (await readPolicyCheckpoint(checkpoint.file)).state;
  const steps: number[] = [];
  const resumed = startLearning(
    nodeHost(),
    { ...job, checkpoint: { ...checkpoint, resume: true } },
    { onProgress: (progress) => steps.push(progress.steps) },
  );
  const { summary } = await resumed.result;
  expect(await readdir(kept)).toEqual([]);
  return { summary, known, interrupted: interrupted?.steps ?? Number.NaN, first: steps[0] ?? Number.NaN };
}

describe('the memory of a policy’s training', () => {
  const space = (history: number) => policySpace(rig.file, history);
  const sac = (more: object) => AlgorithmOptions.parse({ name: 'sac', steps: 10_000_000, ...more });
  const needed = (more: object, history = 1, of = { recorded: 0, acts: true }) =>
    policyBytesNeeded(space(history), sac(more), of);

  it('is that of its replay and of the checkpoint beside it, of as many steps as there will be', () => {
    // Two states of an angle and a speed, an action, a reward and whether it goes on: 7 numbers, and a byte.
    const [small, large] = [needed({ replaySize: 100_000 }), needed({ replaySize: 10_000_000 })];
    expect(large - small).toBe(3 * 9_900_000 * 29);
    expect(needed({ replaySize: 10_000_000, steps: 100_000 })).toBe(small);
    expect(needed({}, 1, { recorded: 1000, acts: false })).toBeLessThan(small);
    expect(needed({ replaySize: 10_000_000 }, 32)).toBeGreaterThan(10 * large);
  });

  it('that the computer has not got is said before anything is begun', async () => {
    const { job, checkpoint, kept } = learning({ name: 'td3', steps: 1_000_000 }, 'simulation');
    const available = vi.spyOn(process, 'availableMemory').mockReturnValue(0.5e9);
    const surroundings = { signal: new AbortController().signal } as Parameters<typeof learnPolicy>[1];
    const learned = learnPolicy(
      { ...job, type: 'learn-policy', threads: 1, nice: 0, checkpoint: { ...checkpoint, resume: false } },
      surroundings,
    );
    await expect(learned).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /^The training needs about 0\.5 GB of memory for 1,000,000 steps, and 0\.5 GB/,
      ),
      next: expect.stringContaining('Choose a smaller replay'),
    });
    available.mockRestore();
    await expect(readdir(kept)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

const wentOn = (done: { interrupted: number; first: number }) => {
  expect(done.interrupted).toBeGreaterThan(0);
  expect(done.interrupted).toBeLessThan(STEPS);
  expect(done.first).toBeGreaterThan(done.interrupted);
};

describe('the training of a policy that is killed by SIGKILL', () => {
  it('goes on from its checkpoint on recorded episodes to the same policy as one that was not', async () => {
    const training = learning({ name: 'sac', batchSize: 16 }, 'recorded');
    const done = await killedAndResumed(training);
    wentOn(done);
    const whole = await startLearning(nodeHost(), training.job).result;
    expect(done.summary.updates).toBe(STEPS);
    expect(done.summary.hash).toBe(whole.summary.hash);
  });

  it.each([
    { name: 'td3', batchSize: 16, randomSteps: 20 },
    { name: 'reinforce', episodesPerUpdate: 2, randomSteps: 20 },
  ])('goes on from its checkpoint: $name in simulation, to its end', async (algorithm) => {
    const done = await killedAndResumed(learning(algorithm, 'simulation'));
    wentOn(done);
    expect(done.summary.steps).toBeGreaterThanOrEqual(STEPS);
    // What was met before it was killed is not forgotten: sine, cosine and speed.
    expect(done.summary.known).toHaveLength(3);
    for (const [i, [low, high]] of (done.summary.known ?? []).entries()) {
      const [before, after] = done.known?.[i] ?? [];
      expect(low).toBeLessThanOrEqual(before ?? Number.NaN);
      expect(high).toBeGreaterThanOrEqual(after ?? Number.NaN);
    }
  });
});
