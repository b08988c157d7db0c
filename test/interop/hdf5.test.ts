import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { picturesIn } from '../formats/camera-workspace';
import { oneProcess } from '../formats/hdf5/one-process';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../formats/workspaces';
import { lacksModules, python } from './python';

const host = oneProcess();

const READ = `
import json, sys, h5py, numpy as np
plain = lambda a: [None if v != v else v for v in np.asarray(a, dtype=np.float64).ravel().tolist()]
with h5py.File(sys.argv[1], "r") as file:
    print(json.dumps({name: plain(file[name][()]) for name in sys.argv[2].split(",")} | {
        "attributes": {k: v if isinstance(v, str) else int(v) for k, v in file[sys.argv[3]].attrs.items()},
    }))
`;

const MINARI = `
import json, sys, numpy as np, minari
data = minari.MinariDataset(sys.argv[1])
plain = lambda a: [None if v != v else v for v in np.asarray(a, dtype=np.float64).ravel().tolist()]
episode = list(data.iterate_episodes())[1]
assert data.observation_space.contains(episode.observations[0]), data.observation_space
print(json.dumps({
    "episodes": int(data.total_episodes), "steps": int(data.total_steps),
    "observations": plain(episode.observations), "actions": plain(episode.actions),
    "rewards": plain(episode.rewards), "ended": [int(episode.terminations[-1]), int(episode.truncations[-1])],
    "seconds": plain(episode.infos["device_seconds"]),
}))
`;

/** Made by Minari itself, of a space of several parts; jpeg_encoding is what it writes unless told otherwise. */
const MADE_BY_MINARI = `
import json, sys, os, numpy as np, gymnasium as gym
os.environ["MINARI_DATASETS_PATH"] = sys.argv[1]
import minari
from minari.data_collector import EpisodeBuffer
rng = np.random.default_rng(3)
space = gym.spaces.Dict({"q": gym.spaces.Box(-9, 9, (2,)), "side": gym.spaces.Box(0, 255, (40, 40, 3), np.uint8)})
buffers = [EpisodeBuffer(id=i, observations={"q": rng.normal(size=(n + 1, 2)).astype(np.float32), "side": np.zeros((n + 1, 40, 40, 3), np.uint8)},
    actions=rng.normal(size=(n, 1)).astype(np.float32), rewards=list(rng.normal(size=n)),
    terminations=[False] * (n - 1) + [i == 0], truncations=[False] * (n - 1) + [i != 0]) for i, n in enumerate([7, 4])]
minari.create_dataset_from_buffers("theirs-v0", buffers, observation_space=space, action_space=gym.spaces.Box(-1, 1, (1,)))
print(json.dumps({"q": buffers[1].observations["q"].ravel().tolist(), "actions": buffers[1].actions.ravel().tolist(), "rewards": buffers[1].rewards}))
`;

const WRITE = `
import json, sys, h5py, numpy as np
path, layout = sys.argv[1:3]
rng = np.random.default_rng(7)
q, u, r = rng.normal(size=(60, 2)), rng.normal(size=(60, 1)).astype(">f4"), np.arange(60, dtype=np.int32)
ends = np.zeros(60, bool); ends[[24, 59]] = True
pictures = rng.integers(0, 256, (60, 8, 6, 3), dtype=np.uint8); pictures[11] = pictures[10]
with h5py.File(path, "w") as file:
    if layout == "robomimic":
        data = file.create_group("data")
        data.attrs["env_args"] = json.dumps({"env_name": "Lift", "env_type": 1, "env_kwargs": {"control_freq": 20}})
        for i, (a, b) in enumerate([(0, 25), (25, 60)]):
            demo = data.create_group(f"demo_{i}")
            demo.attrs["num_samples"] = b - a
            demo.create_dataset("actions", data=u[a:b], compression="gzip")
            demo.create_dataset("rewards", data=r[a:b])
            demo.create_dataset("dones", data=ends[a:b].astype(np.int64))
            demo.create_dataset("obs/q", data=q[a:b], chunks=(7, 1), compression="gzip", shuffle=True, fletcher32=True)
            demo.create_dataset("obs/side_image", data=pictures[a:b], compression="gzip")
            demo.create_dataset("obs/depth", data=np.zeros((b - a, 8, 8, 2), np.uint8))
            demo.create_dataset("next_obs/q", data=q[a + 1:b + 1] if b < 60 else np.vstack([q[a + 1:b], q[:1]]))
        file.create_dataset("mask/train", data=np.array([b"demo_0"]))
    else:
        file.create_dataset("observations", data=q.astype(np.float32).astype(np.float64), compression="gzip")
        file.create_dataset("actions", data=u)
        file.create_dataset("rewards", data=r.astype(np.float32))
        file.create_dataset("terminals", data=np.arange(60) == 24)
        file.create_dataset("timeouts", data=np.arange(60) == 59)
        file.create_dataset("infos/qpos", data=q)
print(json.dumps({"q": q.ravel().tolist(), "u": u.astype(np.float64).ravel().tolist(), "pictures": pictures.reshape(60, -1).tolist()}))
`;

