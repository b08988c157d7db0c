import type { Disposable } from '../../../../shared/disposable';
import type { Rig } from '../../../../shared/rig';
import type { RosbridgeOptions, RosReading } from '../../../../shared/rosbridge';
import { observationMessages } from '../../drivers/rosbridge/channels';
import { type Message, setField } from '../../drivers/rosbridge/fields';
import type { SimulatedRobot } from './robot';

export interface Published {
  topic: string;
  type: string;
  msg: Message;
}

/** The cameras of a robot, each with a topic of its own. */
export interface RobotEyes extends Disposable {
  /** By topic its type. */
  readonly topics: Readonly<Record<string, string>>;
  /** Those that are due for a picture look, of those whose topics somebody wants; `seen` is told when what they see is there. */
  look(isWanted: (topic: string) => boolean, seen: (message: Published) => void): void;
}

const COVARIANCE = () => Array<number>(9).fill(0);
const VECTOR = () => ({ x: 0, y: 0, z: 0 });
const TURN = () => ({ x: 0, y: 0, z: 0, w: 1 });

/** What messages of these types have besides what channels read, as ROS' own definitions of them say. */
const REST: Record<string, () => Message> = {
  'sensor_msgs/JointState': () => ({ name: [], position: [], velocity: [], effort: [] }),
  'sensor_msgs/Imu': () => ({
    ...{ orientation: TURN(), orientation_covariance: COVARIANCE() },
    ...{ angular_velocity: VECTOR(), angular_velocity_covariance: COVARIANCE() },
    ...{ linear_acceleration: VECTOR(), linear_acceleration_covariance: COVARIANCE() },
  }),
  'nav_msgs/Odometry': () => ({
    child_frame_id: 'base',
    pose: { pose: { position: VECTOR(), orientation: TURN() }, covariance: Array<number>(36).fill(0) },
    twist: { twist: { linear: VECTOR(), angular: VECTOR() }, covariance: Array<number>(36).fill(0) },
  }),
};
const STAMPED = /^(sensor_msgs|nav_msgs)\/|^geometry_msgs\/\w+Stamped$/;

/** The type without ROS 2's "/msg/". */
export const plainType = (type: string): string => type.replace(/\/(msg|srv)\//, '/');

/** As ROS 2 writes it, with this computer's clock. */
export function headerNow(frame: string): Message {
  const milliseconds = Date.now();
  const stamp = { sec: Math.floor(milliseconds / 1000), nanosec: (milliseconds % 1000) * 1e6 };
  return { stamp, frame_id: frame };
}

/**
 * What the robot publishes now: its observations, and what it says of itself. What completes an observation comes last, so that each is
 * of one moment.
 */
export function published(rig: Rig, options: RosbridgeOptions, robot: SimulatedRobot): Published[] {
  const now = headerNow('base');
  const observed = observationMessages(rig.file, options, robot.observation).map(({ topic, type, msg }) => {
    const header = STAMPED.test(plainType(type)) ? { header: now } : {};
    return { topic, type, msg: merged({ ...header, ...REST[plainType(type)]?.() }, msg) };
  });
  const [leading] = Object.keys(options.topics);
  const isLeading = ({ topic }: Published) => topic === leading;
  return [
    ...observed.filter((message) => !isLeading(message)),
    ...spoken(options, robot),
    ...observed.filter(isLeading),
  ];
}

/** What the topics of `readback` say. */
export function spoken({ readback }: RosbridgeOptions, robot: SimulatedRobot): Published[] {
  const { halted, torque } = robot.actuation;
  const states: [RosReading | undefined, boolean][] = [
    [readback.held, halted && torque],
    [readback.released, halted && !torque],
  ];
  const messages = new Map<string, Published>();
  const put = ({ topic, type, field }: RosReading, value: unknown) => {
    const message = messages.get(topic) ?? { topic, type, msg: {} };
    setField(message.msg, field, value);
    messages.set(topic, message);
  };
  // What is true last, as two readings may look at the same field.
  for (const [reading, isTrue] of states) if (reading && !isTrue) put(reading, unlike(reading.equals));
  for (const [reading, isTrue] of states) if (reading && isTrue) put(reading, reading.equals);
  return [...messages.values()];
}

function unlike(value: number | boolean | string): number | boolean | string {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value === 0 ? 1 : 0;
  return value === 'moving' ? 'ready' : 'moving';
}

function merged(rest: Message, own: Message): Message {
  const out: Message = { ...rest };
  for (const [key, value] of Object.entries(own)) {
    const before = out[key];
    out[key] = isPlain(before) && isPlain(value) ? merged(before, value) : value;
  }
  return out;
}

function isPlain(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
