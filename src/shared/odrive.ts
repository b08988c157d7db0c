import { z } from 'zod';
import { channelName } from './channel-name';

/** Units of what a channel can read of an axis, and of what an axis can be told. */
const QUANTITY_UNITS = { position: 'rad', velocity: 'rad/s' } as const;
const GOAL_UNITS = { torque: 'N m', velocity: 'rad/s', position: 'rad' } as const;

export const OdriveSource = z.strictObject({
  axis: channelName,
  quantity: z.enum(['position', 'velocity']),
});

export const OdriveGoal = z.strictObject({
  axis: channelName,
  goal: z.enum(['torque', 'velocity', 'position']),
});

const OdriveAxis = z.strictObject({
  /** Its number on the board. */
  axis: z.union([z.literal(0), z.literal(1)]),
  /** −1 where the joint's angle grows while the motor's turns fall. */
  direction: z.union([z.literal(1), z.literal(-1)]).default(1),
  /** Turns of the motor for one of the joint. */
  gear: z.number().positive().default(1),
  /** Turns of the motor at which the joint's angle is 0. */
  zero: z.number().default(0),
  /** Of the joint, rad: beyond them nothing drives it further out. Everywhere when left out. */
  limits: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'two numbers, the lower one first')
    .optional(),
});
export type OdriveAxis = z.infer<typeof OdriveAxis>;

/** Motors on an ODrive with firmware 0.5, over its ASCII protocol. docs/drivers.md. */
export const OdriveOptions = z.strictObject({
  /** "auto" asks every USB port; else a port's path or USB serial number. */
  port: z.string().default('auto'),
  baudRate: z.number().int().positive().default(115200),
  /** By the joint's name. */
  axes: z.record(channelName, OdriveAxis).refine((axes) => Object.keys(axes).length > 0, 'one axis at least'),
  /** What the motors of a simulated board turn: an MJCF file with a joint of each name and one motor each; flywheels when left out. */
  simulation: z.strictObject({ model: z.string() }).optional(),
});
export type OdriveOptions = z.infer<typeof OdriveOptions>;

interface OdriveRig {
  driver: string;
  odrive?: OdriveOptions | undefined;
  observations: readonly { unit: string; odrive?: z.infer<typeof OdriveSource> | undefined }[];
  actions: readonly { unit: string; odrive?: z.infer<typeof OdriveGoal> | undefined }[];
}

interface Problem {
  path: (string | number)[];
  message: string;
}

/** What is wrong with the axes of a rig file, and with the channels that name them. */
export function odriveProblems({ driver, odrive, observations, actions }: OdriveRig): Problem[] {
  if (driver !== 'odrive') return [];
  if (!odrive) return [{ path: ['odrive'], message: 'needed for driver "odrive"' }];
  const names = Object.keys(odrive.axes);
  const axis = (path: (string | number)[], name: string | undefined): Problem[] =>
    name !== undefined && names.includes(name)
      ? []
      : [{ path, message: `an axis of "odrive" for driver "odrive" (${names.join(', ')})` }];
  const unit = (path: (string | number)[], found: string, wanted: string | undefined): Problem[] =>
    wanted === undefined || found === wanted ? [] : [{ path, message: `"${wanted}", found "${found}"` }];
  const driven = actions.map(({ odrive: goal }) => goal?.axis);
  const numbers = Object.values(odrive.axes).map(({ axis: number }) => number);
  return [
    ...observations.flatMap(({ odrive: source, unit: found }, i) => [
      ...axis(['observations', i, 'odrive'], source?.axis),
      ...unit(['observations', i, 'unit'], found, source && QUANTITY_UNITS[source.quantity]),
    ]),
    ...actions.flatMap(({ odrive: goal, unit: found }, i) => [
      ...axis(['actions', i, 'odrive'], goal?.axis),
      ...unit(['actions', i, 'unit'], found, goal && GOAL_UNITS[goal.goal]),
      ...(goal && driven.indexOf(goal.axis) !== i
        ? [
            {
              path: ['actions', i, 'odrive', 'axis'],
              message: `an axis that no other action drives, found "${goal.axis}"`,
            },
          ]
        : []),
    ]),
    ...names.flatMap((name, i) =>
      numbers.indexOf(numbers[i] as 0 | 1) === i
        ? []
        : [
            {
              path: ['odrive', 'axes', name, 'axis'],
              message: `a number of its own, found ${numbers[i]} twice`,
            },
          ],
    ),
  ];
}
