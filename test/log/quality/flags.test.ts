import { describe, expect, it } from 'vitest';
import { openLog } from '../../../src/main/log';
import { openDatabase } from '../../../src/main/log/database';
import { usualLength } from '../../../src/main/log/quality/length';
import { FLAG_RULES } from '../../../src/main/log/quality/types';
import { repairLog } from '../../../src/main/log/repair';
import type { Log } from '../../../src/main/log/types';
import type { StepRow } from '../../../src/shared/episode';
import type { FlagKind } from '../../../src/shared/flags';
import { rejection } from '../../rig/rig-helpers';
import { newEpisode, PERIOD, row } from '../fixtures';
import { temporaryFolder } from '../folder';

const DONE = { state: 'complete', terminated: false, reason: 'The end.' } as const;
const CAMERAS = [{ name: 'side', width: 8, height: 8, rate: 1 / (2 * PERIOD) }];

/** A swinging rig; `damage` changes its rows. */
function swing(steps: number, damage: (row: StepRow) => void = () => {}): StepRow[] {
  return Array.from({ length: steps + 1 }, (_, step) => {
    const observation = [
      Math.sin(step / 9) + 1e-4 * Math.sin(step * step),
      Math.cos(step / 9) + 1e-4 * Math.cos(7 * step * step),
    ];
    const action = [step < steps ? Math.sin(5 * step * step) : Number.NaN];
    const made = row(step, { observation, action, requested: action });
    damage(made);
    return made;
  });
}

async function record(log: Log, rows: StepRow[], cameras: typeof CAMERAS = []): Promise<number> {
  const id = await log.beginEpisode(newEpisode({ cameras }));
  log.appendRows(id, rows, []);
  await log.endEpisode(id, DONE);
  return id;
}

const PAGE = { order: 'number', descending: false, offset: 0, limit: 100 } as const;

const spike = (at: number) => (one: StepRow) => {
  if (one.step === at) one.observation[1] = (one.observation[1] ?? 0) + 0.7;
};

/** Resolves when flags were found in the background. */
const found = (log: Log) =>
  new Promise<void>((resolve) => {
    const heard = log.onFlags(() => {
      heard.dispose();
      resolve();
    });
  });

/** [episode, kind, channel] of all that is stored. */
function stored(folder: string) {
  const { database, close } = openDatabase(folder, { readonly: true });
  const flags = database.prepare('SELECT episode, kind, channel FROM flags ORDER BY episode, id').raw().all();
  const looked = database
    .prepare('SELECT episode FROM looks WHERE rules = ? ORDER BY episode')
    .pluck()
    .all(FLAG_RULES);
  close();
  return { flags, looked };
}

