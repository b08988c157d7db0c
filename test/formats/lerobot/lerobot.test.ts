import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { joinedStats, RunningStats } from '../../../src/main/formats/lerobot/stats';
import type { Log } from '../../../src/main/log/types';
import {
  contentOf,
  exported,
  freshLog,
  freshPath,
  imported,
  madeEpisode,
  workspaceWith,
} from '../workspaces';

let [log, into]: Log[] = [];
const folder = freshPath('dataset');
beforeAll(async () => {
  [log, into] = [await workspaceWith(40, 25), await freshLog()];
  await exported(log!, 'lerobot', folder);
});

const json = (name: string) => JSON.parse(readFileSync(join(folder, 'meta', name), 'utf8'));
const objects = (name: string) => {
  const bytes = readFileSync(join(folder, name));
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
};

function put(root: string, name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
}

describe('LeRobot', () => {
  it('has the files, features and counts of a v3.0 data set, a frame a step', async () => {
    expect(json('info.json')).toMatchObject({
      ...{ codebase_version: 'v3.0', robot_type: 'bench-arm', fps: 50, total_episodes: 2, total_frames: 63 },
      ...{ total_tasks: 1, chunks_size: 1000, video_path: null, splits: { train: '0:2' } },
      features: {
        'observation.state': { dtype: 'float32', shape: [2], names: ['angle', 'speed'] },
        action: { dtype: 'float32', shape: [1], names: ['torque'] },
        timestamp: { dtype: 'float32', shape: [1], names: null },
      },
    });
    const frames = await objects('data/chunk-000/file-000.parquet');
    expect(frames).toHaveLength(63);
    const { numbers } = await contentOf(log!, 2);
    expect(frames[40]).toMatchObject({
      'observation.state': numbers.observations.slice(2, 4).map((v) => Math.fround(v ?? 0)),
      // One action is a number there, not a vector; the reward is the one that followed.
      ...{ action: Math.fround(numbers.actions[1] ?? 0), 'next.reward': Math.fround(numbers.reward[2] ?? 0) },
      ...{
        'next.done': false,
        timestamp: Math.fround(0.02),
        frame_index: 1n,
        episode_index: 1n,
        index: 40n,
        task_index: 0n,
      },
      'foresight.device_seconds': numbers.deviceSeconds[1],
    });
    expect(frames.filter((frame) => frame['next.done']).map(({ index }) => index)).toEqual([38n, 62n]);
    const episodes = await objects('meta/episodes/chunk-000/file-000.parquet');
    expect(episodes[1]).toMatchObject({
      ...{ episode_index: 1n, tasks: ['random on bench-arm'], length: 24n, 'data/file_index': 0n },
      ...{
        dataset_from_index: 39n,
        dataset_to_index: 63n,
        'stats/frame_index/max': [23],
        'stats/index/count': [24n],
      },
    });
    expect(await objects('meta/tasks.parquet')).toEqual([{ task_index: 0n, task: 'random on bench-arm' }]);
    expect(json('stats.json')).toMatchObject({ index: { min: [0], max: [62], mean: [31], count: [63] } });
  });

  it('comes back as it was, the last observation too; observations, actions and rewards to 32 bits', async () => {
    const { head, episodes } = await imported(into!, folder);
    expect(head).toMatchObject({
      format: 'LeRobot v3.0',
      rig: 'bench-arm',
      episodes: 2,
      rows: 65,
      periodSeconds: 0.02,
    });
    const single = (values: (number | null)[]) => values.map((v) => (v === null ? null : Math.fround(v)));
    for (const id of episodes) {
      const [theirs, ours] = [await contentOf(into!, id), await contentOf(log!, id)];
      const { numbers, ...rest } = theirs;
      const { numbers: expected, ...known } = ours;
      expect(rest).toEqual(known);
      expect(numbers.observations.slice(0, -2)).toEqual(single(expected.observations.slice(0, -2)));
      expect(numbers.observations.slice(-2)).toEqual(expected.observations.slice(-2));
      expect(numbers.actions).toEqual(single(expected.actions));
      expect(numbers.requested).toEqual(single(expected.requested));
      expect(numbers.reward).toEqual(single(expected.reward));
      expect(numbers.hostSeconds.slice(0, -1)).toEqual(expected.hostSeconds.slice(0, -1));
      expect(numbers.deviceSeconds.slice(0, -1)).toEqual(expected.deviceSeconds.slice(0, -1));
    }
  });

  it('is read in v2.1 as others write it: a file an episode, cameras and texts left out and named', async () => {
    const root = freshPath('v21');
    const feature = (dtype: string, shape: number[], names: unknown = null) => ({ dtype, shape, names });
    const info = {
      ...{ codebase_version: 'v2.1', robot_type: 'so101', fps: 30, total_episodes: 2, total_frames: 5 },
      data_path: 'data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet',
      features: {
        'observation.state': feature('float32', [2], { motors: ['pan.pos', 'lift.pos'] }),
        action: feature('float32', [2], ['pan.pos', 'lift.pos']),
        'observation.images.top': feature('video', [480, 640, 3]),
      },
    };
    put(root, 'meta/info.json', JSON.stringify(info));
    put(
      root,
      'meta/episodes.jsonl',
      '{"episode_index": 0, "tasks": ["pick"], "length": 3}\n{"episode_index": 1}\n',
    );
    const schema = ['observation.state', 'action'].flatMap((name) => [
      { name, repetition_type: 'OPTIONAL' as const, num_children: 1, converted_type: 'LIST' as const },
      { name: 'list', repetition_type: 'REPEATED' as const, num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL' as const, type: 'FLOAT' as const },
    ]);
    const number = { name: 'episode_index', repetition_type: 'OPTIONAL' as const, type: 'INT64' as const };
    for (const [episode, rows] of [3, 2].entries()) {
      const vectors = Array.from({ length: rows }, (_, i) => [i + episode, -i]);
      const columnData = [
        { name: 'observation.state', data: vectors },
        { name: 'action', data: vectors },
        { name: 'episode_index', data: vectors.map(() => BigInt(episode)) },
      ];
      const all = [{ name: 'root', num_children: 3 }, ...schema, number];
      const bytes = new Uint8Array(parquetWriteBuffer({ columnData, schema: all }));
      put(root, `data/chunk-000/episode_00000${episode}.parquet`, bytes);
    }
    const fresh = await freshLog();
    const { remarks } = await imported(fresh, root);
    expect(remarks.join('\n')).toMatch(
      /The videos of camera "observation\.images\.top" are not there \(videos\/observation\.images\.top\): the rows come/,
    );
    const first = await contentOf(fresh, 1);
    expect(first).toMatchObject({ rig: 'so101', periodSeconds: 1 / 30 });
    expect(first.observations.map(({ name }) => name)).toEqual(['pan_pos', 'lift_pos']);
    expect(first.actions.map(({ name }) => name)).toEqual(['action_pan_pos', 'action_lift_pos']);
    expect(first.numbers).toMatchObject({
      observations: [0, -0, 1, -1, 2, -2],
      actions: [0, -0, 1, -1, null, null],
    });
    expect((await fresh.events(1)).map(({ message }) => message)).toContain('Task: pick');
    expect((await contentOf(fresh, 2)).numbers.observations).toEqual([1, -0, 2, -1]);
  });

  it.each([
    [{ data_path: '../../../etc/{episode_index}.parquet' }, /meta\/info\.json, data_path: .* leads out/],
    [{ codebase_version: 'v9.9' }, /codebase_version: is "v9\.9"/],
    [{ fps: 0 }, /meta\/info\.json, fps: /],
    [{ total_frames: 2 ** 63 }, /meta\/info\.json, total_frames: /],
  ])('is refused where its description says %o', async (change, sentence) => {
    const root = freshPath('hostile');
    put(root, 'meta/info.json', JSON.stringify({ ...json('info.json'), ...change }));
    await expect(imported(into!, root)).rejects.toThrow(sentence);
  });

  it('is refused without its data or with a file cut short, and leaves the workspace as it was', async () => {
    const [empty, before] = [freshPath('empty'), await into!.episodes()];
    put(empty, 'meta/info.json', JSON.stringify(json('info.json')));
    await expect(imported(into!, empty)).rejects.toThrow(/data: holds no Parquet file/);
    put(empty, 'meta/info.json', '{"codebase_version": ');
    await expect(imported(into!, empty)).rejects.toThrow(/meta\/info\.json: is no JSON/);
    const file = join(folder, 'data/chunk-000/file-000.parquet');
    truncateSync(file, 1000);
    await expect(imported(into!, folder)).rejects.toThrow(/file-000\.parquet, byte 992: has no footer/);
    expect(await into!.episodes()).toEqual(before);
    expect(readdirSync(dirname(folder))).toEqual(['dataset']);
  });

  it('has no rewards where nobody knows them, instead of statistics that are no numbers', async () => {
    const made = madeEpisode(1, 20);
    made.columns.reward.fill(Number.NaN);
    const unrewarded = await freshLog();
    await unrewarded.addEpisodes([made], 'Made');
    const root = freshPath('unrewarded');
    const { losses } = await exported(unrewarded, 'lerobot', root);
    expect(losses).toContain('Not every episode has rewards, so there is no next.reward.');
    const stats = readFileSync(join(root, 'meta/stats.json'), 'utf8');
    expect([stats.includes('null'), stats.includes('next.reward')]).toEqual([false, false]);
    await imported(await freshLog(), root);
  });

  it('keeps statistics in one pass as if all frames were at hand', () => {
    const values = Float64Array.from({ length: 3 * 1000 }, (_, i) => Math.sin(i) * (1 + (i % 3)) + 1e3);
    const part = (from: number, to: number) => {
      const running = new RunningStats(3, to - from);
      for (let at = from; at < to; at += 130) {
        const end = Math.min(to, at + 130);
        running.add(values.subarray(3 * at, 3 * end), end - at);
      }
      return running.stats();
    };
    const [whole, joined] = [part(0, 1000), joinedStats(part(0, 370), part(370, 1000))];
    for (let element = 0; element < 3; element++) {
      const column = [...values.filter((_, i) => i % 3 === element)].sort((a, b) => a - b);
      const mean = column.reduce((sum, v) => sum + v, 0) / 1000;
      const std = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 1000);
      for (const stats of [whole, joined]) {
        expect([stats.min[element], stats.max[element]]).toEqual([column[0], column[999]]);
        expect(stats.mean[element]).toBeCloseTo(mean, 9);
        expect(stats.std[element]).toBeCloseTo(std, 9);
        expect(stats.count).toEqual([1000]);
      }
      expect(whole.q50[element]).toBeCloseTo(((column[499] ?? 0) + (column[500] ?? 0)) / 2, 9);
      expect(whole.q01[element]).toBeCloseTo(
        (column[9] ?? 0) + 0.99 * ((column[10] ?? 0) - (column[9] ?? 0)),
        9,
      );
    }
  });
});
