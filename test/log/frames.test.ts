import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { openDatabase } from '../../src/main/log/database';
import { repairLog } from '../../src/main/log/repair';
import type { LoggedFrame } from '../../src/main/log/types';
import { rejection } from '../rig/rig-helpers';
import { newEpisode, rows } from './fixtures';
import { temporaryFolder } from './folder';

const CAMERAS = [
  { name: 'side', width: 64, height: 48, rate: 50 },
  { name: 'top', width: 32, height: 32, rate: 10 },
];
const frame = (sequence: number, camera = 0): LoggedFrame => ({
  ...{ camera, sequence, hostSeconds: sequence / 50, deviceSeconds: 100 + sequence / 50 },
  data: Uint8Array.of(camera, sequence, 7),
});
const DONE = { state: 'complete', terminated: false, reason: 'Done.' } as const;

describe('the frames of an episode', () => {
  it('come back by camera and number with their times, and what was dropped is counted', async () => {
    const log = await openLog(temporaryFolder());
    const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
    log.appendRows(id, rows(0, 4), []);
    log.appendFrames(id, [frame(0), frame(1), frame(0, 1)], []);
    log.appendFrames(id, [frame(3)], [0, 1]);
    await log.endEpisode(id, DONE);
    expect(await log.cameras(id)).toEqual([
      { ...CAMERAS[0], frames: 3, dropped: 1 },
      { ...CAMERAS[1], frames: 1, dropped: 1 },
    ]);
    expect(await log.frameTimes(id, 0)).toMatchObject({
      sequence: Int32Array.of(0, 1, 3),
      hostSeconds: Float64Array.of(0, 0.02, 0.06),
      deviceSeconds: Float64Array.of(100, 100.02, 100.06),
    });
    expect(await log.frames(id, 0, 1, 4)).toEqual([frame(1), frame(3)]);
    expect(await log.frames(id, 1, 0, 9)).toEqual([frame(0, 1)]);
    await log.close();
  });

  it('are found by the moment at which they were seen, with how long the camera has shown the same', async () => {
    const log = await openLog(temporaryFolder());
    const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
    const same = (sequence: number) => ({ ...frame(sequence), data: Uint8Array.of(9) });
    // Number 2 was dropped; 4 to 6 are the same picture.
    log.appendFrames(id, [frame(1), frame(3), same(4), same(5), same(6), frame(7), frame(2, 1)], [0]);
    await log.endEpisode(id, DONE);
    const seen = async (second: number, camera = 0) => {
      const found = await log.frameAt(id, camera, second);
      return found && [found.sequence, found.alike];
    };
    expect(await seen(0.019)).toBeNull();
    expect(await seen(0.02)).toEqual([1, 0]);
    expect(await seen(0.059)).toEqual([1, 0]);
    expect(await seen(0.06)).toEqual([3, 0]);
    expect(await seen(0.08)).toEqual([4, 0]);
    expect(await seen(0.125)).toEqual([6, 2]);
    expect(await seen(1e9)).toEqual([7, 0]);
    expect(await seen(1, 1)).toEqual([2, 0]);
    expect(await seen(1, 2)).toBeNull();
    await expect(log.frameAt(99, 0, 1)).rejects.toMatchObject({ code: 'not-found' });
    await log.close();
  });

  it('are none of an episode that nobody looked at', async () => {
    const log = await openLog(temporaryFolder());
    const id = await log.beginEpisode(newEpisode());
    await log.endEpisode(id, DONE);
    expect(await log.cameras(id)).toEqual([]);
    await log.close();
  });

  it('stay when the episode that they belong to was interrupted', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
    log.appendRows(id, rows(0, 2), []);
    log.appendFrames(id, [frame(0)], []);
    await log.close();
    const again = await openLog(folder);
    expect((await again.episode(id)).state).toBe('interrupted');
    expect(await again.frames(id, 0, 0, 9)).toEqual([frame(0)]);
    await again.close();
  });

  it('are refused for an episode that has ended, with a sentence', async () => {
    const log = await openLog(temporaryFolder());
    const told: string[] = [];
    log.onFailure((message) => told.push(message));
    const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
    await log.endEpisode(id, DONE);
    log.appendFrames(id, [frame(0)], []);
    expect((await log.cameras(id))[0]?.frames).toBe(0);
    expect(told.join()).toContain(`A picture came for episode ${id}, which is not being recorded.`);
    await log.close();
  });

  it('are told from what they were when a bit flipped, by reading and by the check, and taken out by a repair', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const id = await log.beginEpisode(newEpisode({ cameras: CAMERAS }));
    log.appendRows(id, rows(0, 2), []);
    log.appendFrames(id, [frame(0), frame(1)], []);
    await log.endEpisode(id, DONE);
    expect(await log.check()).toMatchObject({ frames: 2, damage: [] });
    await log.close();
    const { database, close } = openDatabase(folder, { readonly: false });
    database.prepare('UPDATE frames SET data = ? WHERE sequence = 1').run(Uint8Array.of(0, 1, 6));
    close();
    const again = await openLog(folder);
    const error = await rejection(again.frames(id, 0, 0, 9));
    expect(error.message).toBe(
      `Episode ${id} is damaged in the log: picture 1 of camera 0 does not match its checksum.`,
    );
    expect(await again.frames(id, 0, 0, 1)).toEqual([frame(0)]);
    const { damage } = await again.check();
    expect(damage).toEqual([
      { episode: id, chunk: 0, steps: [0, 0], what: 'picture 1 of camera 0 does not match its checksum' },
    ]);
    await again.close();

    repairLog(folder);
    const mended = await openLog(folder);
    expect(await mended.check()).toMatchObject({ frames: 1, damage: [] });
    expect(await mended.cameras(id)).toMatchObject([{ frames: 1, dropped: 1 }, { dropped: 0 }]);
    await mended.close();
  });
});
