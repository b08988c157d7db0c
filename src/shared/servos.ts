import { z } from 'zod';
import { channelName } from './channel-name';

/** Drivers of motors that share a line. */
export const SERVO_DRIVERS = ['feetech', 'dynamixel'] as const;
export type ServoDriver = (typeof SERVO_DRIVERS)[number];

export function isServoDriver(driver: string): driver is ServoDriver {
  return (SERVO_DRIVERS as readonly string[]).includes(driver);
}

/** A motor that was found on a line. */
export const FoundMotor = z.object({
  driver: z.enum(SERVO_DRIVERS),
  id: z.number().int(),
  /** As in rig.json; null for one that is not known, whose number stands in `number`. */
  model: z.string().nullable(),
  number: z.number().int().nullable(),
  /** Those at which it has answered; a pseudo-terminal has none, and a motor behind one answers at all of them. */
  baudRates: z.array(z.number().int()),
});
export type FoundMotor = z.infer<typeof FoundMotor>;

/** Where motors are looked for; everywhere when left out. */
export const MotorSearch = z.object({
  driver: z.enum(SERVO_DRIVERS).optional(),
  baudRate: z.number().int().positive().optional(),
});
export type MotorSearch = z.infer<typeof MotorSearch>;

/** A motor that is to get another number, or to speak at another baud rate. It is the only one on its line. */
export const MotorSetUp = z.object({
  driver: z.enum(SERVO_DRIVERS),
  model: z.string(),
  now: z.object({ id: z.number().int(), baudRate: z.number().int() }),
  wanted: z.object({ id: z.number().int(), baudRate: z.number().int() }),
});
export type MotorSetUp = z.infer<typeof MotorSetUp>;

/** What a channel can read of a motor, with the unit of the channel. */
export const SERVO_UNITS = {
  /** Of the joint. */
  position: 'rad',
  velocity: 'rad/s',
  /** Share of what the motor can do, −100 to 100. */
  load: '%',
  current: 'A',
  voltage: 'V',
  temperature: '°C',
} as const;
export type ServoQuantity = keyof typeof SERVO_UNITS;

/** Units of what a motor can be told: where its goal is, or how fast its goal moves. */
const GOAL_UNITS = { position: 'rad', velocity: 'rad/s' } as const;

export const ServoSource = z.strictObject({
  motor: channelName,
  quantity: z.enum(Object.keys(SERVO_UNITS) as [ServoQuantity, ...ServoQuantity[]]),
});
export type ServoSource = z.infer<typeof ServoSource>;

export const ServoGoal = z.strictObject({
  motor: channelName,
  /**
   * `position`: the goal is where the command says. `velocity`: the goal moves so fast, from where the motor is when the
   * rig is resumed; without commands it stands still.
   */
  goal: z.enum(['position', 'velocity']),
});
export type ServoGoal = z.infer<typeof ServoGoal>;

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'two numbers, the lower one first');

export const ServoMotor = z.strictObject({
  /** Its number on the bus. */
  id: z.number().int().min(0).max(253),
  /** "sts3215". */
  model: z.string(),
  /** −1 where the joint's angle grows while the motor's counts fall. */
  direction: z.union([z.literal(1), z.literal(-1)]).default(1),
  /** Counts at which the joint's angle is 0; the middle of the motor's turn when left out. */
  zero: z.number().int().optional(),
  /** Of the joint, rad: no goal lies outside, whatever is commanded. */
  limits: range,
  /** The goal never lies farther than this from where the motor is, rad: how far a command can jump, and how hard it can push. */
  maxStep: z.number().positive().default(0.35),
  /** Never exerts torque: a motor that is there to measure a joint. */
  passive: z.boolean().default(false),
  /** Its angle in the pose in which the rig is calibrated, rad. */
  home: z.number().default(0),
  /** Where a reset brings it, rad; it stays where it is when left out. */
  start: z.number().optional(),
  /** Registers by name that are to have these values, from connecting until the motor loses its power. */
  registers: z.record(z.string(), z.number().int()).default({}),
});
export type ServoMotor = z.infer<typeof ServoMotor>;

