import { readFileSync, writeFileSync } from 'node:fs';
import { McapWriter } from '@mcap/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { planExport } from '../../../src/main/formats/export';
import { openMcap } from '../../../src/main/formats/mcap/file';
import { messages } from '../../../src/main/formats/mcap/messages';
import type { Log } from '../../../src/main/log/types';
import type { Quat, Scene, Vec3 } from '../../../src/shared/drawing';
import { picturesIn } from '../camera-workspace';
import { HEIGHT, jpeg, rgbOf, WIDTH } from '../watched-episode';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../workspaces';

let [log, into]: Log[] = [];
const path = freshPath('out.mcap');
beforeAll(async () => {
  [log, into] = [await workspaceWith(40, 25), await freshLog()];
  await exported(log!, 'mcap', path);
});

/** Somebody else's recording of JSON messages: [topic, schema, seconds, message]. */
async function recording(
  told: [string, string, number, unknown][],
  compression?: string,
  encoding = 'json',
): Promise<string> {
  const parts: Uint8Array[] = [];
  let position = 0n;
  const writer = new McapWriter({
    writable: {
      async write(bytes) {
        parts.push(bytes.slice());
        position += BigInt(bytes.length);
      },
      position: () => position,
    },
    ...(compression && { compressChunk: (bytes) => ({ compression, compressedData: bytes }) }),
  });
  await writer.start({ profile: '', library: 'somebody else' });
  const channels = new Map<string, number>();
  for (const [topic, name, seconds, message] of told) {
    if (!channels.has(topic)) {
      const schemaId = await writer.registerSchema({ name, encoding: 'jsonschema', data: new Uint8Array() });
      channels.set(
        topic,
        await writer.registerChannel({ topic, schemaId, messageEncoding: encoding, metadata: new Map() }),
      );
    }
    const time = BigInt(Math.round(seconds * 1e9));
    const data = new TextEncoder().encode(JSON.stringify(message));
    await writer.addMessage({
      channelId: channels.get(topic) ?? 0,
      sequence: 0,
      logTime: time,
      publishTime: time,
      data,
    });
  }
  await writer.end();
  const file = freshPath('theirs.mcap');
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

const joints = (seconds: number, q: number): [string, string, number, unknown] => [
  '/joint_states',
  'sensor_msgs/msg/JointState',
  seconds,
  { header: { stamp: { sec: 1, nsec: 0 } }, name: ['elbow'], position: [q], velocity: [] },
];

const body = { position: [0, 0, 0] as Vec3, quaternion: [0, 0, 0, 1] as Quat };
/** An arm that turns about y at a point a metre above its origin, on a base that stands. */
const ARM: Scene = {
  drawing: {
    bodies: [
      { ...body, name: 'world', parent: -1 },
      { ...body, name: 'base', parent: 0, position: [1, 0, 0] },
      { ...body, name: 'arm', parent: 1, position: [0, 0, 2] },
    ],
    joints: [
      {
        ...{ name: 'hinge', body: 2, kind: 'hinge', axis: [0, 1, 0], position: [0, 0, 1] },
        ...{ reference: 0.25, range: null },
      },
    ],
    ...{ geoms: [], meshes: [], sites: [], problems: [] },
  },
  joints: { hinge: 'angle' },
};

describe('MCAP', () => {
  it('holds all of an episode: what is exported and imported again is equal number for number', async () => {
    const { head } = await imported(into!, path);
    expect(head).toMatchObject({ format: 'MCAP of Foresight', rig: 'bench-arm', episodes: 2, rows: 65 });
    for (const id of [1, 2]) expect(await contentOf(into!, id)).toEqual(await contentOf(log!, id));
    expect(await into!.rigFile(1)).toMatchObject({ rig: { made: 'for a test' } });
    const notes = (await into!.events(2)).map(({ message }) => message);
    expect(notes).toContain('Step 0, note: Episode 2 was made.');
  });

  it('has joints for viewers, events as a log, both times, and episodes one after another', async () => {
    const file = await openMcap(path);
    const schemas = [...file.reader.channelsById.values()].map(({ topic, schemaId, messageEncoding }) => [
      ...[topic, messageEncoding, file.reader.schemasById.get(schemaId)?.name],
    ]);
    expect(schemas).toEqual([
      ['/foresight/step', 'json', 'foresight.Step'],
      ['/joint_states', 'json', 'sensor_msgs/JointState'],
      ['/foresight/events', 'json', 'foxglove.Log'],
    ]);
    const { numbers } = await contentOf(log!, 1);
    const states: unknown[] = [];
    for await (const { message } of messages(file, ['/joint_states'])) states.push(message);
    expect(states).toHaveLength(65);
    expect(states[3]).toMatchObject({ name: ['angle'], position: [numbers.observations[6]] });
    const times: bigint[][] = [];
    for await (const { logTime, publishTime } of file.reader.readMessages({ topics: ['/foresight/step'] })) {
      times.push([logTime, publishTime]);
    }
    const start = 1_700_000_000_001_000_000n;
    expect(times[3]?.[0]).toBe(start + BigInt(Math.round((numbers.hostSeconds[3] ?? 0) * 1e9)));
    const device = (numbers.deviceSeconds[3] ?? 0) - (numbers.deviceSeconds[0] ?? 0);
    expect(times[3]?.[1]).toBe(start + BigInt(Math.round(device * 1e9)));
    // The second began a millisecond after the first, as far as the log knows.
    expect(times[40]![0]! > times[39]![0]!).toBe(true);
    await file.handle.close();
  });

  it('says where the bodies of a rig are, each in the frame of the one that carries it', async () => {
    const tree = freshPath('tree.mcap');
    const { losses } = await exported(log!, 'mcap', tree, undefined, async () => ARM);
    expect(losses).not.toContain(expect.stringContaining('bodies'));
    const file = await openMcap(tree);
    const schemas = [...file.reader.channelsById.values()].map(({ topic, schemaId }) => [
      ...[topic, file.reader.schemasById.get(schemaId)?.name],
    ]);
    expect(schemas).toEqual(
      expect.arrayContaining([
        ['/tf', 'foxglove.FrameTransforms'],
        ['/tf_static', 'foxglove.FrameTransforms'],
      ]),
    );
    const told: Record<string, { transforms: Record<string, unknown>[] }[]> = { '/tf': [], '/tf_static': [] };
    for await (const { topic, message } of messages(file, ['/tf', '/tf_static'])) {
      told[topic]?.push(message as { transforms: Record<string, unknown>[] });
    }
    expect([told['/tf']?.length, told['/tf_static']?.length]).toEqual([65, 2]);
    const still = { x: 0, y: 0, z: 0, w: 1 };
    expect(told['/tf_static']?.[0]?.transforms).toMatchObject([
      {
        parent_frame_id: 'world',
        child_frame_id: 'base',
        translation: { x: 1, y: 0, z: 0 },
        rotation: still,
      },
    ]);
    const { numbers } = await contentOf(log!, 1);
    const turn = (numbers.observations[6] ?? 0) - 0.25;
    const [arm] = told['/tf']?.[3]?.transforms ?? [];
    expect(arm).toMatchObject({ parent_frame_id: 'base', child_frame_id: 'arm' });
    const rotation = arm?.rotation as { x: number; y: number; z: number; w: number };
    expect([rotation.x, rotation.z]).toEqual([0, 0]);
    expect(rotation.y).toBeCloseTo(Math.sin(turn / 2), 12);
    expect(rotation.w).toBeCloseTo(Math.cos(turn / 2), 12);
    // About an anchor a metre above: the body's origin swings below it.
    const translation = arm?.translation as { x: number; y: number; z: number };
    expect(translation.x).toBeCloseTo(-Math.sin(turn), 12);
    expect(translation.z).toBeCloseTo(3 - Math.cos(turn), 12);
    await file.handle.close();
    const again = await freshLog();
    await imported(again, tree);
    expect(await contentOf(again, 2)).toEqual(await contentOf(log!, 2));
  });

  it('says that it does not say where bodies are when the rig is not known', async () => {
    const plan = await planExport(log!, { format: 'mcap', episodes: await log!.episodes() });
    expect(plan.losses).toContain(
      'Where the bodies of bench-arm are is left out: the rig is not here as it was recorded.',
    );
  });

  it("reads somebody else's topics, each at its own times, joints by their names, angles the shorter way", async () => {
    const told = [
      ...[
        joints(100, 170),
        joints(100.1, -170),
        joints(100.2, -150),
        joints(100.3, -130),
        joints(100.4, -110),
      ],
      ...[99, 100.2].map((at): [string, string, number, unknown] => [
        '/cmd',
        'Command',
        at,
        { torque: at - 99 },
      ]),
    ].sort((a, b) => a[2] - b[2]);
    const file = await recording(told);
    const fresh = await freshLog();
    const column = '/joint_states/position/elbow';
    const observation = { column, name: 'elbow', unit: 'rad', scale: Math.PI / 180, angle: true };
    const { head } = await imported(fresh, file, {
      periodSeconds: 0.05,
      observations: [observation],
      rig: 'theirs',
    });
    expect(head.columns.map(({ column: one, role }) => [one, role])).toEqual([
      ['/cmd/torque', 'action'],
      [column, 'observation'],
    ]);
    const { numbers } = await contentOf(fresh, 1);
    const degrees = numbers.observations.map(
      (v) => Math.round(((((v ?? 0) * 180) / Math.PI + 360) % 360) * 1e6) / 1e6,
    );
    expect(degrees.slice(0, 5)).toEqual([170, 180, 190, 200, 210]);
    const actions = numbers.actions.map((v) => (v === null ? null : Math.round(v * 1e9) / 1e9));
    expect(actions).toEqual([0, 0, 0, 0, 1.2, 1.2, 1.2, 1.2, null]);
  });

  it("brings the pictures of somebody else's topics along, each at its own time and with its piece", async () => {
    const shown = (at: number, i: number): [string, string, number, unknown] => {
      const data = Buffer.from(jpeg(rgbOf(i))).toString('base64');
      return ['/wrist/image/compressed', 'sensor_msgs/CompressedImage', at, { format: 'jpeg', data }];
    };
    const odd = { format: 'h264', data: 'AAAAAWdCwAs=' };
    const told = [
      ...[100, 100.1, 100.2, 100.3, 200, 200.1, 200.2].map((at) => joints(at, at)),
      ...[100, 200].map((at): [string, string, number, unknown] => ['/cmd', 'Command', at, { torque: 1 }]),
      // Between the pieces nobody saw what it saw.
      ...[shown(100.05, 0), shown(100.21, 1), shown(150, 2), shown(200.1, 3)],
      ...[100, 200].map((at): [string, string, number, unknown] => [
        '/front',
        'foxglove.CompressedImage',
        at,
        odd,
      ]),
    ].sort((a, b) => a[2] - b[2]);
    const fresh = await freshLog();
    const file = await recording(told);
    const { cameras, remarks } = await imported(fresh, file, { periodSeconds: 0.1, rig: 'theirs' });
    expect(cameras).toEqual([{ name: 'wrist', pictures: 3 }]);
    expect(remarks).toContain('The pictures of /front are no PNG or JPEG files: the rows come without them.');
    const [[first], [second]] = [await picturesIn(fresh, 1), await picturesIn(fresh, 2)];
    expect(first?.camera).toMatchObject({ width: WIDTH, height: HEIGHT, frames: 2 });
    expect(first?.seen).toEqual([-1, 0, 0, 1]);
    expect(first?.frames.map(({ hostSeconds }) => Math.round(hostSeconds * 1e6) / 1e6)).toEqual([0.05, 0.21]);
    expect(second?.seen).toEqual([-1, 0, 0]);
    const bytes = [...(first?.frames ?? []), ...(second?.frames ?? [])].map(({ data }) => data);
    expect(bytes).toEqual([0, 1, 3].map((i) => Buffer.from(jpeg(rgbOf(i))).toString('base64')));
  });

  it('says which topics it cannot read', async () => {
    const file = await recording([joints(1, 2)], undefined, 'cdr');
    await expect(imported(into!, file)).rejects.toThrow(/No column .* observation/);
  });

  it('refuses what is cut short, changed, or says lengths that cannot be, and keeps nothing of it', async () => {
    const before = await into!.episodes();
    const whole = readFileSync(path);
    const damaged = freshPath('damaged.mcap');
    const tried = async (bytes: Uint8Array) => {
      writeFileSync(damaged, bytes);
      return imported(into!, damaged).then(
        () => 'imported',
        (thrown: { name: string; code: string; message: string }) => {
          expect(thrown).toMatchObject({ name: 'ForesightError', code: 'bad-data' });
          return thrown.message;
        },
      );
    };
    for (const length of [8, 40, 2000, whole.length - 9])
      expect(await tried(whole.subarray(0, length))).toMatch(/^damaged\.mcap, /);
    // The length of the last record but the magic: the footer's, and the header's.
    for (const at of [9, whole.length - 8 - 20 - 8]) {
      const lied = Buffer.from(whole);
      lied.writeBigUInt64LE(2n ** 63n, at);
      expect(await tried(lied)).toMatch(/^damaged\.mcap, /);
    }
    const middle = Buffer.from(whole);
    const chunk = middle.indexOf('zstd');
    middle[chunk + 40]! ^= 0xff;
    expect(await tried(middle)).toMatch(/^damaged\.mcap, /);
    expect(await into!.episodes()).toEqual(before);
    const lz4 = await recording([joints(1, 2), joints(2, 3)], 'lz4');
    await expect(imported(into!, lz4, { rig: 'a' })).rejects.toThrow(/LZ4, which is not read/);
  });
});
