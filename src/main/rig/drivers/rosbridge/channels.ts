import type { RigFile } from '../../../../shared/rig';
import type { RosbridgeOptions, RosReading, RosSource } from '../../../../shared/rosbridge';
import { anglesOf, fieldOf, type Message, type Quaternion, quaternionOf, setField } from './fields';

type Channels = Pick<RigFile, 'observations' | 'actions'>;

const KNOWN_SHOWN = 6;

/** An observation [observations], or why there is none: what is missing, by channel. */
export type Read = { values: Float64Array } | { problem: string };

/** What all channels read in the newest message of each topic. */
export function readObservation(
  { observations }: Pick<Channels, 'observations'>,
  newest: ReadonlyMap<string, Message>,
): Read {
  const problems: string[] = [];
  const values = Float64Array.from(observations, ({ name, ros }) => {
    const message = ros && newest.get(ros.topic);
    if (!message) return Number.NaN;
    const found = readSource(ros, message);
    if (typeof found === 'number') return ros.scale * found + ros.offset;
    problems.push(`${name}: ${found}`);
    return Number.NaN;
  });
  const bad = observations.filter((_, i) => !Number.isFinite(values[i])).map(({ name }) => name);
  if (problems.length > 0) return { problem: problems.slice(0, 3).join('; ') };
  return bad.length > 0 ? { problem: `${bad.slice(0, 3).join(', ')}: a number that is none` } : { values };
}

/** The number that a source reads, or what is wrong as a part of a sentence. */
function readSource(source: RosSource, message: Message): number | string {
  if ('field' in source) return numberAt(message, source.field, source.topic);
  if ('quaternion' in source) {
    const parts: Record<string, unknown> = { ...(fieldOf(message, source.quaternion) ?? {}) };
    const { x, y, z, w } = parts as Partial<Record<keyof Quaternion, unknown>>;
    if ([x, y, z, w].every((part) => typeof part === 'number')) {
      const angle = anglesOf({ x, y, z, w } as Quaternion)[source.angle];
      return Number.isFinite(angle) ? angle : `"${source.quaternion}" on ${source.topic} is no rotation`;
    }
    return `${source.topic} has no quaternion "${source.quaternion}"`;
  }
  const names = fieldOf(message, 'name');
  if (!Array.isArray(names)) return `${source.topic} is no sensor_msgs/JointState: it has no list "name"`;
  const place = names.indexOf(source.joint);
  if (place < 0) {
    const known = names.slice(0, KNOWN_SHOWN).map(String).join(', ');
    return `${source.topic} has no joint "${source.joint}" (it has ${known}${names.length > KNOWN_SHOWN ? ', …' : ''})`;
  }
  return numberAt(message, `${source.quantity}[${place}]`, source.topic);
}

function numberAt(message: Message, field: string, topic: string): number | string {
  const found = fieldOf(message, field);
  if (typeof found === 'number' && Number.isFinite(found)) return found;
  if (typeof found === 'boolean') return Number(found);
  return found === undefined ? `${topic} has no "${field}"` : `"${field}" on ${topic} is no number`;
}

/** Commands [actions] as messages, a topic each. */
export function commandMessages(
  { actions }: Pick<Channels, 'actions'>,
  { commands }: Pick<RosbridgeOptions, 'commands'>,
  values: ArrayLike<number>,
): { topic: string; msg: Message }[] {
  return Object.entries(commands).map(([topic, { message }]) => {
    const msg = structuredClone(message) as Message;
    actions.forEach(({ ros }, i) => {
      if (ros?.topic === topic) setField(msg, ros.field, ((values[i] ?? 0) - ros.offset) / ros.scale);
    });
    return { topic, msg };
  });
}

/** Whether a reading is true by a message; undefined where the message does not say. */
export function readingOf({ field, equals }: RosReading, message: Message): boolean | undefined {
  const found = fieldOf(message, field);
  return typeof found === typeof equals ? found === equals : undefined;
}

/** The robot's end: observations [observations] as the messages in which they are read, a topic each. */
export function observationMessages(
  { observations }: Pick<Channels, 'observations'>,
  { topics }: Pick<RosbridgeOptions, 'topics'>,
  values: ArrayLike<number>,
): { topic: string; type: string; msg: Message }[] {
  return Object.entries(topics).map(([topic, type]) => {
    const msg: Message = {};
    const angles = new Map<string, { roll: number; pitch: number; yaw: number }>();
    observations.forEach(({ ros }, i) => {
      if (ros?.topic !== topic) return;
      const value = ((values[i] ?? 0) - ros.offset) / ros.scale;
      if ('field' in ros) setField(msg, ros.field, value);
      else if ('quaternion' in ros) {
        const turned = angles.get(ros.quaternion) ?? { roll: 0, pitch: 0, yaw: 0 };
        angles.set(ros.quaternion, { ...turned, [ros.angle]: value });
      } else {
        if (!Array.isArray(msg.name)) msg.name = [];
        const names = msg.name as string[];
        if (!names.includes(ros.joint)) names.push(ros.joint);
        setField(msg, `${ros.quantity}[${names.indexOf(ros.joint)}]`, value);
      }
    });
    for (const [field, turned] of angles) setField(msg, field, quaternionOf(turned));
    return { topic, type, msg };
  });
}

/** The robot's end: what a command message says to the actions [actions], undefined for one that it does not tell. */
export function commandValues(
  { actions }: Pick<Channels, 'actions'>,
  topic: string,
  message: Message,
): (number | undefined)[] {
  return actions.map(({ ros }) => {
    const found = ros?.topic === topic ? fieldOf(message, ros.field) : undefined;
    return ros && typeof found === 'number' && Number.isFinite(found)
      ? ros.scale * found + ros.offset
      : undefined;
  });
}
