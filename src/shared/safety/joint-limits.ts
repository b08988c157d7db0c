import { z } from 'zod';
import { channelName } from '../channel-name';

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'two numbers, the lower one first');

/**
 * What one joint may do. A command is changed before it would break a limit; what is observed is judged as well, because a joint
 * may do something else than it was told. SI units, those of the joint's position channel.
 */
export const JointLimits = z.strictObject({
  /** The action that drives it. On a servo bus the one that names the motor. */
  command: z.strictObject({ action: channelName, sets: z.enum(['position', 'velocity']) }).optional(),
  /** Where it is observed. On a servo bus the channels that name the motor, and else the motor's own feedback. */
  observed: z
    .strictObject({
      position: channelName.optional(),
      velocity: channelName.optional(),
      current: channelName.optional(),
      temperature: channelName.optional(),
    })
    .default({}),
  position: z
    .strictObject({
      limits: range,
      /** So near to a limit the speed towards it falls in proportion to what is left. */
      slowWithin: z.number().min(0).default(0),
      /** Observed so far outside, the rig is brought to hold; a twentieth of the range when left out. */
      holdBeyond: z.number().positive().optional(),
    })
    .optional(),
  velocity: z
    .strictObject({
      most: z.number().positive(),
      /** Observed faster than this, the rig is brought to hold; never when left out. */
      holdAbove: z.number().positive().optional(),
    })
    .optional(),
  /** Of the commanded speed. */
  acceleration: z.strictObject({ most: z.number().positive() }).optional(),
  /** A. The joint is slowed from `slowFrom` on; more than `most` for `forSeconds` without a break brings the rig to hold. */
  current: z
    .strictObject({
      slowFrom: z.number().positive().optional(),
      most: z.number().positive(),
      forSeconds: z.number().min(0).default(0.5),
    })
    .optional(),
  /** °C, as `current`. */
  temperature: z
    .strictObject({
      slowFrom: z.number().optional(),
      most: z.number(),
      forSeconds: z.number().min(0).default(0.5),
    })
    .optional(),
  /** Farther than this from where the joint is no position is commanded. */
  step: z.number().positive().optional(),
});
export type JointLimits = z.infer<typeof JointLimits>;

/** No limits are written for it: temperatures of servo motors in plastic cases, whose makers let them switch off at 70 °C. */
const MOTOR_TEMPERATURE = { slowFrom: 55, most: 65, forSeconds: 0.5 };
/** rad/s and rad/s² of a motor that is told positions: what a hobby arm does in an unhurried motion. */
const POSITION_SPEED = 2;
const POSITION_ACCELERATION = 20;
/** rad/s² of a motor that is told speeds. */
const SPEED_ACCELERATION = 40;
/** rad, and a share of the command's range in other units. */
const STEP_RAD = 0.35;
const STEP_SHARE = 0.1;
const HOLD_BEYOND_SHARE = 0.05;

/** The limits of a joint with everything in them that was left out, and where its numbers are. */
export interface JointPlan {
  name: string;
  unit: string;
  /** Index of the action that drives it, −1 for none. */
  action: number;
  sets: 'position' | 'velocity';
  /** Indices of observations, −1 where there is none. */
  observed: { position: number; velocity: number; current: number; temperature: number };
  /** Its name on a servo bus, whose motors tell more than channels do. */
  motor: string | undefined;
  /** Infinite where there is none. */
  low: number;
  high: number;
  slowWithin: number;
  holdBeyond: number;
  speed: number;
  speedHold: number;
  acceleration: number;
  step: number;
  current: Watched | undefined;
  temperature: Watched | undefined;
}

/** A quantity that grows towards trouble. */
export interface Watched {
  slowFrom: number;
  most: number;
  forSeconds: number;
}

interface Channel {
  name: string;
  unit: string;
}
interface RigParts {
  driver: string;
  observations: readonly (Channel & {
    servo?: { motor: string; quantity: string } | undefined;
  })[];
  actions: readonly (Channel & {
    limits: readonly [number, number];
    ratePerSecond?: number | undefined;
    values?: readonly number[] | undefined;
    servo?: { motor: string; goal: 'position' | 'velocity' } | undefined;
  })[];
  servos?:
    | {
        motors: Record<string, { limits: readonly [number, number]; maxStep: number; passive: boolean }>;
      }
    | undefined;
  safety: { joints: Record<string, JointLimits> };
}

/** Every joint that has limits, its motor's own among them, in the order of the motors and then of the file. */
export function jointPlans(rig: RigParts): JointPlan[] {
  const motors = Object.entries(rig.servos?.motors ?? {}).flatMap(([name, { passive }]) =>
    passive ? [] : [name],
  );
  const names = [...new Set([...motors, ...Object.keys(rig.safety.joints)])];
  return names.map((name) => jointPlan(rig, name));
}

