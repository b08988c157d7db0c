import { fileURLToPath } from 'node:url';
import { ORPCError } from '@orpc/client';
import { expect, it, vi } from 'vitest';
import type { Core } from '../../src/main/core';
import { Client } from '../../src/main/core/clients';
import { Episodes } from '../../src/main/core/episodes';
import { columnOption, importCsvIntoLog } from '../../src/main/formats/csv';
import { TelemetryBatch } from '../../src/shared/telemetry';
import { BALANCE, RANDOM_MOTION, withTestCore } from '../core/workspace';
import { attach, contractOver, type Client as Window } from './client';

/** Two channels and an action. */
async function importHinge(core: Core): Promise<number[]> {
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
  return episodes;
}

const clientOf = (core: Core): Window => contractOver(attach(core));

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
    const episodes = await importHinge(core);
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

it('refuses to show an episode that is too long, before its rows are read, and says what to do', async () => {
  await withTestCore(async (core) => {
    const [id = 0] = await importHinge(core);
    const { steps } = await core.log.episode(id);
    const rows = steps + 1;
    await expect(new Episodes(core.log, { rows, numbers: 1e6 }).view(id)).resolves.toMatchObject({
      summary: { id },
    });
    const columns = vi.spyOn(core.log, 'columns');
    for (const most of [
      { rows: rows - 1, numbers: 1e6 },
      { rows, numbers: rows },
    ]) {
      const refused = new Episodes(core.log, most).view(id);
      await expect(refused).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(`Episode ${id} has ${rows} rows of 3 channels; at most `),
        next: expect.stringContaining('import its file in parts, or with a lower --rate'),
      });
    }
    expect(columns).not.toHaveBeenCalled();
  });
});

it('reads one episode at a time for each client, however many it asks for, and none for one that has left', async () => {
  await withTestCore(async (core) => {
    const [id = 0] = await importHinge(core);
    const view = core.episodes.view.bind(core.episodes);
    let underWay = 0;
    let most = 0;
    const viewed = vi.spyOn(core.episodes, 'view').mockImplementation(async (asked) => {
      underWay += 1;
      most = Math.max(most, underWay);
      return view(asked).finally(() => {
        underWay -= 1;
      });
    });
    const client = clientOf(core);
    const views = await Promise.all(Array.from({ length: 20 }, () => client.episodes.view({ id })));
    expect(views.every(({ summary }) => summary.id === id)).toBe(true);
    expect(most).toBe(1);
    // One that fails keeps nobody waiting.
    await expect(client.episodes.view({ id: 99 })).rejects.toMatchObject({ data: { code: 'not-found' } });
    expect((await client.episodes.view({ id })).summary.id).toBe(id);

    viewed.mockClear();
    const port = attach(core);
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      viewed.mockImplementation(async (asked) => {
        resolve();
        await new Promise<void>((go) => {
          read = go;
        });
        return view(asked);
      });
    });
    const leaving = contractOver(port);
    const asked = Array.from({ length: 20 }, () => leaving.episodes.view({ id }).catch(() => null));
    await reading;
    const left = vi.spyOn(Client.prototype, 'leave');
    port.close();
    await vi.waitFor(() => expect(left).toHaveBeenCalled());
    read();
    await Promise.all(asked);
    viewed.mockImplementation(view);
    expect((await client.episodes.view({ id })).summary.id).toBe(id);
    expect(viewed).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
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