export const ServoOptions = z.strictObject({
  /** "auto" asks every USB port for these motors; else a port's path or USB serial number. */
  port: z.string().default('auto'),
  baudRate: z.number().int().positive().default(1_000_000),
  /** By name, in the order in which they hang on the line. */
  motors: z
    .record(channelName, ServoMotor)
    .refine((motors) => Object.keys(motors).length > 0, 'one motor at least'),
  /** How fast a reset goes to the start, rad/s. */
  startSpeed: z.number().positive().default(0.5),
  /** What the motors of a simulated bus turn: an MJCF file in which joints have the motors' names; flywheels when left out. */
  simulation: z.strictObject({ model: z.string() }).optional(),
});
export type ServoOptions = z.infer<typeof ServoOptions>;

interface ServoRig {
  driver: string;
  servos?: ServoOptions | undefined;
  observations: readonly { unit: string; servo?: ServoSource | undefined }[];
  actions: readonly { unit: string; limits: readonly [number, number]; servo?: ServoGoal | undefined }[];
}

interface Problem {
  path: (string | number)[];
  message: string;
}

/** What is wrong with the motors of a rig file, and with the channels that name them. */
export function servoProblems({ driver, servos, observations, actions }: ServoRig): Problem[] {
  if (!isServoDriver(driver)) return [];
  if (!servos) return [{ path: ['servos'], message: `needed for driver "${driver}"` }];
  const names = Object.keys(servos.motors);
  const known = names.map((name) => `"${name}"`).join(', ');
  const motorProblem = (path: (string | number)[], motor: string | undefined): Problem[] =>
    motor !== undefined && names.includes(motor)
      ? []
      : [{ path, message: `a motor of "servos" for driver "${driver}" (${known})` }];
  const unitProblem = (path: (string | number)[], unit: string, wanted: string | undefined): Problem[] =>
    wanted === undefined || unit === wanted ? [] : [{ path, message: `"${wanted}", found "${unit}"` }];
  const driven = actions.map(({ servo }) => servo?.motor);
  const isPassive = (motor: string | undefined) =>
    motor !== undefined && servos.motors[motor]?.passive === true;
  return [
    ...observations.flatMap(({ servo, unit }, i) => [
      ...motorProblem(['observations', i, 'servo'], servo?.motor),
      ...unitProblem(['observations', i, 'unit'], unit, servo && SERVO_UNITS[servo.quantity]),
    ]),
    ...actions.flatMap(({ servo, unit }, i) => [
      ...motorProblem(['actions', i, 'servo'], servo?.motor),
      ...unitProblem(['actions', i, 'unit'], unit, servo && GOAL_UNITS[servo.goal]),
      ...(isPassive(servo?.motor)
        ? [
            {
              path: ['actions', i, 'servo', 'motor'],
              message: `a motor that is not passive, found "${servo?.motor}"`,
            },
          ]
        : []),
      ...(servo && driven.indexOf(servo.motor) !== i
        ? [
            {
              path: ['actions', i, 'servo', 'motor'],
              message: `a motor that no other action drives, found "${servo.motor}"`,
            },
          ]
        : []),
    ]),
    ...names.flatMap((name, i) => motorProblems(name, servos.motors, names.slice(0, i))),
  ];
}

function motorProblems(name: string, motors: ServoOptions['motors'], before: readonly string[]): Problem[] {
  const motor = motors[name];
  if (!motor) return [];
  const path = ['servos', 'motors', name];
  const same = before.find((other) => motors[other]?.id === motor.id);
  const { start, limits, passive } = motor;
  return [
    ...(start !== undefined && passive
      ? [{ path: [...path, 'start'], message: 'none, as a passive motor goes nowhere' }]
      : []),
    ...(same === undefined
      ? []
      : [{ path: [...path, 'id'], message: `a number of its own; "${same}" has ${motor.id} too` }]),
    ...(start === undefined || (start >= limits[0] && start <= limits[1])
      ? []
      : [
          {
            path: [...path, 'start'],
            message: `an angle within the limits ${limits.join(' to ')}, found ${start}`,
          },
        ]),
  ];
}
