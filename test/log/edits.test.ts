import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stretchesOf } from '../../src/main/core/training-episodes';
import { regularRuns } from '../../src/main/dynamics/data/regular-runs';
import { exportEpisodes, planExport } from '../../src/main/formats/export';
import { openDatabase } from '../../src/main/log/database';
import { compactLog } from '../../src/main/log/keeping/compact';
import { openLogReader } from '../../src/main/log/reader';
import { repairLog } from '../../src/main/log/repair';
import { LogStore } from '../../src/main/log/store';
import type { Log, LoggedFrame } from '../../src/main/log/types';
import type { EpisodeSummary } from '../../src/shared/episode';
import { rejection } from '../rig/rig-helpers';
import { insightOf, newEpisode, PERIOD, plannedRow, row } from './fixtures';
import { temporaryFolder } from './folder';

const DONE = { state: 'complete', terminated: true, reason: 'The pole fell.' } as const;
const CAMERAS = [{ name: 'side', width: 8, height: 8, rate: 25 }];
const picture = (sequence: number): LoggedFrame => ({
  ...{ camera: 0, sequence, hostSeconds: sequence / 25, deviceSeconds: 100 + sequence / 25 },
  data: Uint8Array.of(sequence, 7),
});

/** The log of a folder in this thread: quicker to open and close again than with a thread of its own, on the same file. */
async function openLog(folder: string): Promise<Log> {
  const { database, close } = openDatabase(folder, { readonly: false });
  const store = new LogStore(database);
  const own: Record<string, unknown> = {
    folder,
    appendRows: (...[id, rows, events]: Parameters<Log['appendRows']>) => {
      store.recorder.append(id, rows, events);
      if (rows.length > 100) store.flush();
    },
    appendFrames: (...args: Parameters<Log['appendFrames']>) => store.appendFrames(...args),
    close: async () => {
      store.close();
      close();
    },
  };
  return new Proxy({} as Log, {
    get: (_, name: string) =>
      name === 'then'
        ? undefined
        : (own[name] ??
          (async (...args: unknown[]) => {
            store.flush();
            return store.answer(name as 'undo', args);
          })),
  });
}

/** A recording of `steps` steps at 50 Hz with a picture every other step, one of which was dropped, and an event every fourth. */
async function record(log: Log, steps: number, length = 1): Promise<number> {
  const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
  for (let step = 0; step < steps; step += length) {
    const some = Array.from({ length: Math.min(length, steps - step) }, (_, i) => step + i);
    log.appendRows(
      id,
      some.map((at) => ({ ...plannedRow(at, 3), insight: insightOf(at) })),
      some.filter((at) => at % 4 === 0).map((at) => ({ step: at, kind: 'guard-clip', message: `at ${at}` })),
    );
  }
  log.appendRows(id, [row(steps, { action: [Number.NaN], requested: [Number.NaN] })], []);
  for (let at = 0; at <= steps / 2; at++)
    log.appendFrames(id, at === 2 ? [] : [picture(at)], at === 2 ? [0] : []);
  await log.endEpisode(id, DONE);
  return id;
}

/** Everything that can be read of an episode. */
async function everything(log: Log, id: number) {
  const { hostSeconds } = await log.columns(id);
  const seconds = [-1, hostSeconds[0] ?? 0, hostSeconds[4] ?? 0, hostSeconds.at(-1) ?? 0, 1e6];
  return {
    summary: await log.episode(id),
    columns: await log.columns(id, { predictions: true }),
    part: await log.columns(id, { from: 1, to: 3, predictions: 'next' }),
    events: await log.events(id),
    cameras: await log.cameras(id),
    times: await log.frameTimes(id, 0),
    frames: await log.frames(id, 0, 0, 1e6),
    rows: await Promise.all(seconds.map((second) => log.rowAt(id, second))),
  };
}

const list = (log: Log) => log.episodes();
const shown = (episodes: EpisodeSummary[]) => episodes.map(({ id }) => id);

