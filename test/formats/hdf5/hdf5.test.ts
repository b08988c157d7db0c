import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import h5wasm from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/main/camera/png';
import { exportEpisodes, planExport } from '../../../src/main/formats/export';
import { Hdf5File } from '../../../src/main/formats/hdf5/file';
import { newEpisode, rows } from '../../log/fixtures';
import { smallDisk } from '../../small-disk';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../workspaces';
import { counting, foreignFile } from './foreign';
import { oneProcess } from './one-process';

const host = oneProcess();
const disk = smallDisk();

const CAMERA = { name: 'side', width: 40, height: 32, rate: 25 };

/** A picture of one colour. */
const picture = (red: number) => {
  const { width, height } = CAMERA;
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => (i % 3 === 0 ? red : 7));
};

/** An episode of five rows whose camera saw two pictures: from row 1 and from row 3 on. */
async function workspaceWithPictures() {
  const log = await freshLog();
  const id = await log.beginEpisode(newEpisode({ cameras: [CAMERA] }));
  const none = [Number.NaN];
  const steps = rows(0, 5).map((one) => (one.step === 4 ? { ...one, action: none, requested: none } : one));
  log.appendRows(id, steps, []);
  const frames = [1, 3].map((row, sequence) => ({
    ...{ camera: 0, sequence, hostSeconds: row * 0.02 + 0.0005, deviceSeconds: 0 },
    data: encodePng(picture(100 + row), CAMERA.width, CAMERA.height),
  }));
  log.appendFrames(id, frames, []);
  await log.endEpisode(id, { state: 'complete', terminated: true, reason: 'Done.' });
  return log;
}