describe('the flags of an episode', () => {
  it('are found by themselves when it ends and after an edit, and are still there when the log is opened again', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const isFound = found(log);
    const id = await record(log, swing(200, spike(120)));
    await isFound;
    expect(stored(folder)).toEqual({ flags: [[id, 'jerk', 'speed']], looked: [id] });
    expect(await log.flags(id)).toMatchObject([{ kind: 'jerk', channel: 'speed', from: 120, to: 120 }]);
    const trimmed = await log.trimEpisode(id, 50, 180);
    expect(await log.flags(trimmed)).toMatchObject([{ kind: 'jerk', channel: 'speed', from: 70, to: 70 }]);
    const [before = 0, after = 0] = await log.splitEpisode(trimmed, 100);
    expect(await log.flags(after)).toEqual([]);
    // Cut from a second into its recording, it began after the other one.
    const merged = await log.mergeEpisodes([before, await record(log, swing(80))]);
    expect(await log.flags(merged)).toMatchObject([{ kind: 'jerk', from: 151, to: 151 }]);
    await log.close();
    const reader = await openLog(folder, { readonly: true });
    expect(await reader.flags(merged)).toMatchObject([{ kind: 'jerk', from: 151, to: 151 }]);
    await reader.close();
  });

  it('of what was recorded last are found before the log is closed', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const ids = [await record(log, swing(60, spike(30))), await record(log, swing(60))];
    await log.close();
    expect(stored(folder)).toEqual({ flags: [[1, 'jerk', 'speed']], looked: ids });
  });

  it('are not known while it is recorded, and nobody has them of one that is not there', async () => {
    const log = await openLog(temporaryFolder());
    const id = await log.beginEpisode(newEpisode());
    log.appendRows(id, swing(60, spike(30)), []);
    expect(await log.flags(id)).toBeNull();
    await log.endEpisode(id, DONE);
    expect(await log.flags(id)).toHaveLength(1);
    expect(await rejection(log.flags(99))).toMatchObject({ code: 'not-found' });
    await log.close();
  });

  it('of a log from before are found by whoever opens it for writing, and for a reader when it asks', async () => {
    const folder = temporaryFolder();
    const first = await openLog(folder);
    const ids = [await record(first, swing(60)), await record(first, swing(60, spike(20)))];
    await first.close();
    const { database, close } = openDatabase(folder, { readonly: false });
    // Found by rules that are not these.
    database.exec(`UPDATE looks SET rules = ${FLAG_RULES - 1}; DELETE FROM flags`);
    close();
    const reader = await openLog(folder, { readonly: true });
    expect(await reader.flags(2)).toMatchObject([{ kind: 'jerk', from: 20 }]);
    await reader.close();
    expect(stored(folder).looked).toEqual([]);
    const log = await openLog(folder);
    await found(log);
    expect(stored(folder)).toEqual({ flags: [[2, 'jerk', 'speed']], looked: ids });
    await log.close();
    expect(repairLog(folder).done).toEqual([]);
  });

  it('tell of a channel that never changes where it does in another episode of the rig', async () => {
    const log = await openLog(temporaryFolder());
    const dead = (one: StepRow) => {
      one.observation[0] = 0.5;
    };
    const first = await record(log, swing(60, dead));
    const second = await record(log, swing(60, dead));
    expect([await log.flags(first), await log.flags(second)]).toEqual([[], []]);
    const third = await record(log, swing(60));
    expect(await log.flags(third)).toEqual([]);
    expect(await log.flags(first)).toMatchObject([{ kind: 'constant', channel: 'angle', amount: 0.5 }]);
    const numbers = (flags: FlagKind[]) => log.episodeNumbers({ flags, ...PAGE });
    expect(await numbers(['constant', 'jerk'])).toEqual([first, second]);
    expect(await numbers(['jerk'])).toEqual([]);
    await log.close();
  });

  it('tell of a length that is far from the usual, from nine episodes of a rig on', async () => {
    const log = await openLog(temporaryFolder());
    const short = await record(log, swing(20));
    for (let i = 0; i < 6; i++) await record(log, swing(60 + i));
    expect(await log.flags(short)).toEqual([]);
    for (let i = 0; i < 2; i++) await record(log, swing(60 + i));
    expect(await log.flags(short)).toMatchObject([{ kind: 'length', from: 0, to: 20 }]);
    expect(await log.flags(2)).toEqual([]);
    expect(await log.episodeNumbers({ flags: ['length'], ...PAGE })).toEqual([short]);
    await log.deleteEpisodes([7, 8]);
    expect(await log.flags(short)).toEqual([]);
    await log.close();
  });

  it('tell of pictures that are missing, and of a camera that shows an old one while the rig moves', async () => {
    const log = await openLog(temporaryFolder());
    const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
    log.appendRows(id, swing(100), []);
    for (let sequence = 0; sequence <= 50; sequence++) {
      // Twenty pictures in, the camera freezes for eight; at the end three were dropped.
      const shown = sequence >= 20 && sequence < 28 ? 20 : sequence;
      const seconds = sequence * 2 * PERIOD + 0.002;
      const frame = { camera: 0, sequence, hostSeconds: seconds, deviceSeconds: 100 + seconds };
      if (sequence >= 40 && sequence < 43) log.appendFrames(id, [], [0]);
      else log.appendFrames(id, [{ ...frame, data: Uint8Array.of(shown, 1, 2) }], []);
    }
    await log.endEpisode(id, DONE);
    const wanted = [
      { kind: 'repeated-pictures', channel: 'side', from: 40, to: 54, amount: 7 },
      { kind: 'dropped-pictures', channel: 'side', from: 78, to: 86, amount: 3 },
    ];
    expect(await log.flags(id)).toMatchObject(wanted);
    const trimmed = await log.trimEpisode(id, 30, 101);
    expect((await log.flags(trimmed))?.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['repeated-pictures', 7],
      ['dropped-pictures', 3],
    ]);
    await log.close();
  });
});

describe('the usual length of episodes', () => {
  it('is not said of few, and is as far below the middle as above', () => {
    expect(usualLength([10, 10, 10])).toBeUndefined();
    const usual = usualLength([...Array<number>(10).fill(100), 5]);
    expect(usual?.median).toBeCloseTo(100);
    expect([usual?.least, usual?.most].map((steps) => Math.round(steps ?? 0))).toEqual([50, 200]);
  });
});