function jointPlan(rig: RigParts, name: string): JointPlan {
  const limits = rig.safety.joints[name] ?? JointLimits.parse({});
  const motor = rig.servos?.motors[name];
  const action = rig.actions.findIndex((channel) =>
    motor ? channel.servo?.motor === name : channel.name === limits.command?.action,
  );
  const command = rig.actions[action];
  const sets = (motor ? command?.servo?.goal : limits.command?.sets) ?? 'velocity';
  const place = (quantity: keyof JointPlan['observed']) =>
    rig.observations.findIndex((channel) =>
      limits.observed[quantity] === undefined
        ? channel.servo?.motor === name && channel.servo.quantity === quantity
        : channel.name === limits.observed[quantity],
    );
  const observed = {
    position: place('position'),
    velocity: place('velocity'),
    current: place('current'),
    temperature: place('temperature'),
  };
  const [low, high] = within(motor?.limits, limits.position?.limits);
  const range = high - low;
  const rate = sets === 'velocity' ? (command?.ratePerSecond ?? Infinity) : Infinity;
  const isDriven = motor !== undefined && command !== undefined;
  const acceleration =
    limits.acceleration?.most ??
    (isDriven ? (sets === 'position' ? POSITION_ACCELERATION : SPEED_ACCELERATION) : Infinity);
  return {
    ...{ name, action, sets, observed, low, high },
    unit: rig.observations[observed.position]?.unit ?? (motor ? 'rad' : ''),
    motor: motor && name,
    slowWithin: limits.position?.slowWithin ?? 0,
    holdBeyond:
      limits.position?.holdBeyond ?? (Number.isFinite(range) ? HOLD_BEYOND_SHARE * range : Infinity),
    speed:
      limits.velocity?.most ?? (isDriven && sets === 'position' ? POSITION_SPEED : speedOf(command, sets)),
    speedHold: limits.velocity?.holdAbove ?? Infinity,
    acceleration: Math.min(rate, acceleration),
    step: Math.min(motor?.maxStep ?? Infinity, limits.step ?? stepOf(command, sets)),
    current: limits.current && watchedFrom(limits.current),
    temperature: limits.temperature ? watchedFrom(limits.temperature) : motor && MOTOR_TEMPERATURE,
  };
}

function watchedFrom({ slowFrom, most, forSeconds }: NonNullable<JointLimits['current']>): Watched {
  return { slowFrom: slowFrom ?? most, most, forSeconds };
}

/** What the command's own limits allow. */
function speedOf(command: RigParts['actions'][number] | undefined, sets: JointPlan['sets']): number {
  if (!command || sets === 'position') return command?.ratePerSecond ?? Infinity;
  return Math.max(...command.limits.map(Math.abs));
}

/** On by default wherever positions are commanded. */
function stepOf(command: RigParts['actions'][number] | undefined, sets: JointPlan['sets']): number {
  if (!command || sets === 'velocity') return Infinity;
  if (command.unit === 'rad') return STEP_RAD;
  return STEP_SHARE * (command.limits[1] - command.limits[0]);
}

function within(...ranges: (readonly [number, number] | undefined)[]): [number, number] {
  const all = ranges.filter((one) => one !== undefined);
  return [
    Math.max(-Infinity, ...all.map(([low]) => low)),
    Math.min(Infinity, ...all.map(([, high]) => high)),
  ];
}

interface Problem {
  path: (string | number)[];
  message: string;
}

/** What is wrong with the limits of a rig file's joints, beside what each number says alone. */
export function jointProblems(rig: RigParts): Problem[] {
  const taken = new Map<string, string>();
  return Object.entries(rig.safety.joints).flatMap(([name, limits]) => {
    const problems: Problem[] = [];
    const need = (ok: boolean, path: (string | number)[], message: string) => {
      if (!ok) problems.push({ path: ['safety', 'joints', name, ...path], message });
    };
    const known = new Map(rig.observations.map((channel) => [channel.name, channel]));
    for (const [quantity, channel] of Object.entries(limits.observed)) {
      need(
        channel === undefined || known.has(channel),
        ['observed', quantity],
        `an observation channel (${quoted([...known.keys()])}), found "${channel}"`,
      );
    }
    const motor = rig.servos?.motors[name];
    if (rig.servos) {
      const driven = Object.entries(rig.servos.motors).filter(([, { passive }]) => !passive);
      need(
        motor !== undefined && !motor.passive,
        [],
        `the name of a motor that is not passive (${quoted(driven.map(([one]) => one))})`,
      );
      need(limits.command === undefined, ['command'], 'none, as the motor names its command');
    } else if (limits.command) {
      const { action, sets } = limits.command;
      const channel = rig.actions.find((one) => one.name === action);
      need(
        channel !== undefined,
        ['command', 'action'],
        `an action channel (${quoted(rig.actions.map((one) => one.name))}), found "${action}"`,
      );
      need(
        !channel?.values,
        ['command', 'action'],
        'an action without "values": one of a few values cannot be slowed',
      );
      need(!taken.has(action), ['command', 'action'], `an action that no other joint has; "${action}" does`);
      taken.set(action, name);
      need(
        limits.observed.position !== undefined,
        ['observed', 'position'],
        'an observation channel: whoever limits where a joint goes must know where it is',
      );
      const position = known.get(limits.observed.position ?? '');
      const unit = sets === 'position' ? position?.unit : position && `${position.unit}/s`;
      need(
        !channel || unit === undefined || channel.unit === unit,
        ['command', 'action'],
        `a command in ${unit}, as its position is in ${position?.unit}; "${action}" is in ${channel?.unit}`,
      );
    }
    for (const quantity of ['current', 'temperature'] as const) {
      const watched = limits[quantity];
      need(
        watched?.slowFrom === undefined || watched.slowFrom <= watched.most,
        [quantity, 'slowFrom'],
        `no more than ${watched?.most}, from where it holds`,
      );
      need(
        watched === undefined || motor !== undefined || limits.observed[quantity] !== undefined,
        ['observed', quantity],
        `an observation channel, as ${quantity} is limited`,
      );
    }
    need(
      !limits.position || motor !== undefined || limits.observed.position !== undefined,
      ['observed', 'position'],
      'an observation channel, as position is limited',
    );
    need(
      limits.velocity?.holdAbove === undefined || limits.velocity.holdAbove >= limits.velocity.most,
      ['velocity', 'holdAbove'],
      `at least ${limits.velocity?.most}, which may be commanded`,
    );
    const [low, high] = within(motor?.limits, limits.position?.limits);
    need(
      low < high,
      ['position', 'limits'],
      `a range that its motor has as well (${motor?.limits.join(' to ')})`,
    );
    return problems;
  });
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
