import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cameraWorkspace } from '../camera-workspace';
import { foreignVideo } from '../video/foreign-mp4';
import { HEIGHT, png, WIDTH } from '../watched-episode';
import { contentOf, exported, freshLog, freshPath, imported } from '../workspaces';

const whole = freshPath('whole');
beforeAll(async () => {
  await exported(await cameraWorkspace(png), 'lerobot', whole);
});

describe('a data set whose videos', () => {
  const side = join('videos', 'observation.images.side');
  const video = join(side, 'chunk-000', 'file-000.mp4');
  /** A copy of an export, changed. */
  async function changed(change: (folder: string) => void) {
    const folder = freshPath('out');
    cpSync(whole, folder, { recursive: true });
    change(folder);
    const to = await freshLog();
    return { to, importing: imported(to, folder) };
  }

  it('are of a codec that is not read here comes without them, and it is said which, why and what to do', async () => {
    const { to, importing } = await changed((folder) => {
      foreignVideo(join(folder, video), { codec: 'av01', samples: [Uint8Array.of(1)] });
    });
    const { cameras, remarks } = await importing;
    const sentence =
      /"observation\.images\.side" are AV1, which is not read here: the rows come without its pictures\. Convert/;
    expect(remarks.join('\n')).toMatch(sentence);
    expect(cameras).toEqual([{ name: 'left-wrist', pictures: 4 }]);
    expect((await to.cameras(1)).map(({ name, frames }) => [name, frames])).toEqual([['left-wrist', 2]]);
    expect((await to.events(1)).map(({ message }) => message).join('\n')).toMatch(sentence);
    expect((await contentOf(to, 1)).numbers.observations).toHaveLength(18);
  });

  it('are not there comes without them, and says so', async () => {
    const { importing } = await changed((folder) => rmSync(join(folder, side), { recursive: true }));
    const { remarks } = await importing;
    expect(remarks.join('\n')).toMatch(
      /The videos of camera "observation\.images\.side" are not there \(videos\/observation\.images\.side\/chunk-000\/file-000\.mp4\): .* Copy the folder/,
    );
  });

  it.each([
    [
      'are cut short',
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 40),
      /file-000\.mp4, byte \d+: .*cut short or damaged/,
    ],
    [
      'hold a picture that is none any more',
      (bytes: Buffer) => {
        const picture = bytes.lastIndexOf('IHDR', undefined, 'latin1');
        bytes[picture + 6]! ^= 1;
        return bytes;
      },
      /episode 2: picture of camera "side" at row \d|episode 2, picture of camera "side" at row \d: is no whole PNG/,
    ],
  ])('%s is refused, and the workspace is as it was', async (_what, damage, sentence) => {
    const { to, importing } = await changed((folder) => {
      const path = join(folder, video);
      writeFileSync(path, damage(readFileSync(path)));
    });
    await expect(importing).rejects.toMatchObject({ code: 'bad-data' });
    await expect(importing).rejects.toThrow(sentence);
    expect(await to.episodes()).toEqual([]);
    expect(await to.undo()).toBeNull();
    expect(await to.check()).toMatchObject({ episodes: 0, frames: 0 });
  });

  it('end before the rows do is refused with the row', async () => {
    const { importing } = await changed((folder) => {
      const samples = [png(new Uint8Array(3 * WIDTH * HEIGHT))];
      foreignVideo(join(folder, video), { codec: 'mp4v', objectType: 0x6d, samples, timescale: 5000 });
    });
    await expect(importing).rejects.toThrow(
      /file-000\.mp4, episode 0, row 2: has no picture: the video is shorter/,
    );
  });
});
