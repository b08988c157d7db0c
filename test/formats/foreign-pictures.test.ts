import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { smallDisk } from '../small-disk';
import { picturesIn } from './camera-workspace';
import { counting, foreignFile } from './hdf5/foreign';
import { oneProcess } from './hdf5/one-process';
import { type ForeignVideo, foreignVideo } from './video/foreign-mp4';
import { HEIGHT, jpeg, png, rgbOf, WIDTH } from './watched-episode';
import { freshLog, freshPath, imported } from './workspaces';

const host = oneProcess();
const disk = smallDisk();
const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64');

/** A LeRobot data set in v2.1 of somebody else: two episodes of four frames, and the videos that are given. */
function lerobotFolder(videos: Record<string, (ForeignVideo | undefined)[]>): string {
  const root = freshPath('theirs');
  const put = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  };
  const vector = { dtype: 'float32', shape: [1], names: null };
  const keys = Object.keys(videos);
  const info = {
    ...{ codebase_version: 'v2.1', robot_type: 'arm', fps: 30, total_episodes: 2, total_frames: 8 },
    data_path: 'data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet',
    features: {
      ...{ 'observation.state': vector, action: vector },
      ...Object.fromEntries(
        keys.map((key) => [key, { dtype: 'video', shape: [HEIGHT, WIDTH, 3], names: null }]),
      ),
    },
  };
  put('meta/info.json', JSON.stringify(info));
  for (const episode of [0, 1]) {
    const numbers = Float32Array.from({ length: 4 }, (_, i) => i);
    const columnData = [
      { name: 'observation.state', data: numbers, type: 'FLOAT' as const },
      { name: 'action', data: numbers, type: 'FLOAT' as const },
      { name: 'episode_index', data: numbers.map(() => episode), type: 'INT32' as const },
    ];
    const name = `episode_00000${episode}`;
    put(`data/chunk-000/${name}.parquet`, new Uint8Array(parquetWriteBuffer({ columnData })));
    for (const key of keys) {
      const video = videos[key]?.[episode];
      const path = join(root, 'videos', 'chunk-000', key, `${name}.mp4`);
      mkdirSync(dirname(path), { recursive: true });
      if (video !== undefined) foreignVideo(path, video);
    }
  }
  return root;
}

const mjpeg = (samples: Uint8Array[]): ForeignVideo => ({ codec: 'mp4v', objectType: 0x6c, samples });

