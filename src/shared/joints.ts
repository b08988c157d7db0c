import type { Drawing } from './drawing';

/** Joints of a body, in the model's order. */
export const jointsOf = (model: Drawing, body: number): number[] =>
  model.joints.flatMap((joint, index) => (joint.body === body ? [index] : []));

/**
 * Which observation drives which joint.
 * @param joints joint name → channel name, as rig.json has it
 * @param channels observation channel names in the rig's order
 * @returns index of the observation by joint (−1: none), and what does not fit, as sentences
 */
export function bindJoints(
  model: Drawing,
  joints: Record<string, string>,
  channels: readonly string[],
): { source: number[]; problems: string[] } {
  const problems: string[] = [];
  const source = model.joints.map((joint) => {
    const channel = joints[joint.name];
    return channel === undefined ? -1 : channels.indexOf(channel);
  });
  for (const [joint, channel] of Object.entries(joints)) {
    if (!model.joints.some((j) => j.name === joint)) {
      problems.push(`The rig maps channel "${channel}" to joint "${joint}", which the scene does not have.`);
    } else if (!channels.includes(channel)) {
      problems.push(`The rig maps joint "${joint}" to channel "${channel}", which it does not observe.`);
    }
  }
  return { source, problems };
}

/** Joint values for an observation; joints without a channel stay at their reference. */
export function jointValues(
  model: Drawing,
  source: readonly number[],
  observation: ArrayLike<number>,
  out: Float64Array,
): Float64Array {
  for (let i = 0; i < model.joints.length; i++) {
    const reference = model.joints[i]?.reference ?? 0;
    const at = source[i] ?? -1;
    const value = at < 0 ? reference : (observation[at] ?? reference);
    out[i] = Number.isFinite(value) ? value : reference;
  }
  return out;
}
