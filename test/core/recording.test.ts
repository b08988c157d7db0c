import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { patientRig } from '../rig/patient-rig';
import { BALANCE, RANDOM_MOTION, withTestCore } from './workspace';

/** In real time, and whatever a busy machine does, it goes on. */
const patientPendulum = (core: Core) =>
  ({ ...BALANCE, rig: patientRig(core.log.folder, 'pendulum'), mode: 'realtime' }) as const;

const FAILS_AT = (12 * Math.PI) / 180;

describe('recording random motion', () => {
  it('keeps N + 1 rows of N transitions: rewards on arrival, no action on the last row', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const [outcome] = await core.activity.record(RANDOM_MOTION);
      const columns = await core.log.columns(outcome!.summary.id);
      const angles = Array.from({ length: columns.rows }, (_, row) => columns.observations[row * 4 + 2]!);

      expect(outcome!.endedBy).toBe('termination');
      expect(columns.rows).toBe(outcome!.summary.steps + 1);
      expect(Math.abs(angles.at(-1)!)).toBeGreaterThan(FAILS_AT);
      for (const angle of angles.slice(0, -1)) expect(Math.abs(angle)).toBeLessThanOrEqual(FAILS_AT);
      // 1 a step while the pole is up; the first row has nothing to be rewarded for, the last step fails.
      expect([...columns.reward]).toEqual([
        0,
        ...angles.slice(1).map((a) => (Math.abs(a) <= FAILS_AT ? 1 : 0)),
      ]);
      expect(outcome!.return).toBe(outcome!.summary.steps - 1);
      expect(Number.isNaN(columns.actions.at(-1)!)).toBe(true);
      expect([...columns.actions.slice(0, -1)].every((a) => Math.abs(a) <= 1)).toBe(true);
    });
  });

  it('repeats exactly for the same seed and differs for another', async () => {
    const record = (seed: number) =>
      withTestCore(async (core) => {
        await core.rig.connect(BALANCE);
        const [outcome] = await core.activity.record({ ...RANDOM_MOTION, seed });
        return [...(await core.log.columns(outcome!.summary.id)).observations];
      });
    const first = await record(11);
    expect(await record(11)).toEqual(first);
    expect(await record(12)).not.toEqual(first);
  });

  it('ends at the step limit when nothing else ends it', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 30 });
      expect(outcome).toMatchObject({ endedBy: 'step limit', summary: { steps: 30, state: 'complete' } });
    });
  });

  it('is judged by a task that says what success is: at the last step, and over all of them', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'reacher-two-joints-camera' });
      const outcomes = await core.activity.record({ ...RANDOM_MOTION, episodes: 6 });
      for (const { summary, success, successShare } of outcomes) {
        const { observations, rows } = await core.log.columns(summary.id);
        const within = Array.from({ length: rows }, (_, row) => {
          const [shoulder = 0, elbow = 0, angle = 0, radius = 0] = observations.slice(6 * row, 6 * row + 6);
          const x = 0.12 * (Math.cos(shoulder) + Math.cos(shoulder + elbow)) - radius * Math.cos(angle);
          const y = 0.12 * (Math.sin(shoulder) + Math.sin(shoulder + elbow)) - radius * Math.sin(angle);
          return Math.hypot(x, y) <= 0.05;
        }).slice(1);
        expect(success).toBe(within.at(-1));
        expect(successShare).toBeCloseTo(within.filter(Boolean).length / within.length, 9);
        expect(summary.outcome).toBe(success ? 'success' : 'failure');
      }
      const { judged, successes } = await core.log.episodeTotals({
        numbers: outcomes.map((o) => o.summary.id),
      });
      expect([judged, successes]).toEqual([6, outcomes.filter(({ success }) => success).length]);
    });
  });

  it('is not judged where its task says nothing of success, nor where it was cut short', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(BALANCE);
      const [plain] = await core.activity.record(RANDOM_MOTION);
      expect(plain).toMatchObject({ success: null, successShare: null, summary: { outcome: null } });
      await core.rig.disconnect();
      await core.rig.connect({ ...BALANCE, rig: 'reacher-two-joints-camera' });
      const [cut] = await core.activity.record(RANDOM_MOTION, {
        onStep: (step) => step === 5 && core.activity.finish(),
      });
      expect(cut).toMatchObject({ endedBy: 'asked', summary: { outcome: null } });
    });
  });

  it('refuses a second activity with a sentence while one is going on', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
      const first = core.activity.record({ ...RANDOM_MOTION, episodes: 3 });
      expect(() => core.activity.record(RANDOM_MOTION)).toThrow('The rig is already recording.');
      await first;
    });
  });

  it('says to connect a rig when there is none', async () => {
    await withTestCore(async (core) => {
      expect(() => core.activity.record(RANDOM_MOTION)).toThrow('No rig is connected.');
    });
  });

  it('marks a discarded episode and starts no further one', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(patientPendulum(core));
      const outcomes = await core.activity.record(
        { ...RANDOM_MOTION, episodes: 5 },
        { onStep: (step) => step === 3 && core.activity.discard() },
      );
      expect(outcomes.map((o) => o.summary.state)).toEqual(['discarded']);
    });
  });

  it('is ended by the e-stop as interrupted, and the rig refuses to move until it is resumed', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(patientPendulum(core));
      let stopped: Promise<unknown> | undefined;
      const [outcome] = await core.activity.record(RANDOM_MOTION, {
        onStep: (step) => {
          if (step === 3) stopped = core.rig.stop('the test');
        },
      });
      await stopped;
      expect(outcome).toMatchObject({ endedBy: 'stopped', summary: { state: 'interrupted' } });
      expect(core.rig.status.link).toMatchObject({ phase: 'stopped', readback: { halted: true } });
      await expect(core.activity.record(RANDOM_MOTION)).rejects.toThrow();
      await core.rig.resume();
      const [again] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 3 });
      expect(again!.summary.state).toBe('complete');
    });
  });
});

describe('a workspace', () => {
  it('shows at its second start everything that was there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-core-'));
    try {
      const before = await withTestCore(async (core) => {
        await core.rig.connect(BALANCE);
        await core.activity.record({ ...RANDOM_MOTION, episodes: 2 });
        return core.log.episodes();
      }, folder);
      expect(before).toHaveLength(2);
      await withTestCore(async (core) => expect(await core.log.episodes()).toEqual(before), folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
