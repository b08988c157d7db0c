import { describe, expect, it } from 'vitest';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../formats/workspaces';
import { lacksModules, python } from './python';

const READ = `
import json, sys
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
meta = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
columns = {n: [None if v != v else v for v in table[n].to_pylist()] for n in table.column_names}
print(json.dumps({"columns": columns, "units": json.loads(meta["units"])}))
`;

const WRITE = `
import json, sys
import pyarrow as pa, pyarrow.parquet as pq
n = 700
table = pa.table({
    "episode_index": pa.array([i // 300 for i in range(n)], pa.int64()),
    "timestamp": pa.array([(i % 300) / 50 for i in range(n)], pa.float32()),
    "observation.state": pa.array([[i / 7, i % 5, -i] for i in range(n)], pa.list_(pa.float64(), 3)),
    "action": pa.array([[i / 3, 1.0] for i in range(n)], pa.list_(pa.float32())),
    "next.reward": pa.array([i / 2 for i in range(n)], pa.float32()),
    "note": pa.array(["x"] * n),
})
pq.write_table(table, sys.argv[1], row_group_size=128, compression=sys.argv[2], data_page_version=sys.argv[3], data_page_size=512)
print(json.dumps({
    "states": [v for row in table["observation.state"].to_pylist()[300:600] for v in row],
    "actions": [v for row in table["action"].to_pylist()[300:599] for v in row],
}))
`;

describe.skipIf(await lacksModules('pyarrow'))('Parquet and pyarrow', () => {
  it('what Foresight writes is read there number for number, with units', async () => {
    const log = await workspaceWith(40, 25);
    const path = freshPath('out.parquet');
    await exported(log, 'parquet', path);
    const { columns, units } = (await python(READ, path)) as {
      columns: Record<string, (number | null)[]>;
      units: Record<string, string>;
    };
    const { numbers } = await contentOf(log, 2);
    expect(columns.torque?.slice(40)).toEqual(numbers.actions);
    expect(columns.speed?.slice(40)).toEqual(numbers.observations.filter((_, i) => i % 2 === 1));
    expect(columns.reward?.slice(40)).toEqual(numbers.reward);
    expect(columns.device_seconds?.slice(40)).toEqual(numbers.deviceSeconds);
    expect(columns.episode).toEqual([...new Array(40).fill(1), ...new Array(25).fill(2)]);
    expect(units).toMatchObject({ angle: 'rad', torque: 'N m', requested_torque: 'N m' });
  });

  it.each([
    ['snappy', '1.0'],
    ['gzip', '2.0'],
    ['zstd', '1.0'],
    ['brotli', '2.0'],
    ['none', '2.0'],
  ])('what it writes (%s, pages of version %s) is imported number for number', async (...how) => {
    const path = freshPath('theirs.parquet');
    const theirs = (await python(WRITE, path, ...how)) as { states: number[]; actions: number[] };
    const log = await freshLog();
    const { episodes } = await imported(log, path);
    expect(episodes).toEqual([1, 2, 3]);
    const { numbers, observations, actions, periodSeconds } = await contentOf(log, 2);
    expect(numbers.observations).toEqual(theirs.states);
    expect(numbers.actions).toEqual([...theirs.actions, null, null]);
    expect(numbers.reward.slice(0, 3)).toEqual([0, 150, 150.5]);
    expect(periodSeconds).toBeCloseTo(1 / 50, 6);
    expect([...observations, ...actions].map(({ name }) => name)).toEqual([
      ...['observation_state_0', 'observation_state_1', 'observation_state_2', 'action_0', 'action_1'],
    ]);
  });
});