const REFUSED = `
import json, sys, h5py, numpy as np
path, how = sys.argv[1:3]
with h5py.File(path + ".other", "w") as other: other.create_dataset("q", data=np.ones((9, 1)))
with h5py.File(path, "w") as file:
    file.create_dataset("observations", data=np.ones((9, 1)))
    if how == "virtual":
        layout = h5py.VirtualLayout(shape=(9, 1), dtype="f8")
        layout[:] = h5py.VirtualSource(path + ".other", "q", shape=(9, 1))
        file.create_virtual_dataset("actions", layout)
    elif how == "external":
        file.create_dataset("actions", shape=(9, 1), dtype="f8", external=[("/etc/hostname", 0, 72)])
    elif how == "lzf":
        file.create_dataset("actions", data=np.ones((9, 1)), compression="lzf")
    else:
        file.create_dataset("actions", data=np.ones((9, 1), np.float16))
print(json.dumps(None))
`;

interface Numbers {
  q: number[];
  u: number[];
  pictures: number[][];
}

describe.skipIf(await lacksModules('h5py'))('HDF5 and h5py', () => {
  it('what Foresight writes is read there number for number, attributes included', async () => {
    const log = await workspaceWith(40, 25);
    const { numbers } = await contentOf(log, 2);
    const path = freshPath('out.hdf5');
    await exported(log, 'robomimic', path, host);
    const names = ['obs/state', 'next_obs/state', 'actions', 'rewards', 'dones'].map(
      (name) => `data/demo_1/${name}`,
    );
    expect(await python(READ, path, names.join(','), 'data')).toEqual({
      'data/demo_1/obs/state': numbers.observations.slice(0, -2),
      'data/demo_1/next_obs/state': numbers.observations.slice(2),
      'data/demo_1/actions': numbers.actions.slice(0, -1),
      'data/demo_1/rewards': numbers.reward.slice(1),
      'data/demo_1/dones': [...new Array(23).fill(0), 1],
      attributes: { total: 39 + 24, env_args: '{"env_name":"bench-arm","env_type":2,"env_kwargs":{}}' },
    });
    const flat = freshPath('flat.hdf5');
    await exported(log, 'd4rl', flat, host);
    const read = (await python(READ, flat, 'actions,terminals,timeouts', '/')) as Record<string, number[]>;
    expect(read.actions?.slice(39)).toEqual(numbers.actions.slice(0, -1));
    expect(read.terminals?.flatMap((one, row) => (one === 1 ? [row] : []))).toEqual([39 + 24 - 1]);
    expect(read.timeouts?.flatMap((one, row) => (one === 1 ? [row] : []))).toEqual([38]);
  });

  it('what it writes in the layout of robomimic is imported number for number', async () => {
    const path = freshPath('theirs.hdf5');
    const { q, u, pictures } = (await python(WRITE, path, 'robomimic')) as Numbers;
    const log = await freshLog();
    const { head } = await imported(log, path, {}, host);
    expect(head).toMatchObject({ format: 'HDF5, robomimic', rig: 'Lift', periodSeconds: 0.05, episodes: 2 });
    expect(head.remarks).toEqual([
      '"obs/depth" holds pictures (8 × 8 × 2) that are neither grey nor red, green and blue of 8 bits, and is not read.',
    ]);
    const [side] = await picturesIn(log, 1, 'pixels');
    expect(side?.camera).toMatchObject({ name: 'side', width: 6, height: 8, rate: 20, frames: 24 });
    // The one that is the same as the one before is that one still; no picture is known of the row after the last frame.
    expect(side?.seen).toEqual([...Array(11).keys(), ...Array.from({ length: 14 }, (_, i) => 10 + i), 23]);
    const seen = side?.frames.map(({ data }) => [...Buffer.from(data, 'base64')]);
    expect(seen).toEqual(pictures.slice(0, 25).filter((_, row) => row !== 11));
    const first = await contentOf(log, 1);
    expect(first.numbers.observations).toEqual(q.slice(0, 52));
    expect(first.numbers.actions).toEqual([...u.slice(0, 25), null]);
    expect(first.numbers.reward.slice(0, 4)).toEqual([0, 0, 1, 2]);
    expect(first.terminated).toBe(true);
    expect((await contentOf(log, 2)).numbers.actions).toEqual([...u.slice(25), null]);
  });

  it('what it writes in the layout of D4RL is cut where an episode ended, and imported number for number', async () => {
    const path = freshPath('theirs.hdf5');
    const { q, u } = (await python(WRITE, path, 'd4rl')) as Numbers;
    const log = await freshLog();
    const { head } = await imported(log, path, { periodSeconds: 0.05 }, host);
    expect(head).toMatchObject({ format: 'HDF5, D4RL', episodes: null, rows: 60 });
    const [first, second] = [await contentOf(log, 1), await contentOf(log, 2)];
    expect(first.numbers.observations).toEqual(q.slice(0, 50).map(Math.fround));
    expect(first.numbers.actions).toEqual([...u.slice(0, 24), null]);
    expect([first.terminated, second.terminated]).toEqual([true, false]);
    expect(second.numbers.actions).toEqual([...u.slice(25, 59), null]);
  });

  it.each([
    ['virtual', /"actions" that can be read: .* lies in other files, which are not opened/],
    [
      'external',
      /\/actions, row 0: cannot be read .*names another file, \/etc\/hostname, which is not opened/,
    ],
    ['lzf', /"actions" that can be read: .* is packed with lzf, which is not read; pack it with gzip/],
    ['half', /"actions" that can be read: .* 16 bits/],
  ])('what cannot be read (%s) is refused with the place, and nothing is imported', async (how, sentence) => {
    const path = freshPath('theirs.hdf5');
    await python(REFUSED, path, how);
    const log = await freshLog();
    await expect(imported(log, path, { periodSeconds: 1 }, host)).rejects.toThrow(sentence);
    expect(await log.episodes()).toEqual([]);
  });
});

