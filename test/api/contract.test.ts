import { fileURLToPath } from 'node:url';
import { ORPCError } from '@orpc/client';
import { expect, it, vi } from 'vitest';
import type { Core } from '../../src/main/core';
import { Client } from '../../src/main/core/clients';
import { columnOption, importCsvIntoLog } from '../../src/main/formats/csv';
import type { WholeEpisode } from '../../src/main/log/types';
import { TelemetryBatch } from '../../src/shared/telemetry';
import { BALANCE, RANDOM_MOTION, withTestCore } from '../core/workspace';
import { eventually } from '../eventually';
import { newEpisode } from '../log/fixtures';
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
    const [episode] = (await second.episodes.list({})).episodes;
    expect(new Set(samples.map((s) => s.step)).size).toBe(episode!.steps + 1);
    expect((await second.episodes.view({ id: episode!.id })).reward.first).toHaveLength(episode!.steps + 1);
  });
});

it('shows an imported episode, with null for what a log from elsewhere does not say', async () => {
  await withTestCore(async (core) => {
    const episodes = await importHinge(core);
    const client = clientOf(core);
    const [listed] = (await client.episodes.list({})).episodes;
    expect(listed).toMatchObject({ id: episodes[0], source: 'import', return: null });
    const rows = listed!.steps + 1;
    const view = await client.episodes.rows({ id: episodes[0]!, from: 0, to: rows });
    expect(view.reward).toEqual(Array(rows).fill(null));
    expect(view.planMs).toEqual(Array(rows).fill(null));
    expect(view.actions[0]?.at(-1)).toBeNull();
    expect(view.observations[0]?.every((value) => typeof value === 'number')).toBe(true);
    expect(view.predicted[0]).toEqual(Array(rows).fill(null));
    const window = await client.episodes.view({ id: episodes[0]!, points: 10 });
    expect(window).toMatchObject({ from: 0, to: rows, wholeSeconds: [0, view.seconds.at(-1)] });
    expect(window.reward.more?.gaps).toHaveLength(window.seconds.length);
  });
});

it('shows an episode of a hundred thousand rows in a window, and single rows of it, but not all rows at once', async () => {
  await withTestCore(async (core) => {
    const [id = 0] = await core.log.addEpisodes([longEpisode(100_000)], 'Imported 1 episode');
    const client = clientOf(core);
    const prepared = [];
    for await (const step of await client.episodes.prepare({ id })) prepared.push(step);
    expect(prepared.at(-1)).toEqual({ done: 100_000, total: 100_000 });
    const { seconds, bucket, observations } = await client.episodes.view({ id, points: 500 });
    expect(seconds.length * bucket).toBeGreaterThanOrEqual(100_000);
    expect(seconds.length).toBeLessThan(1000);
    expect(observations[0]?.more?.max).toContain(99);
    expect(observations[0]?.more?.max.filter((value) => value === 99)).toHaveLength(1);
    const rows = await client.episodes.rows({ id, from: 77_776, to: 77_779 });
    expect(rows.observations[0]).toEqual([0, 99, 0]);
    await expect(client.episodes.rows({ id, from: 0, to: 100_000 })).rejects.toMatchObject({
      data: { code: 'wrong-use', next: 'Ask for them in parts.' },
    });
  });
});

/** Nothing but one sample that stands out. */
function longEpisode(rows: number): WholeEpisode {
  const zeros = () => new Float64Array(rows);
  const seconds = zeros().map((_, row) => row / 100);
  const observations = zeros();
  observations[77_777] = 99;
  return {
    episode: newEpisode({
      source: 'import',
      observations: [{ name: 'q', unit: '1', angle: false, limits: null }],
    }),
    ...{ startedAt: 0, terminated: false, reason: 'Made.', tags: [] },
    columns: {
      ...{ rows, hostSeconds: seconds, deviceSeconds: seconds.slice(), observations },
      ...{ actions: zeros(), requested: zeros(), reward: zeros(), latenessSeconds: zeros() },
      ...{ planMs: zeros(), missed: zeros(), predictions: new Array(rows).fill(undefined) },
    },
  };
}

it('reads one episode at a time for each client, however many it asks for, and none for one that has left', async () => {
  await withTestCore(async (core) => {
    const [id = 0] = await importHinge(core);
    const view = core.episodes.view.bind(core.episodes);
    let underWay = 0;
    let most = 0;
    const viewed = vi.spyOn(core.episodes, 'view').mockImplementation(async (asked: number) => {
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
    await eventually(() => expect(left).toHaveBeenCalled());
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

it('serves the picture that a camera showed at a moment, and how many there are', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect({ rig: 'pendulum-camera', mode: 'lockstep', seed: 0 });
    const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 6 });
    const { id } = outcome!.summary;
    const client = clientOf(core);
    expect(await client.episodes.cameras({ id })).toEqual([
      { name: 'side', width: 64, height: 64, rate: 20, frames: 7, dropped: 0 },
    ]);
    const { hostSeconds } = await core.log.columns(id);
    const [frame] = await core.log.frames(id, 0, 3, 4);
    const { file, ...about } = (await client.episodes.picture({ id, camera: 0, second: hostSeconds[3]! }))!;
    expect(about).toEqual({ sequence: 3, hostSeconds: hostSeconds[3], alike: 0, kind: 'png' });
    expect(Buffer.from(file, 'base64')).toEqual(Buffer.from(frame!.data));
    expect(await client.episodes.picture({ id, camera: 0, second: -1 })).toBeNull();
    expect(await client.episodes.picture({ id, camera: 1, second: 1 })).toBeNull();
  });
});