describe('a trimmed episode', () => {
  it('shows the rows, events and pictures of the steps that were kept, in the place of the old one', async () => {
    const log = await openLog(temporaryFolder());
    const id = await record(log, 20);
    await log.tagEpisodes([id], ['good']);
    await log.judgeEpisodes([id], 'success');
    await log.starEpisodes([id], true);
    const before = await log.columns(id, { predictions: true });
    const made = await log.trimEpisode(id, 5, 13);
    expect(shown(await list(log))).toEqual([made]);
    const { startedAt } = await log.episode(id);
    expect(await log.episode(made)).toMatchObject({
      ...{ steps: 7, state: 'complete', terminated: false, return: 7, guardInterventions: 2 },
      ...{ tags: ['good'], outcome: 'success', starred: true, startedAt: startedAt + 101 },
      ...{ parts: [{ episode: id, from: 5, to: 13 }], reason: `Steps 5 to 12 of episode ${id}.` },
    });
    const after = await log.columns(made, { predictions: true });
    expect([...after.observations]).toEqual([...before.observations.slice(10, 26)]);
    expect([...after.actions]).toEqual([...before.actions.slice(5, 12), Number.NaN]);
    expect([...after.requested]).toEqual([...before.requested.slice(5, 12), Number.NaN]);
    expect([...after.reward]).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    expect([...after.deviceSeconds]).toEqual([...before.deviceSeconds.slice(5, 13)]);
    const off = [...after.hostSeconds].map((second, at) => second - at * PERIOD);
    expect(Math.max(...off.map(Math.abs))).toBeLessThan(1e-9);
    expect(after.predictions.map((one) => one?.firstStep)).toEqual([1, 2, 3, 4, 5, 6, 7, undefined]);
    expect(after.insight?.expectedReturn[0]).toBe(5.5);
    expect(await log.events(made)).toEqual([
      { step: 3, kind: 'guard-clip', message: 'at 8' },
      { step: 7, kind: 'guard-clip', message: 'at 12' },
    ]);
    // Row 5 is 0.101 s in and saw picture 1 of 0.04 s, because picture 2 was dropped.
    expect((await log.frameTimes(made, 0)).sequence).toEqual(Int32Array.of(0, 2, 3, 4, 5));
    expect((await log.frames(made, 0, 0, 9)).map(({ data }) => data[0])).toEqual([1, 3, 4, 5, 6]);
    expect((await log.frames(made, 0, 3, 5)).map(({ data }) => data[0])).toEqual([4, 5]);
    expect(await log.cameras(made)).toEqual([{ ...CAMERAS[0], frames: 5, dropped: 1 }]);
    expect((await log.frameAt(made, 0, 0.07))?.sequence).toBe(3);
    expect((await log.frameAt(made, 0, 0))?.data[0]).toBe(1);
    expect(await log.rowAt(made, 0.05)).toBe(2);
    const next = await log.columns(made, { predictions: 'next' });
    expect([...(next.plans?.firstStep ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, Number.NaN]);
    expect(next.plans?.nextMean[0]).toBe(before.predictions[5]?.mean[0]);
    await log.close();
  });

  it('is trimmed again to the recording itself, and refused where nothing would be left or taken', async () => {
    const log = await openLog(temporaryFolder());
    const id = await record(log, 20);
    const first = await log.trimEpisode(id, 5, 15);
    const second = await log.trimEpisode(first, 2, 6);
    expect((await log.episode(second)).parts).toEqual([{ episode: id, from: 7, to: 11 }]);
    expect((await log.columns(second)).observations[0]).toBe(7.1);
    for (const [from, to] of [
      [2, 3],
      [3, 99],
      [0.5, 3],
    ] as const)
      expect(await rejection(log.trimEpisode(second, from, to))).toMatchObject({ code: 'wrong-use' });
    expect((await rejection(log.trimEpisode(second, 0, 4))).message).toContain('Nothing would be taken off');
    expect((await rejection(log.trimEpisode(first, 0, 3))).message).toContain('was deleted');
    const open = await log.beginEpisode(newEpisode());
    expect(await rejection(log.trimEpisode(open, 0, 3))).toMatchObject({ code: 'busy' });
    await log.close();
  });
});

describe('a split episode', () => {
  it('is two that share the row at the cut, and the two merged are what there was', async () => {
    const log = await openLog(temporaryFolder());
    const id = await record(log, 20);
    const before = await everything(log, id);
    const [first = 0, second = 0] = await log.splitEpisode(id, 8);
    expect((await log.columns(first)).rows).toBe(9);
    expect((await log.columns(second)).rows).toBe(13);
    expect((await log.events(first)).map(({ step }) => step)).toEqual([0, 4]);
    expect((await log.events(second)).map(({ step }) => step)).toEqual([0, 4, 8]);
    expect(await log.episode(first)).toMatchObject({ terminated: false, return: 8 });
    expect(await log.episode(second)).toMatchObject({ terminated: true, return: 12 });
    const merged = await everything(log, await log.mergeEpisodes([second, first]));
    expect(merged.summary.parts).toEqual([{ episode: id, from: 0, to: 21 }]);
    for (const what of ['columns', 'part', 'events', 'cameras', 'times', 'frames', 'rows'] as const)
      expect(merged[what]).toEqual(before[what]);
    expect(merged.summary).toMatchObject({ return: 20, durationSeconds: before.summary.durationSeconds });
    for (const row of [0, 20, 21])
      expect(await rejection(log.splitEpisode(merged.summary.id, row))).toMatchObject({ code: 'wrong-use' });
    await log.close();
  });
});

describe('merged episodes', () => {
  it('have a break in time between them, an event there, and no step that is learned from', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const ids = [await record(log, 10), await record(log, 6)];
    const merged = await log.mergeEpisodes(ids);
    const columns = await log.columns(merged);
    expect(columns.rows).toBe(18);
    expect(columns.hostSeconds[11]! - columns.hostSeconds[10]!).toBeCloseTo(1, 9);
    expect(columns.actions[10]).toBeNaN();
    expect(regularRuns(columns, PERIOD)).toEqual([
      { from: 0, to: 11 },
      { from: 11, to: 18 },
    ]);
    expect((await log.events(merged)).filter(({ kind }) => kind === 'seam').map(({ step }) => step)).toEqual([
      11,
    ]);
    const { sequence, hostSeconds } = await log.frameTimes(merged, 0);
    expect([...sequence]).toEqual([0, 1, 3, 4, 5, 6, 7, 9]);
    expect([...hostSeconds].sort((a, b) => a - b)).toEqual([...hostSeconds]);
    expect((await log.frames(merged, 0, 6, 8)).map(({ data }) => data[0])).toEqual([0, 1]);
    expect(await log.rowAt(merged, 0.9)).toBe(10);
    expect(await log.rowAt(merged, columns.hostSeconds[13]!)).toBe(13);
    const learned = stretchesOf([await log.episode(merged)]);
    expect(learned).toEqual([
      { episode: ids[0], firstRow: 0, rows: 11 },
      { episode: ids[1], firstRow: 0, rows: 7 },
    ]);
    const reader = openLogReader(folder);
    expect(reader.columns(merged, 9, 13).observations).toEqual(columns.observations.slice(18, 26));
    reader.close();
    const halves = await log.splitEpisode(merged, 11);
    expect(await Promise.all(halves.map(async (id) => (await log.episode(id)).steps))).toEqual([10, 6]);
    await log.close();
  });

  it('are written to other formats as one episode a part, which is said', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const merged = await log.mergeEpisodes([await record(log, 10), await record(log, 6)]);
    const episodes = [await log.episode(merged)];
    const plan = await planExport(log, { format: 'mcap', episodes });
    expect(plan).toMatchObject({ episodes: 2, rows: 18 });
    expect(plan.losses.join()).toContain(`Episode ${merged} was merged: its 2 parts`);
    const path = `${temporaryFolder()}/out.mcap`;
    expect(await exportEpisodes(log, { format: 'mcap', path, episodes })).toMatchObject({ rows: 18 });
    await log.close();
  });

  it('are of one rig as it was, do not show a step twice, and have steps', async () => {
    const log = await openLog(temporaryFolder());
    const id = await record(log, 10);
    const other = await log.beginEpisode(newEpisode({ periodSeconds: 0.5 }));
    log.appendRows(other, [row(0), row(1)], []);
    await log.endEpisode(other, DONE);
    expect((await rejection(log.mergeEpisodes([id, other]))).message).toContain('control periods differ');
    expect((await rejection(log.mergeEpisodes([id, id]))).message).toContain('Two episodes or more');
    const trimmed = await log.trimEpisode(id, 2, 8);
    await log.restoreEpisodes([id]);
    expect((await rejection(log.mergeEpisodes([id, trimmed]))).message).toContain(
      'the same steps of recording',
    );
    // Both chosen for a training, their common steps are learned from once.
    const both = [await log.episode(id), await log.episode(trimmed)];
    expect(stretchesOf(both)).toEqual([{ episode: id, firstRow: 0, rows: 11 }]);
    await log.close();
  });
});

