import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodePng } from '../../src/main/camera/png';
import { FrameBatches } from '../../src/main/camera/training/frame-batches';
import { openLog } from '../../src/main/log';
import type { Look } from '../../src/shared/look';
import { newEpisode, rows } from '../log/fixtures';
import { rejection } from '../rig/rig-helpers';

const SIZE = 8;
const WHOLE: Look = { width: SIZE, height: SIZE, colour: 'rgb' };
/** A picture of which every pixel says where it is and in which picture: red the column, green the row, blue the number. */
function pictureOf(sequence: number): Uint8Array {
  const rgb = new Uint8Array(3 * SIZE * SIZE);
  for (let i = 0; i < SIZE * SIZE; i++)
    rgb.set([10 * (i % SIZE), 10 * Math.floor(i / SIZE), sequence], 3 * i);
  return rgb;
}

/** An episode of ten rows, of which a camera with half the rate has every second one but the fourth. */
async function recorded() {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-batches-'));
  const log = await openLog(folder);
  onTestFinished(async () => {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });
  const camera = { name: 'side', width: SIZE, height: SIZE, rate: 25 };
  const id = await log.beginEpisode(newEpisode({ cameras: [camera] }));
  const all = rows(0, 10);
  log.appendRows(id, all, []);
  for (const sequence of [0, 1, 3, 4]) {
    const { hostSeconds, deviceSeconds } = all[2 * sequence]!;
    const data = encodePng(pictureOf(sequence), SIZE, SIZE);
    log.appendFrames(id, [{ camera: 0, sequence, hostSeconds, deviceSeconds, data }], []);
  }
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Done.' });
  return { folder, log, id };
}
/** Numbers of the pictures in a batch, by the blue of their first pixel. */
const numbers = (batch: Uint8Array) =>
  Array.from({ length: batch.length / (3 * SIZE * SIZE) }, (_, i) => batch[3 * SIZE * SIZE * i + 2]);

describe('batches of pictures', () => {
  it('hold what each step saw, window after window, the last picture where one was dropped', async () => {
    const { log, id } = await recorded();
    const frames = await FrameBatches.open(log, [id, id], 'side', WHOLE);
    expect(frames.lengths).toEqual([
      { rows: 10, first: 0 },
      { rows: 10, first: 0 },
    ]);
    const batch = frames.take(
      [
        { episode: 0, step: 0 },
        { episode: 1, step: 3 },
      ],
      5,
    );
    expect(numbers(batch)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 3, 3]);
    expect(batch.subarray(0, 3 * SIZE * SIZE)).toEqual(pictureOf(0));
    const into = new Uint8Array(3 * SIZE * SIZE);
    expect(frames.take([{ episode: 0, step: 9 }], 1, into)).toBe(into);
    expect(numbers(into)).toEqual([4]);
  });

  it('are cropped, scaled by the mean of what a pixel covers, and made grey', async () => {
    const { log, id } = await recorded();
    const crop = { left: 2, top: 4, width: 4, height: 2 };
    const halved = await FrameBatches.open(log, [id], 'side', { crop, width: 2, height: 1, colour: 'rgb' });
    expect([...halved.take([{ episode: 0, step: 2 }], 1)]).toEqual([25, 45, 1, 45, 45, 1]);
    const third = await FrameBatches.open(log, [id], 'side', {
      ...{ crop: { left: 0, top: 0, width: 5, height: 1 }, width: 3, height: 1, colour: 'rgb' },
    });
    // (0 + 2/3 · 10) / (5/3), and so on.
    expect([...third.take([{ episode: 0, step: 0 }], 1)].filter((_, i) => i % 3 === 0)).toEqual([4, 20, 36]);
    const grey = await FrameBatches.open(log, [id], 'side', { crop, width: 2, height: 1, colour: 'grey' });
    expect([...grey.take([{ episode: 0, step: 2 }], 1)]).toEqual([34, 40]);
  });

  it('are made once: the second time they come from the shelf, for the same look only', async () => {
    const { folder, log, id } = await recorded();
    await FrameBatches.open(log, [id], 'side', WHOLE);
    const [file] = await readdir(join(folder, 'frames'));
    await writeFile(join(folder, 'frames', file!), new Uint8Array(4 * 3 * SIZE * SIZE).fill(99));
    const again = await FrameBatches.open(log, [id], 'side', WHOLE);
    expect(again.take([{ episode: 0, step: 0 }], 1)[0]).toBe(99);
    const grey = await FrameBatches.open(log, [id], 'side', { ...WHOLE, colour: 'grey' });
    expect(grey.take([{ episode: 0, step: 0 }], 1)[0]).toBe(0);
    await writeFile(join(folder, 'frames', file!), new Uint8Array(5));
    const cut = await FrameBatches.open(log, [id], 'side', WHOLE);
    expect(numbers(cut.take([{ episode: 0, step: 2 }], 1))).toEqual([1]);
  });

  it('are refused with a sentence without the camera, and for a part outside of the picture', async () => {
    const { log, id } = await recorded();
    const other = await rejection(FrameBatches.open(log, [id], 'top', WHOLE));
    expect(other.message).toBe(`Episode ${id} has no camera "top"; it has "side".`);
    const crop = { left: 5, top: 0, width: 4, height: 4 };
    const outside = await rejection(FrameBatches.open(log, [id], 'side', { ...WHOLE, crop }));
    expect(outside.message).toContain('from 5, 0 is not inside pictures of 8 × 8');
    const frames = await FrameBatches.open(log, [id], 'side', WHOLE);
    expect(() => frames.take([{ episode: 0, step: 8 }], 3)).toThrow(RangeError);
  });

  it('are refused of an episode without a picture', async () => {
    const { log } = await recorded();
    const camera = { name: 'side', width: SIZE, height: SIZE, rate: 25 };
    const id = await log.beginEpisode(newEpisode({ cameras: [camera] }));
    log.appendRows(id, rows(0, 3), []);
    await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Done.' });
    const error = await rejection(FrameBatches.open(log, [id], 'side', WHOLE));
    expect(error.message).toContain('there is no picture');
  });
});
