import { describe, expect, it } from 'vitest';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../formats/workspaces';
import { lacksModules, python } from './python';

const READ = `
import json, sys
from mcap.reader import make_reader
with open(sys.argv[1], "rb") as file:
    reader = make_reader(file, validate_crcs=True)
    summary = reader.get_summary()
    steps = [json.loads(m.data) for _, c, m in reader.iter_messages(topics=["/foresight/step"])]
    joints = [json.loads(m.data)["position"][0] for s, c, m in reader.iter_messages(topics=["/joint_states"])]
    print(json.dumps({
        "library": reader.get_header().library,
        "schemas": {s.name: s.encoding for s in summary.schemas.values()},
        "count": summary.statistics.message_count,
        "attachments": [[a.name, json.loads(a.data)["name"]] for a in reader.iter_attachments()],
        "metadata": [m.name for m in reader.iter_metadata()],
        "torque": [s["action"]["torque"] for s in steps], "joints": joints,
    }))
`;

const WRITE = `
import json, sys
from mcap.writer import CompressionType, Writer
writer = Writer(sys.argv[1], compression=CompressionType[sys.argv[2]], chunk_size=4096)
writer.start(library="theirs")
schema = writer.register_schema(name="sensor_msgs/msg/JointState", encoding="jsonschema", data=b"{}")
states = writer.register_channel(topic="/joint_states", message_encoding="json", schema_id=schema)
commands = writer.register_channel(topic="/command", message_encoding="json", schema_id=0)
q = []
for i in range(400):
    t = 1_700_000_000_000_000_000 + i * 10_000_000
    q.append(i / 7)
    writer.add_message(commands, t, json.dumps({"u": i / 3}).encode(), t)
    writer.add_message(states, t, json.dumps({"name": ["a", "b"], "position": [q[-1], -i]}).encode(), t)
writer.finish()
print(json.dumps(q))
`;

describe.skipIf(await lacksModules('mcap'))('MCAP and its own Python library', () => {
  it('what Foresight writes is read there, checksums included', async () => {
    const log = await workspaceWith(40, 25);
    const path = freshPath('out.mcap');
    await exported(log, 'mcap', path);
    const [first, second] = [(await contentOf(log, 1)).numbers, (await contentOf(log, 2)).numbers];
    expect(await python(READ, path)).toEqual({
      library: 'Foresight',
      schemas: {
        'foresight.Step': 'jsonschema',
        'sensor_msgs/JointState': 'jsonschema',
        'foxglove.Log': 'jsonschema',
      },
      count: 65 + 65 + 2,
      attachments: [['rig.json', 'bench-arm']],
      metadata: ['foresight', 'foresight.episode', 'foresight.episode'],
      torque: [...first.actions, ...second.actions],
      joints: [...first.observations, ...second.observations].filter((_, i) => i % 2 === 0),
    });
  });

  it.each(['NONE', 'ZSTD'])('what it writes (%s) is imported number for number', async (compression) => {
    const path = freshPath('theirs.mcap');
    const q = (await python(WRITE, path, compression)) as number[];
    const log = await freshLog();
    const { head } = await imported(log, path);
    expect(head.periodSeconds).toBeCloseTo(0.01, 9);
    const { numbers, startedAt, observations } = await contentOf(log, 1);
    expect(observations.map(({ name }) => name)).toEqual([
      'joint_states_position_a',
      'joint_states_position_b',
    ]);
    expect(startedAt).toBe(1_700_000_000_000);
    const first = numbers.observations.filter((_, i) => i % 2 === 0);
    expect(first).toHaveLength(400);
    for (const [row, value] of q.entries()) expect(first[row]).toBeCloseTo(value, 9);
  });
});
