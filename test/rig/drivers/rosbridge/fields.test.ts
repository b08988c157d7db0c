import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commandMessages,
  commandValues,
  observationMessages,
  readObservation,
} from '../../../../src/main/rig/drivers/rosbridge/channels';
import {
  anglesOf,
  fieldOf,
  type Message,
  quaternionOf,
  setField,
} from '../../../../src/main/rig/drivers/rosbridge/fields';
import { decodeServerOp } from '../../../../src/main/rig/drivers/rosbridge/protocol';
import { loadRig } from '../../../../src/main/rig/index';

const step = fc.oneof(
  fc.constantFrom('.linear', '.x', '.points', '.constructor', '.length'),
  fc.integer({ min: 0, max: 20 }).map((place) => `[${place}]`),
);
const path = fc
  .tuple(fc.constantFrom('data', 'twist'), fc.array(step, { maxLength: 4 }))
  .map(([head, rest]) => head + rest.join(''));
const rotation = fc.record({
  roll: fc.double({ min: -3, max: 3, noNaN: true }),
  pitch: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
  yaw: fc.double({ min: -3, max: 3, noNaN: true }),
});

describe('fields of messages', () => {
  it('are read where they were written, at any path', () => {
    fc.assert(
      fc.property(path, fc.double({ noNaN: true }), (at, value) => {
        const message: Message = {};
        setField(message, at, value);
        expect(fieldOf(message, at)).toBe(value);
      }),
    );
  });

  it('are not read from anything that every object has', () => {
    for (const at of ['constructor', 'toString', 'data.constructor.name', 'data.length.x']) {
      expect(fieldOf({ data: { own: 1 } }, at)).toBeUndefined();
    }
  });

  it('are undefined, and no exception, in whatever a message has instead', () => {
    fc.assert(fc.property(fc.anything(), path, (message, at) => void fieldOf(message, at)));
  });

  it('turn angles into a quaternion and back', () => {
    fc.assert(
      fc.property(rotation, (angles) => {
        const back = anglesOf(quaternionOf(angles));
        for (const axis of ['roll', 'pitch', 'yaw'] as const) expect(back[axis]).toBeCloseTo(angles[axis], 6);
      }),
    );
    expect(anglesOf({ x: Math.SQRT1_2, y: 0, z: 0, w: Math.SQRT1_2 }).roll).toBeCloseTo(Math.PI / 2, 12);
    expect(anglesOf({ x: 0, y: 0, z: 0, w: 0 }).yaw).toBeNaN();
  });
});

describe('channels of a rig as messages', () => {
  it('come out as they went in, observations and commands alike, in whatever order the joints stand', async () => {
    const { file } = await loadRig('a1-rosbridge');
    const options = file.rosbridge!;
    const small = fc.double({ min: -0.7, max: 0.7, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(small, { minLength: 32, maxLength: 32 }),
        fc.array(small, { minLength: 12, maxLength: 12 }),
        (observed, commanded) => {
          const messages = observationMessages(file, options, observed);
          const joints = messages.find(({ topic }) => topic === '/joint_states')!.msg as Record<
            string,
            unknown[]
          >;
          for (const list of ['name', 'position', 'velocity']) joints[list]!.reverse();
          const read = readObservation(file, new Map(messages.map(({ topic, msg }) => [topic, msg])));
          expect(read).toHaveProperty('values');
          if ('values' in read)
            for (const [i, value] of observed.entries()) expect(read.values[i]).toBeCloseTo(value, 9);
          const [command] = commandMessages(file, options, commanded);
          const values = commandValues(file, command!.topic, command!.msg);
          for (const [i, value] of commanded.entries()) expect(values[i]).toBeCloseTo(value, 12);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('sends targets of joints in their own angles: the stance is what an offset of 0 says', async () => {
    const { file } = await loadRig('a1-rosbridge');
    const [command] = commandMessages(file, file.rosbridge!, Array(12).fill(0));
    expect(command).toEqual({
      topic: '/joint_group_position_controller/commands',
      msg: { layout: { dim: [], data_offset: 0 }, data: Array(4).fill([0, 0.9, -1.8]).flat() },
    });
  });

  it('says which channel lacks what, for messages of any content', async () => {
    const { file } = await loadRig('a1-rosbridge');
    const read = (joints: Message) => {
      const messages = observationMessages(file, file.rosbridge!, Array(32).fill(0));
      return readObservation(
        file,
        new Map([...messages.map(({ topic, msg }) => [topic, msg] as const), ['/joint_states', joints]]),
      );
    };
    expect(read({ name: ['knee', 'hip'], position: [1, 2] })).toEqual({
      problem: expect.stringContaining(
        'fr_hip: /joint_states has no joint "FR_hip_joint" (it has knee, hip)',
      ) as string,
    });
    expect(read({})).toEqual({ problem: expect.stringContaining('is no sensor_msgs/JointState') as string });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('name', 'position'), fc.anything()),
        (joints) => void read(joints),
      ),
      {
        numRuns: 50,
      },
    );
  });
});

describe('what a server says', () => {
  it('is decoded or passed over, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((o) => JSON.stringify(o)),
        ),
        (text) => void decodeServerOp(text),
      ),
    );
    fc.assert(
      fc.property(
        fc.record(
          {
            op: fc.constantFrom('publish', 'status', 'service_response'),
            topic: fc.anything(),
            msg: fc.anything(),
            values: fc.anything(),
            id: fc.anything(),
          },
          { requiredKeys: ['op'] },
        ),
        (op) => {
          const text = safe(op);
          if (text !== undefined) decodeServerOp(text);
        },
      ),
    );
  });

  it('may have numbers that JSON has not, which are none', () => {
    expect(
      decodeServerOp('{"op":"publish","topic":"/t","msg":{"data":[1,NaN, -Infinity],"text":"NaN, [NaN]"}}'),
    ).toMatchObject({
      msg: { data: [1, null, null] },
    });
  });
});

function safe(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
