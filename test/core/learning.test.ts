import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Core } from '../../src/main/core';
import type { LearningRun } from '../../src/main/core/learning-run';
import { workspacePaths } from '../../src/main/log/workspace';
import { PlanThread } from '../../src/main/plan/thread/plan-thread';
import { readPolicy } from '../../src/main/policy/representation/policy-file';
import type { ConnectInput } from '../../src/shared/contract';
import { AlgorithmOptions, type PolicySummary } from '../../src/shared/policy';
import type { LearningState, Notice } from '../../src/shared/telemetry';
import { patientRig } from '../rig/patient-rig';
import { BALANCE, withTestCore } from './workspace';

/** A serial rig in real time, on which it does not matter how fast the computer is. */
const serial = (core: Core): ConnectInput => ({
  ...{ rig: patientRig(core.log.folder, 'cartpole-serial'), port: 'simulated', seed: 0 },
  mode: 'realtime',
});
const sac = (more: Record<string, number> = {}) =>
  AlgorithmOptions.parse({
    ...{ name: 'sac', hiddenUnits: 8, batchSize: 16, randomSteps: 20, steps: 120, replaySize: 1000 },
    ...more,
  });

const fileOf = (core: Core, { hash }: PolicySummary) =>
  readPolicy(join(workspacePaths(core.log.folder).policies, `${hash}.safetensors`));

/** Waits until what was learned drives; fails with what ended the learning before. */
async function hasLearned(core: Core, learning: ReturnType<Core['activity']['learn']>): Promise<void> {
  const closing = new AbortController();
  const learned = (async () => {
    for await (const { learning: now } of core.telemetry.stream(closing.signal))
      if (now && now.swaps > 0 && now.updates > 0) return;
  })();
  await Promise.race([
    learned,
    learning.then(({ outcomes }) => {
      throw new Error(`it ended before: ${outcomes.at(-1)?.reason}`);
    }),
  ]).finally(() => closing.abort());
}

/** Everything that was noticed, from now on. */
function noticed(core: Core): { said: Notice[]; close(): void } {
  const said: Notice[] = [];
  const closing = new AbortController();
  void (async () => {
    for await (const notice of core.notices.stream(closing.signal)) said.push(notice);
  })().catch(() => undefined);
  return { said, close: () => closing.abort() };
}

