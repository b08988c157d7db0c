import { ForesightError } from '../../../shared/errors';
import type { PolicySummary } from '../../../shared/policy';
import type { RigFile } from '../../../shared/rig';
import type { ModelLayout } from '../../dynamics/layout';

/** One action channel as a policy sees it, SI units. */
export interface ActionRange {
  name: string;
  low: number;
  high: number;
  /** The only values that it can take, ascending; null for a continuous one. */
  values: readonly number[] | null;
}

/**
 * What a policy maps between. **State**: as of a model (dynamics/layout.ts), SI units. **Action**: inside of networks and
 * replays an action is in units of its channel's range, −1 (the lower limit) to 1 (the upper one); `toUnit` and `toPhysical`
 * go between the two.
 */
export interface PolicySpace {
  /** `reward` is false: a policy predicts none. */
  layout: ModelLayout;
  /** Of every observation channel, SI units, as far as its rig says; null where it says none. */
  limits: readonly (readonly [number, number] | null)[];
  actions: readonly ActionRange[];
}

/** Joint actions of a discrete space beyond which none is offered: one output of every critic each. */
export const MOST_JOINT_ACTIONS = 64;

/** Of a rig, or of what is kept of a policy (then with its history). */
export function policySpace(
  rig: Pick<RigFile, 'observations' | 'actions'> | Pick<PolicySummary, 'observations' | 'actions'>,
  history = 1,
): PolicySpace {
  return {
    layout: {
      angles: rig.observations.map(({ angle }) => angle),
      actions: rig.actions.length,
      history,
      reward: false,
    },
    limits: rig.observations.map(({ limits }) => limits ?? null),
    actions: rig.actions.map(({ name, limits: [low, high], values }) => ({
      ...{ name, low, high, values: values ?? null },
    })),
  };
}

/**
 * Every combination of values of a rig whose actions are all discrete, [joint actions][actions] in units of the ranges, the
 * last channel changing fastest; null for a rig whose actions are all continuous.
 * @throws ForesightError wrong-use for a rig with both, or with more combinations than MOST_JOINT_ACTIONS
 */
export function jointActions({ actions }: PolicySpace): Float32Array[] | null {
  const discrete = actions.filter(({ values }) => values !== null);
  if (discrete.length === 0) return null;
  const [continuous] = actions.filter(({ values }) => values === null);
  if (continuous) {
    throw new ForesightError(
      'wrong-use',
      `The rig has discrete actions beside continuous ones ("${continuous.name}"), which no policy can learn yet.`,
      'Give every action channel "values" in rig.json, or none.',
    );
  }
  const count = discrete.reduce((product, { values }) => product * (values?.length ?? 1), 1);
  if (count > MOST_JOINT_ACTIONS) {
    throw new ForesightError(
      'wrong-use',
      `The rig's discrete actions have ${count} combinations; a policy can choose from ${MOST_JOINT_ACTIONS}.`,
      'Give the action channels fewer "values" in rig.json.',
    );
  }
  let joint: number[][] = [[]];
  for (const range of actions) {
    joint = joint.flatMap((before) => (range.values ?? []).map((value) => [...before, unit(range, value)]));
  }
  return joint.map((values) => Float32Array.from(values));
}

/** @throws ForesightError wrong-use for a rig with discrete actions, which `method` cannot learn */
export function requireContinuous({ actions }: PolicySpace, method: string): void {
  const discrete = actions.find(({ values }) => values !== null);
  if (!discrete) return;
  throw new ForesightError(
    'wrong-use',
    `${method} learns continuous actions only, and "${discrete.name}" is a discrete one.`,
    'Choose SAC, which learns discrete actions too.',
  );
}

const unit = ({ low, high }: ActionRange, value: number): number => (2 * (value - low)) / (high - low) - 1;

/** [actions] from SI units to those of the ranges. */
export const toUnit = ({ actions }: PolicySpace, physical: ArrayLike<number>): Float32Array =>
  Float32Array.from(actions, (range, i) => unit(range, physical[i] ?? 0));

/** The other way round; what is outside −1 … 1 is clipped. */
export const toPhysical = ({ actions }: PolicySpace, units: ArrayLike<number>): Float64Array =>
  Float64Array.from(actions, ({ low, high }, i) => {
    const share = (Math.min(1, Math.max(-1, units[i] ?? 0)) + 1) / 2;
    return low + share * (high - low);
  });