describe('HDF5', () => {
  it.each(['robomimic', 'minari', 'd4rl'] as const)(
    'in the layout of %s holds all of an episode: what is exported and imported again is equal number for number',
    async (format) => {
      const [from, to] = [await workspaceWith(40, 3000, 2), await freshLog()];
      const path = freshPath('out.hdf5');
      const report = await exported(from, format, path, host);
      expect(report).toMatchObject({ episodes: 3, rows: 3042, path });
      const { episodes, head } = await imported(to, path, {}, host);
      expect(head).toMatchObject({ episodes: 3, rows: 3042, rig: 'bench-arm' });
      expect(episodes).toHaveLength(3);
      for (const id of [1, 2, 3]) expect(await contentOf(to, id)).toEqual(await contentOf(from, id));
      expect(await to.rigFile(1)).toMatchObject({ rig: { name: 'bench-arm', made: 'for a test' } });
    },
  );

  it.each([
    ['robomimic', '', 'data/demo_0/obs/side_image', 4],
    ['minari', 'data/main_data.hdf5', 'episode_0/observations/side_image', 5],
  ] as const)(
    'in the layout of %s brings the pictures of a camera, each step the one that it saw',
    async (format, inside, dataset, count) => {
      const log = await workspaceWithPictures();
      const plan = await planExport(log, { format, episodes: await log.episodes() });
      expect(plan.cameras).toEqual(['side']);
      const path = freshPath('out');
      await exported(log, format, path, host);
      await h5wasm.ready;
      const file = new h5wasm.File(join(path, inside), 'r');
      const found = file.get(dataset) as InstanceType<typeof h5wasm.Dataset>;
      expect(found.shape).toEqual([count, 32, 40, 3]);
      const seen = [0, 101, 101, 103, 103].slice(0, count);
      const wanted = seen.map((red) => (red === 0 ? new Uint8Array(picture(0).length) : picture(red)));
      expect(Buffer.compare(Buffer.from(found.value as Uint8Array), Buffer.concat(wanted))).toBe(0);
      file.close();
      const to = await freshLog();
      const { head } = await imported(to, path, {}, host);
      expect(head).toMatchObject({ remarks: [], cameras: [{ name: 'side', width: 40, height: 32 }] });
      expect(await contentOf(to, 1)).toEqual(await contentOf(log, 1));
    },
  );

  it('says before an export which pictures a format has no place for', async () => {
    const log = await workspaceWithPictures();
    for (const format of ['d4rl', 'parquet', 'mcap'] as const) {
      const plan = await planExport(log, { format, episodes: await log.episodes() });
      expect(plan.cameras).toEqual([]);
      expect(plan.losses).toContain('Pictures are not exported: side.');
    }
    const { cameras } = await planExport(log, { format: 'lerobot', episodes: await log.episodes() });
    expect(cameras).toEqual(['side']);
  });

  it('keeps any numbers, written and read in pieces of any size', async () => {
    const path = freshPath('numbers.hdf5');
    const file = new Hdf5File(host, path);
    const cases: { name: string; width: number; values: Float64Array }[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double(), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 9 }),
        async (numbers, width, piece) => {
          const count = Math.ceil(numbers.length / width) * width;
          const values = Float64Array.from({ length: count }, (_, i) => numbers[i % numbers.length] ?? 0);
          const name = `/case_${cases.length}`;
          const shape = [count / width, width];
          await file.write({ kind: 'dataset', path: name, type: 'float64', shape, packed: width > 3 });
          for (let first = 0; first < count / width; first += piece) {
            const part = values.slice(first * width, (first + piece) * width);
            const rows = part.length / width;
            await file.write({ kind: 'rows', path: name, shape: [rows, width], first, values: part });
          }
          cases.push({ name, width, values });
        },
      ),
      { numRuns: 40 },
    );
    await file.finish();
    for (const { name, width, values } of cases) {
      const middle = Math.floor(values.length / width / 2);
      const parts = middle === 0 ? [] : [await file.read(name, 0, middle)];
      parts.push(await file.read(name, middle, values.length / width));
      expect(parts.flatMap((part) => [...part])).toEqual([...values]);
    }
    await file.close();
  });

  it('maps columns of others by name, takes the rate that robomimic names, and the last action where next_obs has what came of it', async () => {
    const path = await foreignFile(
      {
        '/data/demo_10/actions': { data: counting(4, 50), shape: [4, 1] },
        '/data/demo_10/obs/q': { data: counting(4), shape: [4, 1] },
        '/data/demo_2/actions': { data: counting(3), shape: [3, 1] },
        '/data/demo_2/rewards': { data: Float64Array.of(1, 2, 4) },
        '/data/demo_2/dones': { data: Uint8Array.of(0, 0, 1) },
        '/data/demo_2/obs/q': { data: Float64Array.of(90, 180, 0) },
        '/data/demo_2/obs/eef': { data: counting(6), shape: [3, 2] },
        '/data/demo_2/next_obs/q': { data: Float64Array.of(180, 0, 45) },
      },
      [['data', 'env_args', JSON.stringify({ env_name: 'Lift', env_kwargs: { control_freq: 20 } })]],
    );
    const log = await freshLog();
    const q = { column: 'obs/q', name: 'joint', unit: 'rad', scale: Math.PI / 180, angle: true };
    const { head } = await imported(log, path, { observations: [q], rig: 'lift' }, host);
    expect(head).toMatchObject({ rig: 'Lift', periodSeconds: 0.05, episodes: 2, rows: 7 });
    expect(head.columns.map(({ column, role }) => [column, role])).toEqual([
      ['actions', 'action'],
      ['dones', null],
      ['obs/eef/0', 'observation'],
      ['obs/eef/1', 'observation'],
      ['obs/q', 'observation'],
    ]);
    const first = await contentOf(log, 1);
    expect(first).toMatchObject({
      terminated: true,
      observations: [{ name: 'joint', unit: 'rad', angle: true }],
    });
    expect(first.numbers.observations).toEqual([90, 180, 0, 45].map((degrees) => (degrees * Math.PI) / 180));
    expect(first.numbers.actions).toEqual([0, 1 / 7, 2 / 7, null]);
    expect(first.numbers.reward).toEqual([0, 1, 2, 4]);
    const second = await contentOf(log, 2);
    expect(second.numbers.actions).toEqual([50, 50 + 1 / 7, 50 + 2 / 7, null]);
    expect(second.terminated).toBe(false);
  });

  it('is written whole or not at all: stopped in the middle, nothing is left', async () => {
    const log = await workspaceWith(40, 30);
    for (const format of ['robomimic', 'minari'] as const) {
      const path = freshPath('out.hdf5');
      const stop = new AbortController();
      const options = { format, path, episodes: await log.episodes() };
      const onProgress = (done: number, total: number) => {
        if (done < total) stop.abort();
      };
      const watch = { signal: stop.signal, onProgress };
      await expect(exportEpisodes(log, options, watch)).rejects.toThrow(/stopped/);
      expect(readdirSync(dirname(path))).toEqual([]);
    }
  });

  it.skipIf(!disk.mounted)('leaves nothing of itself on a disk that is full, and says so', async () => {
    const log = await workspaceWith(20_000);
    disk.fill(200_000);
    const path = join(disk.folder, 'out.hdf5');
    await expect(exported(log, 'd4rl', path, host)).rejects.toThrow(
      /out\.hdf5 could not be written: .*space/,
    );
    disk.free();
    expect(readdirSync(disk.folder).filter((name) => name.includes('hdf5'))).toEqual([]);
  });

  it('stands in a folder as Minari wants it', async () => {
    const path = freshPath('bench-arm-v0');
    await exported(await workspaceWith(5, 3), 'minari', path, host);
    const metadata = JSON.parse(readFileSync(join(path, 'data', 'metadata.json'), 'utf8'));
    expect(metadata).toMatchObject({ total_episodes: 2, total_steps: 6, dataset_id: 'bench-arm-v0' });
    expect(metadata.action_space).toBe(
      '{"type": "Box", "dtype": "float64", "shape": [1], "low": [-2], "high": [2]}',
    );
  });
});
