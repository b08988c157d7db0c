import { z } from 'zod';
import { Cameras, camerasProblems } from './camera';
import { channelName } from './channel-name';
import { GcodeGoal, GcodeOptions, GcodeSource, gcodeProblems } from './gcode';
import { OdriveGoal, OdriveOptions, OdriveSource, odriveProblems } from './odrive';
import { plainName } from './plain-name';
import { RosbridgeOptions, RosSource, RosTarget, rosbridgeProblems } from './rosbridge';
import { JointLimits, jointProblems } from './safety/joint-limits';
import { WorkspaceLimits } from './safety/workspace-limits';
import { SERVO_DRIVERS, ServoGoal, ServoOptions, ServoSource, servoProblems } from './servos';
import { SpheroOptions, SpheroSource, SpheroTarget, spheroProblems } from './sphero';
import { TaskFile } from './task';
import { TextOptions, TextSource, TextTarget, textProblems } from './text-line';

export { channelName };

const limits = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'two numbers, the lower one first');

/**
 * Where a MuJoCo plant reads an observation from. `sensor` takes the first number of a sensor unless `index` says.
 * `mean-velocity` is what the position changed in the control period, divided by the period; 0 after a reset.
 */
export const MujocoObservationSource = z.union([
  z.strictObject({ joint: z.string(), quantity: z.enum(['position', 'velocity', 'mean-velocity']) }),
  z.strictObject({ sensor: z.string(), index: z.number().int().min(0).default(0) }),
]);

export const ObservationChannel = z.strictObject({
  name: channelName,
  /** SI unit symbol: m, m/s, rad, rad/s, N, N m, 1. */
  unit: z.string(),
  title: z.string().optional(),
  /** An angle (rad) that wraps: models see sin and cos of it, residuals are wrapped to [-π, π). */
  angle: z.boolean().default(false),
  /** Physical range; drawn in plots. Crossing it brings the rig to hold when `safety.holdOutsideLimits` is set. */
  limits: limits.optional(),
  /** For `driver: "mujoco"` only. */
  source: MujocoObservationSource.optional(),
  /** For motors on a bus (`driver: "feetech"` or `"dynamixel"`). */
  servo: ServoSource.optional(),
  /** For `driver: "text"` only. */
  text: TextSource.optional(),
  /** For a robot behind rosbridge (`driver: "rosbridge"`). */
  ros: RosSource.optional(),
  /** For `driver: "sphero"` only. */
  sphero: SpheroSource.optional(),
  /** For `driver: "gcode"` only. */
  gcode: GcodeSource.optional(),
  /** For `driver: "odrive"` only. */
  odrive: OdriveSource.optional(),
});
export type ObservationChannel = z.infer<typeof ObservationChannel>;

/** An actuator by its name, by its place in the model ("#0" is the first), or by the joint that it alone drives. */
export const ActuatorName = z.union([z.string(), z.strictObject({ joint: z.string() })]);
export type ActuatorName = z.infer<typeof ActuatorName>;

export const ActionChannel = z.strictObject({
  name: channelName,
  unit: z.string(),
  title: z.string().optional(),
  /** The guard clips every command to this range. */
  limits,
  /** The guard limits how fast a command may change, in units per second. */
  ratePerSecond: z.number().positive().optional(),
  /** What "hold" commands: 0 unless said otherwise. */
  hold: z.number().default(0),
  /** A discrete action: the only values it can take, ascending, within the limits. Continuous when left out. */
  values: z.array(z.number()).min(2).max(100).optional(),
  /** For `driver: "mujoco"` only: the actuator, and the factor from channel to ctrl. */
  actuator: ActuatorName.optional(),
  scale: z.number().default(1),
  /** For motors on a bus (`driver: "feetech"` or `"dynamixel"`). */
  servo: ServoGoal.optional(),
  /** For `driver: "text"` only. */
  text: TextTarget.optional(),
  /** For a robot behind rosbridge (`driver: "rosbridge"`). */
  ros: RosTarget.optional(),
  /** For `driver: "sphero"` only. */
  sphero: SpheroTarget.optional(),
  /** For `driver: "gcode"` only. */
  gcode: GcodeGoal.optional(),
  /** For `driver: "odrive"` only. */
  odrive: OdriveGoal.optional(),
});
export type ActionChannel = z.infer<typeof ActionChannel>;

/** By this share may a change exceed its rate: what 0.1 · 0.02 is off for being written in binary. */
export const RATE_ROUNDING = 1e-9;

