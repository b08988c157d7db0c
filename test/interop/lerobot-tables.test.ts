import { describe, expect, it } from 'vitest';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../formats/workspaces';
import { lacksModules, python } from './python';

const READ = `
import json, sys
import pyarrow.parquet as pq
root = sys.argv[1]
data = pq.read_table(root + "/data/chunk-000/file-000.parquet", filters=[("episode_index", "=", 1)])
episodes = pq.read_table(root + "/meta/episodes/chunk-000/file-000.parquet")
tasks = pq.read_table(root + "/meta/tasks.parquet")
print(json.dumps({
    "state": [v for row in data["observation.state"].to_pylist() for v in row],
    "action": data["action"].to_pylist(), "index": data["index"].to_pylist(),
    "types": {f.name: str(f.type) for f in data.schema},
    "length": episodes["length"].to_pylist(), "tasks": episodes["tasks"].to_pylist(),
    "mean": episodes["stats/observation.state/mean"].to_pylist()[1],
    "index_columns": json.loads(tasks.schema.metadata[b"pandas"])["index_columns"],
}))
`;

const WRITE = `
import json, os, sys
import pyarrow as pa, pyarrow.parquet as pq
root = sys.argv[1]
for folder in ("meta/episodes/chunk-000", "data/chunk-000"):
    os.makedirs(os.path.join(root, folder))
lengths = [30, 50]
n = sum(lengths)
state = [[i / 3, i % 7, -i] for i in range(n)]
columns = {
    "observation.state": pa.array(state, pa.list_(pa.float32(), 3)),
    "action": pa.array([[i / 9, 1.5] for i in range(n)], pa.list_(pa.float32(), 2)),
    "timestamp": pa.array([i / 10 for l in lengths for i in range(l)], pa.float32()),
    "frame_index": pa.array([i for l in lengths for i in range(l)]),
    "episode_index": pa.array([e for e, l in enumerate(lengths) for i in range(l)]),
    "index": pa.array(range(n)), "task_index": pa.array([0] * n),
}
pq.write_table(pa.table(columns), root + "/data/chunk-000/file-000.parquet", compression="snappy", row_group_size=16)
episodes = pa.table({"episode_index": pa.array([0, 1]), "tasks": pa.array([["stack"], ["sort", "stack"]]), "length": pa.array(lengths)})
pq.write_table(episodes, root + "/meta/episodes/chunk-000/file-000.parquet")
feature = lambda dtype, shape, names=None: {"dtype": dtype, "shape": shape, "names": names}
json.dump({"codebase_version": "v3.0", "fps": 10, "robot_type": None, "total_episodes": 2, "total_frames": n,
    "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet", "video_path": None,
    "features": {"observation.state": feature("float32", [3], ["x", "y", "z"]), "action": feature("float32", [2], ["x", "y"])}},
    open(root + "/meta/info.json", "w"))
table = pq.read_table(root + "/data/chunk-000/file-000.parquet")
print(json.dumps({k: [v for row in table[k].to_pylist()[30:] for v in row] for k in ("observation.state", "action")}))
`;

describe.skipIf(await lacksModules('pyarrow'))('the tables of a LeRobot data set and pyarrow', () => {
  it('what Foresight writes is read there, of the types that LeRobot has', async () => {
    const log = await workspaceWith(40, 25);
    const path = freshPath('dataset');
    await exported(log, 'lerobot', path);
    const { numbers } = await contentOf(log, 2);
    const single = (values: (number | null)[]) => values.map((v) => Math.fround(v ?? 0));
    const found = (await python(READ, path)) as Record<string, unknown> & { mean: number[] };
    expect(found).toMatchObject({
      state: single(numbers.observations.slice(0, -2)),
      action: single(numbers.actions.slice(0, -1)),
      ...{
        length: [39, 24],
        tasks: [['random on bench-arm'], ['random on bench-arm']],
        index_columns: ['task'],
      },
      types: { index: 'int64', 'next.done': 'bool', timestamp: 'float', 'foresight.host_seconds': 'double' },
    });
    const angles = single(numbers.observations.slice(0, -2)).filter((_, i) => i % 2 === 0);
    expect(found.mean[0]).toBeCloseTo(angles.reduce((sum, v) => sum + v, 0) / 24, 9);
  });

  it('what it writes in the layout of v3.0 is imported number for number', async () => {
    const path = freshPath('theirs');
    const theirs = (await python(WRITE, path)) as Record<'observation.state' | 'action', number[]>;
    const log = await freshLog();
    await imported(log, path, { rig: 'theirs' });
    const { numbers, observations, actions, periodSeconds } = await contentOf(log, 2);
    expect([periodSeconds, observations.length, actions.length]).toEqual([0.1, 3, 2]);
    expect(numbers.observations).toEqual(theirs['observation.state']);
    expect(numbers.actions.slice(0, -2)).toEqual(theirs.action.slice(0, -2));
    expect((await log.events(2)).map(({ message }) => message)).toEqual(
      expect.arrayContaining(['Task: sort', 'Task: stack']),
    );
  });
});