type Edit = { kind: number; which: number; a: number; b: number };

/** One edit of what is there by now, whatever the numbers are; one that is refused changes nothing. */
async function apply(log: Log, { kind, which, a, b }: Edit): Promise<void> {
  const ids = shown(await list(log));
  const id = ids[which % ids.length] ?? 0;
  const { steps } = await log.episode(id);
  const work = [
    () => log.trimEpisode(id, Math.min(a, b) % (steps + 1), (Math.max(a, b) % (steps + 1)) + 1),
    () => log.splitEpisode(id, a % (steps + 1)),
    () => log.mergeEpisodes([id, ids[(which + 1 + a) % ids.length] ?? 0]),
    () => log.deleteEpisodes(ids.length > 1 ? [id] : []),
    () => log.tagEpisodes([id], [`t${a}`]),
    () => log.starEpisodes([id], a % 2 === 0),
    () => log.judgeEpisodes([id], (['success', 'failure', 'unclear', null] as const)[a % 4] ?? null),
    () => log.addNote(id, b % (steps + 1), `note ${a}`),
  ][kind % 8];
  await work?.().catch((thrown: { code?: string }) => {
    if (thrown.code !== 'wrong-use') throw thrown;
  });
}

const state = async (log: Log) => Promise.all(shown(await list(log)).map((id) => everything(log, id)));

