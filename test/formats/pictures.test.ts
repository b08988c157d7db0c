import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FrameBatches } from '../../src/main/camera/training/frame-batches';
import { importDataset } from '../../src/main/formats/import';
import { openDataset } from '../../src/main/formats/readers';
import type { Log } from '../../src/main/log/types';
import { CAMERAS, cameraWorkspace, picturesIn } from './camera-workspace';
import { oneProcess } from './hdf5/one-process';
import { jpeg, png } from './watched-episode';
import { contentOf, exported, freshLog, freshPath, imported } from './workspaces';

const host = oneProcess();

const LOOK = { width: 8, height: 6, colour: 'rgb' } as const;

/** Two workspaces whose pictures are of one kind, and an export of the first. */
let ofPng: Log;
let ofJpeg: Log;
const whole = freshPath('whole');
beforeAll(async () => {
  [ofPng, ofJpeg] = [await cameraWorkspace(png), await cameraWorkspace(jpeg)];
  await exported(ofPng, 'lerobot', whole);
});

async function batchOf(log: Log, ids: readonly number[], camera: string) {
  const batches = await FrameBatches.open(log, ids, camera, LOOK);
  const windows = batches.lengths.map(({ first }, episode) => ({ episode, step: first }));
  return { lengths: batches.lengths, pictures: Buffer.from(batches.take(windows, 6)) };
}

describe('pictures', () => {
  it.each([
    ['lerobot', 'PNG', 'bytes'],
    ['lerobot', 'JPEG', 'bytes'],
    ['robomimic', 'PNG', 'bytes'],
    ['minari', 'PNG', 'bytes'],
    // Its pixels are what they were; they are packed as PNG.
    ['robomimic', 'JPEG', 'pixels'],
  ] as const)(
    'that went out as %s and were %s come back: each the same, when it was captured and which row saw it',
    async (format, kind, as) => {
      const [from, to] = [kind === 'PNG' ? ofPng : ofJpeg, await freshLog()];
      const path = freshPath('out');
      await exported(from, format, path, host);
      const { episodes, cameras, head, remarks } = await imported(to, path, {}, host);
      expect(head.cameras.map(({ name, width, height }) => [name, width, height])).toEqual(
        CAMERAS.map(({ name, width, height }) => [name, width, height]),
      );
      expect(cameras).toEqual([
        { name: 'side', pictures: 8 },
        { name: 'left-wrist', pictures: 4 },
      ]);
      expect(remarks).toEqual([]);
      for (const id of episodes) {
        expect(await picturesIn(to, id, as)).toEqual(await picturesIn(from, id, as));
        const [{ numbers }, before] = [await contentOf(to, id), await contentOf(from, id)];
        expect(numbers.hostSeconds).toEqual(before.numbers.hostSeconds);
      }
      const [{ seen } = { seen: [] }] = await picturesIn(to, 1);
      expect(seen).toEqual([-1, -1, 0, 1, 1, 2, 2, 2, 3]);
      for (const { name } of CAMERAS) {
        expect(await batchOf(to, episodes, name)).toEqual(await batchOf(from, [1, 2], name));
      }
      expect(await to.check()).toMatchObject({ frames: 12, damage: [], database: [] });
      expect(await to.undo()).toMatch(/^Imported 2 episodes from /);
    },
  );

  it('that came in go out again as the same file', async () => {
    const [to, second] = [await freshLog(), freshPath('second')];
    await imported(to, whole);
    await exported(to, 'lerobot', second);
    for (const { name } of CAMERAS) {
      const video = join('videos', `observation.images.${name}`, 'chunk-000', 'file-000.mp4');
      expect(readFileSync(join(second, video)).equals(readFileSync(join(whole, video)))).toBe(true);
    }
  });

  it('of an episode that was cut out of a longer one and merged with another come back as its parts saw them', async () => {
    const [from, to] = [await cameraWorkspace(png), await freshLog()];
    const id = await from.mergeEpisodes([await from.trimEpisode(1, 3, 9), 2]);
    const path = freshPath('out');
    await exported(from, 'robomimic', path, host);
    const { episodes } = await imported(to, path, {}, host);
    expect(episodes).toHaveLength(2);
    const whole = await picturesIn(from, id);
    const parts = [await picturesIn(to, 1), await picturesIn(to, 2)];
    for (const [camera, { seen, frames }] of whole.entries()) {
      const bytes = (one: (typeof whole)[number] | undefined) =>
        one?.seen.map((place) => one.frames[place]?.data) ?? [];
      const wanted = seen.map((place) => frames[place]?.data);
      expect([...bytes(parts[0]?.[camera]), ...bytes(parts[1]?.[camera])]).toEqual(wanted);
    }
  });

  it('of an import that is stopped among them are gone with it', async () => {
    const to = await freshLog();
    const stop = new AbortController();
    const dataset = await openDataset(whole);
    if (dataset === undefined) throw new Error('no data set');
    const staged: number[] = [];
    const log = {
      ...{ stageEpisode: to.stageEpisode, stageRows: to.stageRows, commitStaged: to.commitStaged },
      discardStaged: to.discardStaged,
      stageFrames: async (...args: Parameters<Log['stageFrames']>) => {
        await to.stageFrames(...args);
        staged.push(args[1].length);
        stop.abort();
      },
    };
    await expect(importDataset(log, dataset, { file: whole }, { signal: stop.signal })).rejects.toMatchObject(
      {
        code: 'cancelled',
      },
    );
    expect(staged).toEqual([6]);
    expect(await to.check()).toMatchObject({ episodes: 0, frames: 0, database: [] });
    expect(await to.size()).toMatchObject({ episodes: 0 });
  });
});
