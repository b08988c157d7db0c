import { z } from 'zod';

/** What a Sphero's stream can say, with the unit of the channel. */
const SPHERO_UNITS = {
  /** By its own locator, m, in the frame of `sphero.start`. */
  x: 'm',
  y: 'm',
  x_velocity: 'm/s',
  y_velocity: 'm/s',
  /** By its own gyroscope, rad. */
  heading: 'rad',
  heading_velocity: 'rad/s',
  pitch: 'rad',
  roll: 'rad',
} as const;
export type SpheroQuantity = keyof typeof SPHERO_UNITS;

export const SpheroSource = z.strictObject({
  quantity: z.enum(Object.keys(SPHERO_UNITS) as [SpheroQuantity, ...SpheroQuantity[]]),
});

export const SpheroTarget = z.strictObject({ motor: z.enum(['left', 'right']) });

export const SpheroOptions = z.strictObject({
  /** "auto" asks every serial port on a cable; else a port's path: a Bluetooth serial port, or one of a BLE bridge. */
  port: z.string().default('auto'),
  baudRate: z.number().int().positive().default(115_200),
  /** Of 255: what a motor gets at a command of 1. */
  fullPower: z.number().int().min(1).max(255).default(70),
  /** Where it stands, and where it looks, when it is connected: its locator begins there. */
  start: z
    .strictObject({ x: z.number(), y: z.number(), heading: z.number() })
    .default({ x: 0, y: 0, heading: 0 }),
  /** Put to sleep when it is disconnected: it then has to be woken by hand. */
  sleepAtDisconnect: z.boolean().default(false),
  /** Folder name or relative path of a `driver: "mujoco"` rig with the same channels. */
  simulation: z.string().optional(),
});
export type SpheroOptions = z.infer<typeof SpheroOptions>;

interface SpheroRig {
  driver: string;
  sphero?: SpheroOptions | undefined;
  observations: readonly { unit: string; sphero?: z.infer<typeof SpheroSource> | undefined }[];
  actions: readonly {
    limits: readonly [number, number];
    sphero?: z.infer<typeof SpheroTarget> | undefined;
  }[];
}

/** What is wrong with a Sphero's rig file, and with the channels that name its sensors and motors. */
export function spheroProblems({ driver, sphero, observations, actions }: SpheroRig) {
  if (driver !== 'sphero') return [];
  if (!sphero) return [{ path: ['sphero'], message: 'needed for driver "sphero"' }];
  const driven = actions.map((one) => one.sphero?.motor);
  return [
    ...observations.flatMap((one, i) => {
      const wanted = one.sphero && SPHERO_UNITS[one.sphero.quantity];
      if (wanted === undefined) {
        return [{ path: ['observations', i, 'sphero'], message: 'a quantity for driver "sphero"' }];
      }
      return one.unit === wanted
        ? []
        : [{ path: ['observations', i, 'unit'], message: `"${wanted}", found "${one.unit}"` }];
    }),
    ...actions.flatMap(({ limits: [low, high] }, i) => [
      ...(driven[i] !== undefined && driven.indexOf(driven[i]) === i
        ? []
        : [
            {
              path: ['actions', i, 'sphero'],
              message: 'a motor, "left" or "right", that no other action drives, for driver "sphero"',
            },
          ]),
      ...(low >= -1 && high <= 1
        ? []
        : [
            {
              path: ['actions', i, 'limits'],
              message: `numbers from −1 to 1 (full power), found ${low} to ${high}`,
            },
          ]),
    ]),
  ];
}