describe('any sequence of edits', () => {
  it('is undone and redone exactly, also after the workspace was closed and opened again, and its check finds nothing', async () => {
    const number = fc.nat({ max: 40 });
    const edit = fc.record({ kind: fc.nat({ max: 7 }), which: number, a: number, b: number });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 7 }), async (edits) => {
        const folder = temporaryFolder();
        let log = await openLog(folder);
        for (const length of [20, 9, 14]) await record(log, length, 7);
        const states = [await state(log)];
        for (const one of edits) {
          const [before, last] = [states.length, JSON.stringify(await list(log))];
          await apply(log, one);
          const now = await state(log);
          if (JSON.stringify(await list(log)) !== last || one.kind === 7) states[before] = now;
        }
        const reopened = async () => {
          await log.close();
          log = await openLog(folder);
        };
        await reopened();
        expect(await state(log)).toEqual(states.at(-1));
        let undone = 0;
        while ((await log.undo()) !== null) undone++;
        await reopened();
        expect(await state(log)).toEqual(states[0]);
        for (let i = 0; i < undone; i++) expect(await log.redo()).not.toBeNull();
        expect(await log.redo()).toBeNull();
        await reopened();
        expect(await state(log)).toEqual(states.at(-1));
        expect(await log.check()).toMatchObject({ damage: [], database: [] });
        await log.close();
      }),
      { numRuns: 4 },
    );
  });
});

describe('keeping and mending', () => {
  it('a compaction keeps a recording that another episode shows, and lets it go with that one', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const id = await record(log, 20);
    const made = await log.trimEpisode(id, 5, 13);
    expect((await log.size()).deletedEpisodes).toBe(0);
    expect((await log.episodeBytes()).get(made)).toBeGreaterThan(0);
    await log.close();
    expect(compactLog(folder).episodes).toEqual([]);
    const again = await openLog(folder);
    expect((await again.columns(made)).rows).toBe(8);
    await again.deleteEpisodes([made]);
    await again.close();
    expect(compactLog(folder).episodes).toEqual([id, made]);
  });

  it('a repair ends an episode where the recording that it shows was damaged', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const id = await record(log, 2200, 550);
    const made = await log.trimEpisode(id, 100, 2150);
    const inside = await log.splitEpisode(made, 200);
    await log.close();
    const { database, close } = openDatabase(folder, { readonly: false });
    const last = database
      .prepare('SELECT max(first_row) FROM chunks WHERE episode = ? AND first_row < 2000')
      .pluck()
      .get(id);
    database
      .prepare('UPDATE chunks SET data_checksum = data_checksum + 1 WHERE episode = ? AND first_row = ?')
      .run(id, last);
    close();
    const { done, left } = repairLog(folder);
    expect(done.join()).toContain(`Episode ${inside[1]} ends at step`);
    expect(left).toMatchObject({ damage: [], database: [] });
    const again = await openLog(folder);
    expect((await again.columns(inside[0] ?? 0)).rows).toBe(201);
    expect(await again.episode(inside[1] ?? 0)).toMatchObject({
      state: 'interrupted',
      steps: Number(last) - 1 - 300,
    });
    await again.close();
  });
});
