import type { RigFile } from './rig';

/** A joint whose angle an action of the rig decides: where it is to be, or how fast it goes there. */
export interface DrivenJoint {
  name: string;
  /** Index of the action, and of the observation of where the joint is. */
  action: number;
  observation: number;
  /** The action says where the joint is to be (rad, m), or how fast it is to move (rad/s, m/s). */
  kind: 'position' | 'velocity';
  /** Of the joint, rad or m; null where nobody says. */
  limits: readonly [number, number] | null;
  /** It goes round, so that the shorter way is taken; where limits are known it does not. */
  wraps: boolean;
}

type DrivenRig = Pick<RigFile, 'observations' | 'actions' | 'servos' | 'scene'>;

const KINDS: Record<string, DrivenJoint['kind']> = {
  ...{ rad: 'position', m: 'position' },
  ...{ 'rad/s': 'velocity', 'm/s': 'velocity' },
};

/** The joints that can be told an angle; a joint that is driven by a torque or a force is none. In the order of the actions. */
export function drivenJoints(rig: DrivenRig): DrivenJoint[] {
  return rig.actions.flatMap((action, index) => {
    const kind = KINDS[action.unit];
    if (kind === undefined || action.values) return [];
    const { actuator } = action;
    const candidates = [
      action.servo?.motor,
      typeof actuator === 'object' ? actuator.joint : actuator,
      action.name,
    ];
    for (const name of candidates) {
      const observation = name === undefined ? -1 : positionOf(rig, name);
      if (name === undefined || observation < 0) continue;
      const channel = rig.observations[observation];
      const limits =
        rig.servos?.motors[name]?.limits ?? (kind === 'position' ? action.limits : (channel?.limits ?? null));
      return [
        { name, action: index, observation, kind, limits, wraps: channel?.angle === true && limits === null },
      ];
    }
    return [];
  });
}

/** The joints that a rig observes, with the channel of each: what a leader arm can say of itself. */
export function observedJoints(rig: DrivenRig): { name: string; observation: number }[] {
  const names = new Set([
    ...Object.keys(rig.servos?.motors ?? {}),
    ...rig.observations.flatMap(({ source }) => (source && 'joint' in source ? [source.joint] : [])),
    ...Object.keys(rig.scene.joints),
  ]);
  return [...names].flatMap((name) => {
    const observation = positionOf(rig, name);
    return observation < 0 ? [] : [{ name, observation }];
  });
}

function positionOf({ observations, scene }: DrivenRig, joint: string): number {
  const own = observations.findIndex(
    ({ servo, source }) =>
      (servo?.motor === joint && servo.quantity === 'position') ||
      (source !== undefined && 'joint' in source && source.joint === joint && source.quantity === 'position'),
  );
  return own >= 0 ? own : observations.findIndex(({ name }) => name === scene.joints[joint]);
}

/** How soon a joint that is told a speed is where it is to be, seconds: a quarter of a second, and never less than four control periods. */
export const reachSeconds = (periodSeconds: number): number => Math.max(0.25, 4 * periodSeconds);

/**
 * The action that brings joints to where they are to be. A goal lies within the joint's limits; an action that is a speed is proportional to
 * what is missing, so that the joint comes to rest there.
 * @param goals by joint as in `joints`, rad or m; a joint without one stays where it is
 * @param observation newest, [observations]
 * @param standing [actions] what channels get that none of the joints is driven by, and joints without a goal that are told a place
 */
export function actionFor(
  joints: readonly DrivenJoint[],
  goals: readonly (number | undefined)[],
  observation: ArrayLike<number>,
  standing: ArrayLike<number>,
  periodSeconds: number,
): number[] {
  const action = Array.from(standing);
  joints.forEach((joint, i) => {
    const goal = goals[i];
    if (goal === undefined || !Number.isFinite(goal)) {
      if (joint.kind === 'velocity') action[joint.action] = 0;
      return;
    }
    const [low, high] = joint.limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const within = Math.min(high, Math.max(low, goal));
    if (joint.kind === 'position') {
      action[joint.action] = within;
      return;
    }
    const missing = within - (observation[joint.observation] ?? within);
    const way = joint.wraps ? Math.atan2(Math.sin(missing), Math.cos(missing)) : missing;
    action[joint.action] = way / reachSeconds(periodSeconds);
  });
  return action;
}

/** The action at which a rig stands: where joints are that are told a place, and elsewhere the hold value. */
export function standingAction(rig: DrivenRig, observation: ArrayLike<number>): number[] {
  const action = rig.actions.map(({ hold }) => hold);
  for (const joint of drivenJoints(rig)) {
    if (joint.kind === 'velocity') action[joint.action] = 0;
    else {
      const place = observation[joint.observation] ?? Number.NaN;
      if (Number.isFinite(place)) action[joint.action] = place;
    }
  }
  return action;
}
