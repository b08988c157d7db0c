import { z } from 'zod';

export const AXES = ['x', 'y', 'z', 'a', 'b', 'c'] as const;
const axisName = z.enum(AXES);
export type AxisName = z.infer<typeof axisName>;

/** Units of what a channel can read of an axis, and of what an axis can be told. */
const QUANTITY_UNITS = { position: 'm', velocity: 'm/s' } as const;

export const GcodeSource = z.strictObject({
  axis: axisName,
  /** A velocity is the difference of two positions that the controller has reported. */
  quantity: z.enum(['position', 'velocity']),
});

export const GcodeGoal = z.strictObject({
  axis: axisName,
  /** `position`: the axis goes there. `velocity`: it moves so fast; without commands it stands. */
  goal: z.enum(['position', 'velocity']),
});

const GcodeAxis = z.strictObject({
  /** m, of the channel: nothing goes beyond, whatever is commanded. */
  limits: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'two numbers, the lower one first'),
  /** m/s */
  maxSpeed: z.number().positive(),
  /** The channel's position is the machine's own, which counts from its switches, plus this: m. */
  offset: z.number().default(0),
  /** How far ahead of the axis its goal may lie, m; three control periods at full speed when left out. */
  maxLead: z.number().positive().optional(),
  /** Where a reset brings it, m; it stays where it is when left out. */
  start: z.number().optional(),
});
export type GcodeAxis = z.infer<typeof GcodeAxis>;

/** A machine with a motion controller that takes G-code. docs/drivers.md. */
export const GcodeOptions = z.strictObject({
  /** "auto" asks every USB port; else a port's path or USB serial number. */
  port: z.string().default('auto'),
  baudRate: z.number().int().positive().default(115200),
  /** The controller's software. */
  flavour: z.enum(['grbl', 'marlin']).default('grbl'),
  axes: z
    .partialRecord(axisName, GcodeAxis)
    .refine((axes) => Object.keys(axes).length > 0, 'one axis at least'),
  /** The machine finds its switches before it moves, at the first reset and whenever its position is lost. */
  homing: z.boolean().default(false),
  /** How fast a reset goes to the start, m/s. */
  startSpeed: z.number().positive().default(0.05),
  /** What the motors of a simulated machine move: an MJCF file with a slide joint of each axis' name, and one motor each. */
  simulation: z.strictObject({ model: z.string() }).optional(),
});
export type GcodeOptions = z.infer<typeof GcodeOptions>;

interface GcodeRig {
  driver: string;
  gcode?: GcodeOptions | undefined;
  observations: readonly { unit: string; gcode?: z.infer<typeof GcodeSource> | undefined }[];
  actions: readonly { unit: string; gcode?: z.infer<typeof GcodeGoal> | undefined }[];
}

interface Problem {
  path: (string | number)[];
  message: string;
}

/** What is wrong with the axes of a rig file, and with the channels that name them. */
export function gcodeProblems({ driver, gcode, observations, actions }: GcodeRig): Problem[] {
  if (driver !== 'gcode') return [];
  if (!gcode) return [{ path: ['gcode'], message: 'needed for driver "gcode"' }];
  const names = Object.keys(gcode.axes);
  const axis = (path: (string | number)[], name: string | undefined): Problem[] =>
    name !== undefined && names.includes(name)
      ? []
      : [{ path, message: `an axis of "gcode" for driver "gcode" (${names.join(', ')})` }];
  const unit = (path: (string | number)[], found: string, wanted: string | undefined): Problem[] =>
    wanted === undefined || found === wanted ? [] : [{ path, message: `"${wanted}", found "${found}"` }];
  const driven = actions.map(({ gcode: goal }) => goal?.axis);
  return [
    ...observations.flatMap(({ gcode: source, unit: found }, i) => [
      ...axis(['observations', i, 'gcode'], source?.axis),
      ...unit(['observations', i, 'unit'], found, source && QUANTITY_UNITS[source.quantity]),
    ]),
    ...actions.flatMap(({ gcode: goal, unit: found }, i) => [
      ...axis(['actions', i, 'gcode'], goal?.axis),
      ...unit(['actions', i, 'unit'], found, goal && QUANTITY_UNITS[goal.goal]),
      ...(goal && driven.indexOf(goal.axis) !== i
        ? [
            {
              path: ['actions', i, 'gcode', 'axis'],
              message: `an axis that no other action drives, found "${goal.axis}"`,
            },
          ]
        : []),
    ]),
    ...Object.entries(gcode.axes).flatMap(
      ([
        name,
        {
          start,
          limits: [low, high],
        },
      ]) =>
        start === undefined || (start >= low && start <= high)
          ? []
          : [
              {
                path: ['gcode', 'axes', name, 'start'],
                message: `a place within the limits ${low} to ${high}, found ${start}`,
              },
            ],
    ),
  ];
}
