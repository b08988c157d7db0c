/** JSON schemas of the messages that Foresight writes; a schema's name is what viewers choose their panels by. */

const number = { type: 'number' };
/** null where nobody knows. */
const maybe = { type: ['number', 'null'] };
const time = {
  type: 'object',
  properties: { sec: { type: 'integer' }, nsec: { type: 'integer' } },
};
const list = (items: object) => ({ type: 'array', items });

/** A step as the log has it, channels by name. */
export const STEP = {
  type: 'object',
  properties: {
    ...{
      episode: { type: 'integer' },
      step: { type: 'integer' },
      host_seconds: number,
      device_seconds: maybe,
    },
    ...{ observation: { type: 'object', additionalProperties: maybe } },
    ...{ action: { type: 'object', additionalProperties: maybe } },
    ...{ requested: { type: 'object', additionalProperties: maybe } },
    ...{ reward: maybe, lateness_seconds: maybe, plan_ms: maybe, missed: maybe },
  },
};

/** sensor_msgs/JointState as ROS has it: the one that 3D panels take joints from, Lichtblick's too. */
export const JOINT_STATE = {
  type: 'object',
  properties: {
    header: { type: 'object', properties: { stamp: time, frame_id: { type: 'string' } } },
    ...{ name: list({ type: 'string' }), position: list(maybe), velocity: list(maybe), effort: list(maybe) },
  },
};

/** foxglove.Log: what happened, for log panels. */
export const LOG = {
  type: 'object',
  properties: {
    ...{ timestamp: time, level: { type: 'integer' }, message: { type: 'string' } },
    ...{ name: { type: 'string' }, file: { type: 'string' }, line: { type: 'integer' } },
  },
};

const point = { type: 'object', properties: { x: number, y: number, z: number } };
/** foxglove.FrameTransforms: where a rig's bodies are, each in its parent's frame. */
export const TRANSFORMS = {
  type: 'object',
  properties: {
    transforms: list({
      type: 'object',
      properties: {
        ...{ timestamp: time, parent_frame_id: { type: 'string' }, child_frame_id: { type: 'string' } },
        translation: point,
        rotation: { type: 'object', properties: { ...point.properties, w: number } },
      },
    }),
  },
};

export const STEP_TOPIC = '/foresight/step';
export const JOINT_TOPIC = '/joint_states';
export const TRANSFORM_TOPIC = '/tf';
/** Of what stands still: once, when an episode begins. */
export const STILL_TOPIC = '/tf_static';
export const EVENT_TOPIC = '/foresight/events';
/** Names of metadata records. */
export const RECORDING = 'foresight';
export const EPISODE = 'foresight.episode';
