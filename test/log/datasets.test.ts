import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { compactLog } from '../../src/main/log/keeping/compact';
import type { Log } from '../../src/main/log/types';
import { rejection } from '../rig/rig-helpers';
import { newEpisode, rows } from './fixtures';
import { temporaryFolder } from './folder';

const SET = { name: 'grasps', note: 'for the paper', seed: 1, validation: 0.2, test: 0.2 };

async function record(log: Log, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    const id = await log.beginEpisode(newEpisode());
    log.appendRows(id, rows(0, 21), []);
    await log.endEpisode(id, { state: 'complete', terminated: false, reason: '' });
    ids.push(id);
  }
  return ids;
}

const members = async (log: Log, id: number) =>
  (await log.dataset(id)).members.map((one) => one.id).sort((a, b) => a - b);

describe('a data set', () => {
  it('is a selection that is still there when the workspace is opened again', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const ids = await record(log, 4);
    const id = await log.makeDataset({ ...SET, episodes: ids.slice(0, 3) });
    await log.close();
    const reader = await openLog(folder, { readonly: true });
    expect(await reader.datasets()).toMatchObject([
      { ...SET, id, counts: { episodes: 3, recordings: 3, steps: 60 }, rigs: ['bench'], missing: [] },
    ]);
    expect(await members(reader, id)).toEqual(ids.slice(0, 3));
    await reader.close();
  });

  it('lacks an episode while that is deleted, and has it back with undo', async () => {
    const log = await openLog(temporaryFolder());
    const ids = await record(log, 3);
    const id = await log.makeDataset({ ...SET, episodes: ids });
    await log.deleteEpisodes([2]);
    expect(await log.dataset(id)).toMatchObject({ missing: [2], counts: { episodes: 2 } });
    await log.undo();
    expect(await log.dataset(id)).toMatchObject({ missing: [], counts: { episodes: 3 } });
    await log.close();
  });

  it('follows edits, and their undo and redo; parts of one recording stay on one side', async () => {
    const log = await openLog(temporaryFolder());
    const ids = await record(log, 6);
    const id = await log.makeDataset({ ...SET, episodes: ids });
    const side = async (episode: number) =>
      (await log.dataset(id)).members.find((one) => one.id === episode)?.split;
    const before = await Promise.all(ids.map(side));
    const trimmed = await log.trimEpisode(1, 2, 18);
    const [first = 0, second = 0] = await log.splitEpisode(trimmed, 8);
    expect(await members(log, id)).toEqual([2, 3, 4, 5, 6, first, second]);
    expect([await side(first), await side(second)]).toEqual([before[0], before[0]]);
    expect(await log.dataset(id)).toMatchObject({ missing: [], counts: { episodes: 7, recordings: 6 } });
    await log.undo();
    expect(await members(log, id)).toEqual([2, 3, 4, 5, 6, trimmed]);
    await log.undo();
    expect(await members(log, id)).toEqual(ids);
    await log.redo();
    expect(await members(log, id)).toEqual([2, 3, 4, 5, 6, trimmed]);
    expect(await Promise.all([2, 3, 4, 5, 6].map(side))).toEqual(before.slice(1));
    await log.close();
  });

  it('takes a merged episode in where all of it was in the set, and not where something else was', async () => {
    const log = await openLog(temporaryFolder());
    await record(log, 4);
    const id = await log.makeDataset({ ...SET, episodes: [1, 2, 3] });
    const merged = await log.mergeEpisodes([1, 2]);
    expect(await members(log, id)).toEqual([3, merged]);
    await log.mergeEpisodes([3, 4]);
    expect(await members(log, id)).toEqual([merged]);
    expect((await log.dataset(id)).missing).toEqual([3]);
    await log.close();
  });

  it('is made, renamed, filled, emptied and removed, each of which is undone and done again', async () => {
    const log = await openLog(temporaryFolder());
    await record(log, 3);
    const id = await log.makeDataset({ ...SET, episodes: [1] });
    await log.changeDataset(id, { name: 'better' });
    await log.changeDataset(id, { add: [2, 3, 2] });
    await log.changeDataset(id, { remove: [1] });
    await log.removeDataset(id);
    const state = async () => {
      const [set] = await log.datasets();
      return set && [set.name, await members(log, id)];
    };
    const states = [
      undefined,
      ['better', [2, 3]],
      ['better', [1, 2, 3]],
      ['better', [1]],
      ['grasps', [1]],
      undefined,
    ];
    for (const [i, wanted] of states.entries()) {
      if (i > 0) await log.undo();
      expect(await state()).toEqual(wanted);
    }
    for (const wanted of [...states].reverse().slice(1)) {
      await log.redo();
      expect(await state()).toEqual(wanted);
    }
    await log.close();
  });

  it('is refused where its name is taken, an episode is not there, or nothing would be left to learn from', async () => {
    const log = await openLog(temporaryFolder());
    await record(log, 1);
    await log.makeDataset({ ...SET, episodes: [1] });
    const wrong = [
      [{ ...SET, episodes: [1] }, 'There is a data set "grasps" already.'],
      [{ ...SET, name: 'other', episodes: [9] }, 'There is no episode 9'],
      [{ ...SET, name: 'other', test: 0.9, validation: 0.9, episodes: [1] }, 'nothing is left to learn from'],
    ] as const;
    for (const [made, sentence] of wrong) {
      expect((await rejection(log.makeDataset({ ...made, episodes: [...made.episodes] }))).message).toContain(
        sentence,
      );
    }
    expect(await rejection(log.changeDataset(7, { name: 'x' }))).toMatchObject({ code: 'not-found' });
    expect(await log.datasets()).toHaveLength(1);
    await log.close();
  });

  it('that was removed goes with a compaction, and so does what was taken out of one', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    await record(log, 3);
    await log.removeDataset(await log.makeDataset({ ...SET, episodes: [1, 2] }));
    const kept = await log.makeDataset({ ...SET, episodes: [1, 2, 3] });
    await log.changeDataset(kept, { remove: [1] });
    await log.deleteEpisodes([2]);
    await log.close();
    compactLog(folder);
    const after = await openLog(folder);
    expect((await after.datasets()).map(({ id }) => id)).toEqual([kept]);
    expect(await after.dataset(kept)).toMatchObject({ missing: [], members: [{ id: 3 }] });
    await after.close();
  });
});
