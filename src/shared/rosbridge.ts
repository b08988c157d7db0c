import { z } from 'zod';

/** A name in ROS' graph: a topic, a service. */
const rosName = z
  .string()
  .regex(/^[/~]?[A-Za-z_][A-Za-z0-9_]*(\/[A-Za-z0-9_]+)*$/, 'a name of ROS such as "/joint_states"');
/** "sensor_msgs/JointState", and with ROS 2's "/msg/" in it. */
const rosType = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_]*(\/(msg|srv))?\/[A-Za-z][A-Za-z0-9_]*$/,
    'a type such as "sensor_msgs/JointState"',
  );
const field = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*|\[\d{1,4}\])*$/,
    'a field of the message such as "linear.x" or "data[2]"',
  )
  .refine((path) => !/\b__proto__\b/.test(path), 'a field of the message');

/** The channel's value is scale × what the message says + offset; a command says (channel − offset) / scale. */
const measure = {
  scale: z
    .number()
    .refine((x) => x !== 0, 'a number other than 0')
    .default(1),
  offset: z.number().default(0),
};

/** Where an observation is read in what comes on a topic. */
export const RosSource = z.union([
  z.strictObject({ topic: rosName, field, ...measure }),
  /** sensor_msgs/JointState: the joint is found by its name in every message, wherever it stands there. */
  z.strictObject({
    topic: rosName,
    joint: z.string().min(1),
    quantity: z.enum(['position', 'velocity', 'effort']),
    ...measure,
  }),
  /** Of a quaternion { x, y, z, w }: rotations about z, y and x in this order, rad. */
  z.strictObject({ topic: rosName, quaternion: field, angle: z.enum(['roll', 'pitch', 'yaw']), ...measure }),
]);
export type RosSource = z.infer<typeof RosSource>;

/** Where an action is written in what is published on a topic. */
export const RosTarget = z.strictObject({ topic: rosName, field, ...measure });
export type RosTarget = z.infer<typeof RosTarget>;

const message = z.record(z.string(), z.json());

/** Something that is asked of the robot: a service that is called, or a message that is published. */
export const RosCall = z.union([
  z.strictObject({ service: rosName, type: rosType.optional(), args: message.default({}) }),
  z.strictObject({ topic: rosName, type: rosType, message: message.default({}) }),
]);
export type RosCall = z.infer<typeof RosCall>;

/** What the robot says of itself: true while the field has this value. */
export const RosReading = z.strictObject({
  topic: rosName,
  type: rosType,
  field,
  equals: z.union([z.number(), z.boolean(), z.string()]),
  /** It speaks only when it changes, so that what it said last counts. */
  latched: z.boolean().default(false),
});
export type RosReading = z.infer<typeof RosReading>;

export const RosbridgeOptions = z.strictObject({
  /** Of the rosbridge server, which runs on the robot's computer or beside it. */
  url: z
    .string()
    .regex(/^wss?:\/\/[^\s]+$/, 'an address that begins with ws:// or wss://')
    .default('ws://127.0.0.1:9090'),
  /** Topics that observations come from, with their types. With every message of the first an observation is complete. */
  topics: z.record(rosName, rosType).refine((topics) => Object.keys(topics).length > 0, 'one topic at least'),
  /** Topics that actions go to, with their types and what else is in a message. */
  commands: z.record(rosName, z.strictObject({ type: rosType, message: message.default({}) })),
  /** What is sent when commands stop coming: every action's `hold`, or nothing. */
  idle: z.enum(['hold', 'nothing']).default('hold'),
  hold: RosCall.optional(),
  release: RosCall.optional(),
  resume: RosCall.optional(),
  reset: RosCall.optional(),
  /** What the robot says of itself; without it nobody knows whether it holds or has let go. */
  readback: z.strictObject({ held: RosReading.optional(), released: RosReading.optional() }).default({}),
  /** Folder name or relative path of a `driver: "mujoco"` rig with the same channels: the plant of the simulated robot. */
  simulation: z.string().optional(),
});
export type RosbridgeOptions = z.infer<typeof RosbridgeOptions>;

interface RosRig {
  driver: string;
  rosbridge?: RosbridgeOptions | undefined;
  observations: readonly { ros?: RosSource | undefined }[];
  actions: readonly { ros?: RosTarget | undefined }[];
}

/** What is wrong with the topics of a rig file, and with the channels that name them. */
export function rosbridgeProblems({ driver, rosbridge, observations, actions }: RosRig) {
  if (driver !== 'rosbridge') return [];
  if (!rosbridge) return [{ path: ['rosbridge'], message: 'needed for driver "rosbridge"' }];
  const known = (topics: object) =>
    Object.keys(topics)
      .map((topic) => `"${topic}"`)
      .join(', ');
  const placed = new Map<string, number>();
  return [
    ...observations.flatMap(({ ros }, i) =>
      ros && ros.topic in rosbridge.topics
        ? []
        : [
            {
              path: ['observations', i, 'ros'],
              message: `a field on one of "rosbridge.topics" (${known(rosbridge.topics)}) for driver "rosbridge"`,
            },
          ],
    ),
    ...actions.flatMap(({ ros }, i) => {
      if (!ros || !(ros.topic in rosbridge.commands)) {
        return [
          {
            path: ['actions', i, 'ros'],
            message: `a field on one of "rosbridge.commands" (${known(rosbridge.commands)}) for driver "rosbridge"`,
          },
        ];
      }
      const place = `${ros.topic} ${ros.field}`;
      const other = placed.get(place);
      placed.set(place, i);
      return other === undefined
        ? []
        : [
            {
              path: ['actions', i, 'ros', 'field'],
              message: `a field that no other action is written to, found "${ros.field}"`,
            },
          ];
    }),
  ];
}