/** What a list of values must be for the guard to keep its promises; null where nothing is wrong. */
function valuesProblem(
  { values, limits: [low, high], hold, ratePerSecond }: ActionChannel,
  periodSeconds: number,
): string | null {
  if (!values) return null;
  const steps = values.slice(1).map((value, i) => value - (values[i] ?? value));
  if (steps.some((step) => step <= 0)) return 'numbers that ascend, none twice';
  const outside = values.find((value) => value < low || value > high);
  if (outside !== undefined) return `numbers within the limits ${low} to ${high}, found ${outside}`;
  if (!values.includes(hold)) return `a list with the hold value ${hold} in it`;
  const reach = (ratePerSecond ?? Number.POSITIVE_INFINITY) * periodSeconds;
  const tooFar = steps.find((step) => step > reach * (1 + RATE_ROUNDING));
  if (tooFar === undefined) return null;
  return `neighbours that ratePerSecond can reach within one period, at most ${reach} apart, found ${tooFar}`;
}

/** Start state of a simulated plant: one entry a joint, drawn anew at every reset. */
export const StartDistribution = z.record(
  z.string(),
  z.strictObject({
    position: z
      .union([
        z.strictObject({ uniform: limits }),
        z.strictObject({ normal: z.tuple([z.number(), z.number().min(0)]) }),
      ])
      .optional(),
    velocity: z
      .union([
        z.strictObject({ uniform: limits }),
        z.strictObject({ normal: z.tuple([z.number(), z.number().min(0)]) }),
      ])
      .optional(),
  }),
);
export type StartDistribution = z.infer<typeof StartDistribution>;

const changeTime = {
  /** Steps into the episode before which it happens. */
  atStep: z.number().int().min(0),
  /** The episode, counted in resets since connecting: 1 is the first. */
  fromEpisode: z.number().int().min(1).default(1),
  /** disconnect: a reset does not undo it. reset: it is undone, and happens again in every later episode. */
  until: z.enum(['disconnect', 'reset']).default('disconnect'),
};
const factor = z.number().min(0).max(1000);

/** Something that wears, slips or is loaded while it runs: a factor on what the MJCF file says. */
export const PlantChange = z.union([
  z.strictObject({ ...changeTime, actuator: ActuatorName, gain: factor }),
  z.strictObject({ ...changeTime, joint: z.string(), damping: factor }),
  z.strictObject({ ...changeTime, body: z.string(), mass: factor.refine((m) => m > 0, 'a number above 0') }),
]);
export type PlantChange = z.infer<typeof PlantChange>;

export const MujocoOptions = z.strictObject({
  /** MJCF file, relative to rig.json. */
  model: z.string(),
  start: StartDistribution.default({}),
  /** Gaussian sensor noise, standard deviation per observation channel name, in its unit. */
  noise: z.record(channelName, z.number().min(0)).default({}),
  /** Gaussian noise on what the actuators do, standard deviation per action channel name, in its unit. */
  actuatorNoise: z.record(channelName, z.number().min(0)).default({}),
  /** Control periods that a command is under way before the actuators obey it; until the first arrives they hold. */
  actionDelaySteps: z.number().int().min(0).max(100).default(0),
  /** Joint velocities are clipped to ± this after every physics step, by joint name (Gym's Pendulum: 8 rad/s). */
  velocityLimits: z.record(z.string(), z.number().positive()).default({}),
  /** What changes about the plant while it runs, to try out what notices it and what adapts. */
  changes: z.array(PlantChange).max(100).default([]),
});
export type MujocoOptions = z.infer<typeof MujocoOptions>;

export const SerialOptions = z.strictObject({
  /** "auto" probes the ports for a device whose hello names `firmware`; else a port's path or USB serial number. */
  port: z.string().default('auto'),
  baudRate: z.number().int().positive().default(921600),
  /** Firmware name expected in the hello. */
  firmware: z.string(),
  /** Folder name or relative path of a `driver: "mujoco"` rig that the simulated firmware uses as its plant. */
  simulation: z.string().optional(),
});
export type SerialOptions = z.infer<typeof SerialOptions>;

export const SafetySettings = z.strictObject({
  /** No command for this long and the device (and the rig process) stops by itself. */
  watchdogSeconds: z.number().positive().default(0.2),
  /** This many late plans in a row bring the rig to hold. */
  missedPlansToHold: z.number().int().positive().default(10),
  /** Leaving an observation channel's limits brings the rig to hold. */
  holdOutsideLimits: z.boolean().default(false),
  /** The rig moves only while a key in the window or the trigger of a gamepad is held. */
  deadMan: z.boolean().default(false),
  /** What each joint may do, by the name of its motor; any name on a rig without a servo bus. */
  joints: z.record(channelName, JointLimits).default({}),
  /** Where the robot may be. */
  workspace: WorkspaceLimits.optional(),
});

const DriverName = z.enum([
  'mujoco',
  'serial',
  ...SERVO_DRIVERS,
  'text',
  'gcode',
  'odrive',
  'rosbridge',
  'sphero',
]);

/** Of a kind. */
const MOST_CHANNELS = 1000;