describe('pictures of other people', () => {
  it('in MJPEG videos come in, each at its row; an episode whose video is not there has a note of it', async () => {
    const samples = [0, 1, 2, 3].map((i) => jpeg(rgbOf(i)));
    const log = await freshLog();
    const folder = lerobotFolder({ 'observation.images.Top Cam': [mjpeg(samples), undefined] });
    const { head, cameras, remarks } = await imported(log, folder);
    expect(head.cameras).toEqual([
      { column: 'observation.images.Top Cam', name: 'top-cam', width: WIDTH, height: HEIGHT, rate: null },
    ]);
    expect(cameras).toEqual([{ name: 'top-cam', pictures: 4 }]);
    const [top] = await picturesIn(log, 1);
    expect(top?.camera).toMatchObject({ rate: 30, frames: 4, dropped: 0 });
    expect(top?.seen).toEqual([0, 1, 2, 3]);
    expect(top?.frames.map(({ data }) => data)).toEqual(samples.map(base64));
    expect(top?.frames.map(({ hostSeconds }) => hostSeconds)).toEqual([
      ...(await log.columns(1)).hostSeconds,
    ]);
    const missing = 'Episode 1 has no pictures of "observation.images.Top Cam": its video is not there.';
    expect(remarks).toContain(missing);
    expect((await log.events(2)).map(({ message }) => message)).toContain(missing);
    expect((await log.events(1)).map(({ message }) => message)).not.toContain(missing);
    expect((await log.cameras(2))[0]).toMatchObject({ frames: 0 });
  });

  it('in a video that is slower than the rows are seen by several of them', async () => {
    const samples = [0, 1].map((i) => png(rgbOf(i)));
    const video: ForeignVideo = { codec: 'mp4v', objectType: 0x6d, samples, timescale: 1500 };
    const log = await freshLog();
    await imported(log, lerobotFolder({ cam: [video, video] }));
    const [cam] = await picturesIn(log, 2);
    expect([cam?.camera.name, cam?.seen]).toEqual(['cam', [0, 0, 1, 1]]);
  });

  it('of one camera stay behind and of another come along, and a name that leads elsewhere is no camera', async () => {
    const samples = [0, 1, 2, 3].map((i) => png(rgbOf(i)));
    const good: ForeignVideo = { codec: 'mp4v', objectType: 0x6d, samples };
    const odd = { ...good, samples: samples.map(() => Uint8Array.of(0x89, 0x50, 1, 2)) };
    const folder = lerobotFolder({
      good: [good, { codec: 'hvc1' }],
      odd: [odd, odd],
      wide: [{ codec: 'vp09' }, undefined],
    });
    const log = await freshLog();
    const { cameras, remarks } = await imported(log, folder);
    expect(cameras).toEqual([{ name: 'good', pictures: 4 }]);
    const said = remarks.join('\n');
    expect(said).toMatch(
      /"wide" are VP9, which is not read here: the rows come without its pictures\. Convert/,
    );
    expect(said).toMatch(/"odd" hold PNG pictures of a kind that is not read here/);
    expect(said).toMatch(
      /Episode 1 has no pictures of "good": its video is H\.265 \(HEVC\), which is not read here\./,
    );
    const outside = lerobotFolder({});
    const info = join(outside, 'meta', 'info.json');
    rmSync(info);
    const features = {
      '../../../etc': { dtype: 'video', shape: [1, 1, 3], names: null },
      '..': { dtype: 'video', shape: [1, 1, 3], names: null },
    };
    const described = {
      codebase_version: 'v2.1',
      fps: 30,
      total_episodes: 2,
      total_frames: 8,
      data_path: 'data',
    };
    writeFileSync(info, JSON.stringify({ ...described, features }));
    const { remarks: refused } = await imported(await freshLog(), outside, { rig: 'arm' });
    expect(refused).toContain('"../../../etc" can be no folder, and is not read.');
    expect(refused).toContain('".." can be no folder, and is not read.');
  });

  it('in the tables of a LeRobot data set come in, those of an episode each at its row', async () => {
    const root = lerobotFolder({});
    const key = 'observation.images.front';
    const info = join(root, 'meta', 'info.json');
    const described = JSON.parse(readFileSync(info, 'utf8'));
    const image = { dtype: 'image', shape: [HEIGHT, WIDTH, 3], names: null };
    const features = { ...described.features, [key]: image, 'observation.images.gone': image };
    writeFileSync(info, JSON.stringify({ ...described, features }));
    rmSync(join(root, 'data', 'chunk-000', 'episode_000001.parquet'));
    const files = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? png : jpeg)(rgbOf(Math.max(1, i))));
    const numbers = Float32Array.from({ length: 8 }, (_, i) => i);
    const optional = { repetition_type: 'OPTIONAL' as const };
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'observation.state', data: numbers },
        { name: 'action', data: numbers },
        { name: 'episode_index', data: Array.from(numbers, (i) => (i < 5 ? 0 : 1)) },
        { name: key, data: files.map((file, i) => ({ bytes: file, path: `${i}.png` })) },
      ],
      schema: [
        { name: 'root', num_children: 4 },
        { name: 'observation.state', type: 'FLOAT', ...optional },
        { name: 'action', type: 'FLOAT', ...optional },
        { name: 'episode_index', type: 'INT32', ...optional },
        { name: key, num_children: 2, ...optional },
        { name: 'bytes', type: 'BYTE_ARRAY', ...optional },
        { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...optional },
      ],
      rowGroupSize: 3,
    });
    writeFileSync(join(root, 'data', 'chunk-000', 'episode_000000.parquet'), new Uint8Array(bytes));
    const log = await freshLog();
    const { cameras, remarks } = await imported(log, root);
    expect(cameras).toEqual([{ name: 'front', pictures: 8 }]);
    expect(remarks).toContain(
      'The pictures of camera "observation.images.gone" are no PNG or JPEG files in its tables: the rows come without them.',
    );
    const [[first], [second]] = [await picturesIn(log, 1), await picturesIn(log, 2)];
    expect(first?.frames.map(({ data }) => data)).toEqual(files.slice(0, 5).map(base64));
    expect(second?.frames.map(({ data }) => data)).toEqual(files.slice(5).map(base64));
    expect(second?.seen).toEqual([0, 1, 2]);
  });

  it('in arrays come in whatever the order of their colours, grey too, and packed ones as the files that they are', async () => {
    const frames = 3;
    const rgb = Array.from({ length: frames }, (_, i) => rgbOf(i));
    const pixels = WIDTH * HEIGHT;
    const planes = rgb.map((one) =>
      Uint8Array.from({ length: 3 * pixels }, (_, i) => one[3 * (i % pixels) + Math.floor(i / pixels)]!),
    );
    const grey = Array.from({ length: frames }, (_, i) => new Uint8Array(pixels).fill(50 + i));
    const files = rgb.map((one) => jpeg(one));
    const longest = Math.max(...files.map(({ length }) => length)) + 9;
    const packed = files.map((file) => Uint8Array.from({ length: longest }, (_, i) => file[i] ?? 0));
    const joined = (rows: Uint8Array[]) => new Uint8Array(Buffer.concat(rows));
    const demo = '/data/demo_0';
    const after = rgbOf(7);
    const path = await foreignFile({
      [`${demo}/actions`]: { data: counting(frames), shape: [frames, 1] },
      [`${demo}/obs/q`]: { data: counting(frames), shape: [frames, 1] },
      [`${demo}/next_obs/q`]: { data: counting(frames), shape: [frames, 1] },
      [`${demo}/obs/a_image`]: { data: joined(rgb), shape: [frames, HEIGHT, WIDTH, 3] },
      [`${demo}/next_obs/a_image`]: {
        data: joined([...rgb.slice(1), after]),
        shape: [frames, HEIGHT, WIDTH, 3],
      },
      [`${demo}/obs/b_rgb`]: { data: joined(planes), shape: [frames, 3, HEIGHT, WIDTH] },
      [`${demo}/obs/c`]: { data: joined(grey), shape: [frames, HEIGHT, WIDTH, 1] },
      [`${demo}/obs/d`]: { data: joined(packed), shape: [frames, longest] },
      [`${demo}/obs/short`]: { data: joined(rgb.slice(1)), shape: [frames - 1, HEIGHT, WIDTH, 3] },
      [`${demo}/mask`]: { data: joined(rgb), shape: [frames, HEIGHT, WIDTH, 3] },
    });
    const log = await freshLog();
    const { cameras, remarks } = await imported(log, path, { periodSeconds: 0.1 }, host);
    expect(cameras.map(({ name, pictures }) => [name, pictures])).toEqual([
      ...[
        ['a', 4],
        ['b', 3],
        ['c', 3],
        ['d', 3],
      ],
      ['short', 0],
    ]);
    expect(remarks).toContain(
      `"mask" holds pictures (${HEIGHT} × ${WIDTH} × 3), which are no observations, and is not read.`,
    );
    expect(remarks).toContain(
      'demo_0 comes without its pictures "obs/short": they are 2, and it has 3 frames.',
    );
    const [a, b, c, d] = await picturesIn(log, 1, 'pixels');
    const same = (one: typeof a, wanted: Uint8Array[]) =>
      expect(one?.frames.map(({ data }) => data)).toEqual(wanted.map(base64));
    same(a, [...rgb, after]);
    same(b, rgb);
    same(
      c,
      grey.map((one) => Uint8Array.from({ length: 3 * pixels }, (_, i) => one[Math.floor(i / 3)]!)),
    );
    const [, , , packedOnes] = await picturesIn(log, 1);
    same(packedOnes, files);
    expect([a?.seen, d?.seen]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 2],
    ]);
  });

  it.skipIf(!disk.mounted)(
    'for which the disk has no room leave nothing of their import, and it is said',
    async () => {
      const [frames, side] = [100, 128];
      // Noise, which nothing packs: more than the disk has.
      let state = 7;
      const noise = Uint8Array.from({ length: frames * side * side * 3 }, () => {
        state = (state * 48_271) % 2_147_483_647;
        return state >> 8;
      });
      const demo = '/data/demo_0';
      const path = await foreignFile({
        [`${demo}/actions`]: { data: counting(frames), shape: [frames, 1] },
        [`${demo}/obs/q`]: { data: counting(frames), shape: [frames, 1] },
        [`${demo}/obs/side_image`]: { data: noise, shape: [frames, side, side, 3] },
      });
      const log = await openLog(join(disk.folder, 'workspace'));
      try {
        await expect(imported(log, path, { periodSeconds: 0.1 }, host)).rejects.toThrow(/disk.* is full/);
        expect(await log.episodes({ deleted: 'too' })).toEqual([]);
        expect(await log.undo()).toBeNull();
        await expect.poll(async () => (await log.check()).frames).toBe(0);
        expect(await log.check()).toMatchObject({ episodes: 0, damage: [], database: [] });
      } finally {
        await log.close();
      }
    },
  );
});
