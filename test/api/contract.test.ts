import { fileURLToPath } from 'node:url';
import { ORPCError } from '@orpc/client';
import { expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { columnOption, importCsvIntoLog } from '../../src/main/formats/csv';
import { TelemetryBatch } from '../../src/shared/telemetry';
import { BALANCE, RANDOM_MOTION, withTestCore } from '../core/workspace';
import { attach, type Client, contractOver } from './client';

const clientOf = (core: Core): Client => contractOver(attach(core));

it('serves two windows at once: one records, the other sees it', async () => {
  await withTestCore(async (core) => {
    const [first, second] = [clientOf(core), clientOf(core)];
    await first.rig.connect(BALANCE);
    const seen: TelemetryBatch[] = [];
    const watching = (async () => {
      for await (const batch of await second.rig.telemetry()) {
        seen.push(batch);
        // A short episode may begin and end within one batch, so its samples tell that it was, not the activity.
        const recorded = seen.some((b) => b.samples.some((sample) => sample.episode !== null));
        if (batch.activity?.kind === 'idle' && recorded) return;
      }
    })();
    await first.record.start(RANDOM_MOTION);
    await watching;
    const samples = seen.flatMap((b) => b.samples).filter((s) => s.episode !== null);
    const [episode] = await second.episodes.list({});
    expect(new Set(samples.map((s) => s.step)).size).toBe(episode!.steps + 1);
    expect((await second.episodes.view({ id: episode!.id })).reward).toHaveLength(episode!.steps + 1);
  });
});

it('shows an imported episode, with null for what a log from elsewhere does not say', async () => {
  await withTestCore(async (core) => {
    const { episodes } = await importCsvIntoLog(core.log, {
      files: [fileURLToPath(new URL('../fixtures/hinge.csv', import.meta.url))],
      rig: 'hinge',
      mapping: {
        time: 'time',
        observations: [columnOption('q:rad:angle'), columnOption('dq:rad/s')],
        actions: [columnOption('tau:N m')],
      },
      periodSeconds: 0.02,
    });
    const client = clientOf(core);
    const [listed] = await client.episodes.list({});
    expect(listed).toMatchObject({ id: episodes[0], source: 'import', return: null });
    const view = await client.episodes.view({ id: episodes[0]! });
    const rows = listed!.steps + 1;
    expect(view.reward).toEqual(Array(rows).fill(null));
    expect(view.planMs).toEqual(Array(rows).fill(null));
    expect(view.actions[0]?.at(-1)).toBeNull();
    expect(view.observations[0]?.every((value) => typeof value === 'number')).toBe(true);
    expect(view.predicted[0]).toEqual(Array(rows).fill(null));
  });
});

it('shows the other channels of a rig whose sensor says no number', () => {
  const sample = { seconds: 1, episode: null, step: 0, reward: null, latenessMs: Number.NaN, planMs: null };
  const values = { observation: [Number.NaN, 2, Number.POSITIVE_INFINITY], action: [0], missed: false };
  const batch = TelemetryBatch.parse({ samples: [{ ...sample, ...values }], events: [] });
  expect(batch.samples[0]).toMatchObject({ observation: [null, 2, null], action: [0], latenessMs: null });
});

it('sends what a room throws as the one typed error: code, sentence, what to do next', async () => {
  await withTestCore(async (core) => {
    const client = clientOf(core);
    const error: unknown = await client.rig.connect({ ...BALANCE, rig: 'no-such-rig' }).catch((e) => e);
    expect(error).toBeInstanceOf(ORPCError);
    expect(error).toMatchObject({ code: 'FORESIGHT', data: { code: 'not-found' } });
    const { data } = error as ORPCError<string, { message: string; next: string }>;
    expect(data.message).toContain('no-such-rig');
    expect(data.next).not.toBe('');
  });
});

it('says which field of a request does not fit the contract', async () => {
  await withTestCore(async (core) => {
    const error: unknown = await clientOf(core)
      .record.start({ ...RANDOM_MOTION, amplitude: 7 })
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'FORESIGHT', data: { code: 'wrong-use' } });
    expect((error as Error).message).toContain('amplitude');
  });
});

it('marks where a formula is wrong', async () => {
  await withTestCore(async (core) => {
    const check = await clientOf(core).task.check({
      rig: 'pendulum',
      formula: '1 - pendulem^2',
      kind: 'reward',
    });
    expect(check.ok).toBe(false);
    expect([check.from, check.to]).toEqual([4, 12]);
  });
});