export const RigFile = z
  .strictObject({
    schema: z.literal('foresight.rig/1'),
    name: plainName,
    title: z.string(),
    description: z.string().default(''),
    driver: DriverName,
    mujoco: MujocoOptions.optional(),
    serial: SerialOptions.optional(),
    servos: ServoOptions.optional(),
    text: TextOptions.optional(),
    rosbridge: RosbridgeOptions.optional(),
    sphero: SpheroOptions.optional(),
    gcode: GcodeOptions.optional(),
    odrive: OdriveOptions.optional(),
    /** Control period: one observation and one action each. */
    periodSeconds: z.number().positive().max(10),
    observations: z.array(ObservationChannel).min(1).max(MOST_CHANNELS),
    actions: z.array(ActionChannel).min(1).max(MOST_CHANNELS),
    /** What is seen of the rig while it moves; recorded beside the steps. */
    cameras: Cameras,
    safety: SafetySettings.prefault({}),
    /** The task a run uses unless told otherwise. */
    task: TaskFile,
    /** MJCF file for the 3D view, relative to rig.json; a MuJoCo rig's own model unless said otherwise. */
    scene: z.strictObject({
      model: z.string(),
      /** Which observation channel drives which joint of the drawing. */
      joints: z.record(z.string(), channelName),
    }),
  })
  .superRefine((rig, context) => {
    const need = (ok: boolean, path: (string | number)[], message: string) => {
      if (!ok) context.addIssue({ code: 'custom', path, message });
    };
    need(rig.driver !== 'mujoco' || rig.mujoco !== undefined, ['mujoco'], 'needed for driver "mujoco"');
    need(rig.driver !== 'serial' || rig.serial !== undefined, ['serial'], 'needed for driver "serial"');
    const names = [...rig.observations, ...rig.actions].map((c) => c.name);
    names.forEach((name, i) => {
      const list = i < rig.observations.length ? 'observations' : 'actions';
      const index = i < rig.observations.length ? i : i - rig.observations.length;
      need(names.indexOf(name) === i, [list, index, 'name'], `a name used once; "${name}" stands twice`);
    });
    rig.observations.forEach(({ angle, unit }, i) => {
      need(
        !angle || unit === 'rad',
        ['observations', i, 'unit'],
        `"rad" for an angle that goes round, found "${unit}"`,
      );
    });
    const beyond = [
      ...[
        ...servoProblems(rig),
        ...textProblems(rig),
        ...gcodeProblems(rig),
        ...odriveProblems(rig),
        ...rosbridgeProblems(rig),
        ...spheroProblems(rig),
      ],
      ...jointProblems(rig),
    ];
    for (const { path, message } of beyond) need(false, path, message);
    for (const { path, message } of camerasProblems(rig.cameras, rig)) need(false, path, message);
    rig.actions.forEach((channel, i) => {
      const problem = valuesProblem(channel, rig.periodSeconds);
      need(problem === null, ['actions', i, 'values'], problem ?? '');
      const [low, high] = channel.limits;
      need(
        channel.hold >= low && channel.hold <= high,
        ['actions', i, 'hold'],
        `a number within the limits ${low} to ${high}, found ${channel.hold}`,
      );
    });
    if (rig.driver === 'mujoco') {
      rig.observations.forEach((c, i) => {
        need(c.source !== undefined, ['observations', i, 'source'], 'a joint or sensor for driver "mujoco"');
      });
      rig.actions.forEach((c, i) => {
        need(c.actuator !== undefined, ['actions', i, 'actuator'], 'an actuator for driver "mujoco"');
      });
    }
  });
export type RigFile = z.infer<typeof RigFile>;

/** Folder or name of the simulated rig with the same channels that stands in for the plant of a device. */
export function simulationOf({
  serial,
  text,
  rosbridge,
  sphero,
}: Pick<RigFile, 'serial' | 'text' | 'rosbridge' | 'sphero'>): string | undefined {
  return (serial ?? text ?? rosbridge ?? sphero)?.simulation;
}

/** What a rig with a device behind a line says of that line. */
export function lineOf({
  serial,
  servos,
  text,
  gcode,
  odrive,
  sphero,
}: Pick<RigFile, 'serial' | 'servos' | 'text' | 'gcode' | 'odrive' | 'sphero'>):
  | { port: string; baudRate: number }
  | undefined {
  return serial ?? servos ?? text ?? gcode ?? odrive ?? sphero;
}

/** A rig file that was read, checked and resolved: every path in it absolute. */
export const Rig = z.object({
  file: RigFile,
  /** Folder that holds rig.json. */
  folder: z.string(),
  builtIn: z.boolean(),
});
export type Rig = z.infer<typeof Rig>;

export const RigListing = z.object({
  name: z.string(),
  title: z.string(),
  driver: DriverName,
  folder: z.string(),
  builtIn: z.boolean(),
  /** Why this folder cannot be used, or null. */
  problem: z.string().nullable(),
});
export type RigListing = z.infer<typeof RigListing>;