describe('a rig that learns while it moves', () => {
  it('ends when it has learned from as many steps as it was to, and keeps the policy, which then drives', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const shown: LearningState[] = [];
      const closing = new AbortController();
      const watching = (async () => {
        for await (const { learning } of core.telemetry.stream(closing.signal)) {
          if (learning) shown.push(learning);
        }
      })().catch(() => undefined);
      const { outcomes, policy } = await core.activity.learn({ name: 'learned', algorithm: sac(), seed: 2 });
      expect(policy).toMatchObject({
        name: 'learned',
        learnedIn: 'rig',
        history: 1,
        rig: 'cartpole-balance',
      });
      await expect.poll(() => shown.at(-1)?.stage).toBe('over');
      closing.abort();
      await watching;
      // The curve grows before every window's eyes.
      const points = shown.map((one) => one.points.length);
      expect(points.at(-1)).toBeGreaterThan(0);
      expect([...points].sort((a, b) => a - b)).toEqual(points);
      expect(shown.map(({ stage }) => stage)).toContain('driving');
      const whole = outcomes.filter(({ endedBy }) => endedBy !== 'asked');
      expect(shown.at(-1)).toMatchObject({
        ...{ algorithm: 'sac', episodes: whole.length, lost: null, stepsInAll: 120 },
        returns: whole.map((outcome) => outcome.return),
        kept: { hash: policy?.hash, name: 'learned' },
        ...{ steps: policy?.steps, updates: policy?.updates },
      });
      // How far the learner is behind is on the way and in the curve that is kept.
      expect(shown.some(({ owed }) => owed !== undefined)).toBe(true);
      expect(policy?.curve.every(({ owed }) => owed !== undefined && owed >= 0)).toBe(true);
      expect(policy?.steps).toBeGreaterThanOrEqual(120);
      expect(policy?.notes.join()).not.toContain('were not learned from');
      expect(policy?.updates).toBeGreaterThan(0);
      const episodes = await core.log.episodes();
      // One that had just been begun when it had learned enough may have no row.
      const rows = await Promise.all(
        episodes.map(async ({ id }) => ({ id, count: (await core.log.columns(id)).rows })),
      );
      const told = rows.filter(({ count }) => count > 0).map(({ id }) => id);
      expect(policy?.episodes).toEqual(told.sort((a, b) => a - b));
      expect(new Set(episodes.map(({ source }) => source))).toEqual(new Set(['policy']));
      expect(outcomes.length).toBe(episodes.length);
      const file = await fileOf(core, policy as PolicySummary);
      // Four channels, none an angle: it has met states on both sides of the middle.
      expect(file.summary.known).toHaveLength(4);
      for (const [low, high] of file.summary.known ?? []) expect(low).toBeLessThan(high);
      const [driven] = await core.activity.run({ driver: 'policy', policy: 'learned', model: '' });
      expect(driven?.summary.steps).toBeGreaterThan(0);
      expect(await core.log.runs()).toEqual(
        expect.arrayContaining([expect.objectContaining({ policy: policy?.hash })]),
      );
    });
  });

  it('over a serial line in real time sees what is under way, and ends with what it has when it is finished', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(serial(core));
      const learning = core.activity.learn({ algorithm: sac({ steps: 100_000 }), unattended: true });
      await hasLearned(core, learning);
      core.activity.finish();
      const { outcomes, policy } = await learning;
      expect(policy).toMatchObject({ history: 2, learnedIn: 'rig' });
      const steps = outcomes.reduce((sum, { summary }) => sum + summary.steps, 0);
      expect(policy?.steps).toBeLessThanOrEqual(steps);
      // Whether the end came in an episode or between two, nothing went wrong.
      expect(outcomes.at(-1)?.error).toBeNull();
      expect(core.telemetry.activity.kind).toBe('idle');
    });
  });

  it('goes on with the last policy when the learner is killed, says so, and keeps that policy', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(serial(core));
      const { said, close } = noticed(core);
      let pid: number | undefined;
      const learning = core.activity.learn(
        { algorithm: sac({ steps: 100_000 }), unattended: true },
        {
          onLearning: (run) => {
            pid = run.learnerPid;
          },
        },
      );
      await hasLearned(core, learning);
      process.kill(pid as number, 'SIGKILL');
      await expect
        .poll(() => said.map(({ message }) => message))
        .toContainEqual(expect.stringMatching(/^The learner is gone; its last policy drives on\./));
      const before = core.telemetry.activity.done;
      await expect.poll(() => core.telemetry.activity.done).toBeGreaterThan(before + 1);
      core.activity.finish();
      const { policy } = await learning;
      close();
      expect(policy?.notes).toEqual([expect.stringMatching(/^The learner was lost: /)]);
      expect((await fileOf(core, policy as PolicySummary)).summary.hash).toBe(policy?.hash);
    });
  });

  it('ends a learner that puts nothing down after the run, says so, and keeps its last policy', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const { said, close } = noticed(core);
      let run: LearningRun | undefined;
      const learning = core.activity.learn(
        { algorithm: sac({ steps: 100_000 }), unattended: true },
        {
          onLearning: (begun) => {
            run = begun;
          },
        },
      );
      await hasLearned(core, learning);
      if (run) run.keepingMs = 50;
      process.kill(run?.learnerPid as number, 'SIGSTOP');
      core.activity.finish();
      const { policy } = await learning;
      const why = 'It was ended because it had put nothing down 0.05 s after the run.';
      await expect
        .poll(() => said.map(({ message }) => message))
        .toContain(`The learner did not come to its end, so the last policy that it sent is kept. ${why}`);
      close();
      expect(policy?.notes).toEqual([`The learner was lost: ${why}`]);
      expect(await core.log.policies()).toMatchObject([{ hash: policy?.hash }]);
    });
  });

  it('that cannot begin closes the thread that was to act, and its run is over', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const closed = vi.spyOn(PlanThread.prototype, 'close');
      const beginRun = vi.spyOn(core.log, 'beginRun').mockRejectedValueOnce(new Error('the disk is full'));
      await expect(core.activity.learn({ algorithm: sac() })).rejects.toThrow('the disk is full');
      expect(closed).toHaveBeenCalledTimes(1);
      beginRun.mockRestore();
      // A learner that is told what no message can hold.
      const rig = core.rig.require();
      vi.spyOn(core.rig, 'require').mockReturnValue({
        ...rig,
        rig: { ...rig.rig, folder: (() => undefined) as unknown as string },
      });
      await expect(core.activity.learn({ algorithm: sac() })).rejects.toThrow('could not be cloned');
      expect(closed).toHaveBeenCalledTimes(2);
      expect((await core.log.runs()).map(({ endedAt }) => endedAt === null)).toEqual([false]);
      vi.restoreAllMocks();
    });
  });

  it('is stopped by an e-stop: nothing moves after it, and what was learned is kept', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(serial(core));
      const learning = core.activity.learn({ algorithm: sac({ steps: 100_000 }), unattended: true });
      await hasLearned(core, learning);
      await core.rig.stop('the test');
      await learning.catch((error: unknown) => expect(error).toMatchObject({ code: 'stopped' }));
      expect(core.rig.status.link).toMatchObject({ phase: 'stopped', readback: { halted: true } });
      const episodes = await core.log.episodes();
      expect(await core.log.policies()).toMatchObject([{ name: 'policy', rig: 'patient-cartpole-serial' }]);
      expect(await core.log.episodes()).toEqual(episodes);
    });
  });

  it('learns on where every episode ends with a reward that is no number', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const task = {
        ...{ name: 'infinite', maxSteps: 200, termination: 'abs(pole_angle) >= 0.06' },
        reward: '1 / (abs(pole_angle) < 0.06)',
      };
      const { outcomes, policy } = await core.activity.learn({
        algorithm: sac({ steps: 150 }),
        task,
        seed: 2,
      });
      expect(outcomes.slice(0, -1).every((one) => one.return === Number.POSITIVE_INFINITY)).toBe(true);
      expect(outcomes.length).toBeGreaterThan(1);
      expect(policy?.steps).toBeGreaterThanOrEqual(150);
    });
  });

  it('says at once what algorithm options or a rig that holds do not allow', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      await expect(core.activity.learn({ algorithm: sac({ steps: 10 }) })).rejects.toMatchObject({
        code: 'wrong-use',
        message: expect.stringMatching(/^The learner: Of 10 steps nothing could be learned/),
      });
      expect(await core.log.policies()).toEqual([]);
      // Said at once, to whoever asked.
      const distil = AlgorithmOptions.parse({ name: 'distil' });
      expect(() => core.activity.learn({ algorithm: distil })).toThrow(
        'does not learn from a rig that moves',
      );
      expect(() =>
        core.activity.learn({ algorithm: sac(), task: { name: 'odd', reward: 'nowhere', maxSteps: 5 } }),
      ).toThrow(/nowhere/);
      await core.rig.hold();
      await expect(core.activity.learn({ algorithm: sac() })).rejects.toMatchObject({ code: 'stopped' });
    });
  });
});