describe.skipIf(await lacksModules('minari', 'h5py', 'PIL'))('HDF5 and Minari', () => {
  it('what Foresight writes is opened there, and its episodes are equal number for number', async () => {
    const log = await workspaceWith(40, 25);
    const path = freshPath('bench-arm-v0');
    await exported(log, 'minari', path, host);
    const { numbers } = await contentOf(log, 2);
    expect(await python(MINARI, join(path, 'data'))).toEqual({
      ...{ episodes: 2, steps: 63, observations: numbers.observations },
      ...{ actions: numbers.actions.slice(0, -1), rewards: numbers.reward.slice(1) },
      ...{ ended: [1, 0], seconds: numbers.deviceSeconds },
    });
  });

  it('what it writes is imported number for number', async () => {
    const root = freshPath('datasets');
    const theirs = (await python(MADE_BY_MINARI, root)) as {
      q: number[];
      actions: number[];
      rewards: number[];
    };
    const log = await freshLog();
    const { head } = await imported(log, join(root, 'theirs-v0'), { periodSeconds: 0.1 }, host);
    expect(head).toMatchObject({ format: 'HDF5, Minari', episodes: 2, rows: 11 });
    expect(head.cameras).toMatchObject([{ name: 'side', width: 40, height: 40 }]);
    const [side] = await picturesIn(log, 2, 'pixels');
    const [first] = side?.frames ?? [];
    // Nothing moves: it is one picture, which every row saw; JPEG, as Minari packs it.
    expect([side?.seen, side?.frames.length]).toEqual([new Array(5).fill(0), 1]);
    expect(Math.max(...Buffer.from(first?.data ?? '', 'base64'))).toBeLessThan(4);
    const second = await contentOf(log, 2);
    expect(second.numbers.observations).toEqual(theirs.q);
    expect(second.numbers.actions).toEqual([...theirs.actions, null]);
    expect(second.numbers.reward).toEqual([0, ...theirs.rewards]);
    expect((await contentOf(log, 1)).terminated).toBe(true);
  });
});
