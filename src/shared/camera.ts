import { z } from 'zod';
import { plainName } from './plain-name';

/** Sides of a picture, pixels. */
const LEAST_SIDE = 8;
const MOST_SIDE = 2048;

const side = z.number().int().min(LEAST_SIDE).max(MOST_SIDE);

/** Where the pictures come from: one of the cameras of a MuJoCo rig's model. They are computed where the rig is recorded. */
const CameraSource = z.strictObject({
  kind: z.custom<'simulated'>(
    (value) => value === 'simulated',
    '"simulated": a camera of the rig\'s MuJoCo model is all that Foresight can record so far',
  ),
  /** Its name in the MJCF file, or its place there: "#0" is the first. */
  camera: z.string(),
  /** Rays for each pixel: 4 make smooth edges, and what is half a pixel thick visible. */
  raysPerPixel: z.union([z.literal(1), z.literal(4)]).default(1),
  /** Gaussian noise on every colour of every pixel: standard deviation, of 255. */
  noise: z.number().min(0).max(255).default(0),
});

/** A camera of a rig. */
export const Camera = z.strictObject({
  name: plainName,
  title: z.string().optional(),
  width: side,
  height: side,
  /** Pictures a second. */
  rate: z.number().positive().max(1000),
  source: CameraSource,
});
export type Camera = z.infer<typeof Camera>;

/** Of a rig. */
const MOST_CAMERAS = 16;

/** `rate · period` may exceed 1 by this share: what 0.05 · 20 is off for being written in binary. */
const RATE_ROUNDING = 1e-9;

export const Cameras = z.array(Camera).max(MOST_CAMERAS).default([]);

/** What is wrong with cameras that are in order one by one: where, and what was expected there. */
export function camerasProblems(
  cameras: readonly Camera[],
  rig: { driver: string; periodSeconds: number },
): { path: (string | number)[]; message: string }[] {
  const names = cameras.map(({ name }) => name);
  return cameras.flatMap(({ name, rate }, i) => {
    const problem = (field: string, message: string) => ({ path: ['cameras', i, field], message });
    const most = 1 / rig.periodSeconds;
    return [
      ...(names.indexOf(name) === i ? [] : [problem('name', `a name used once; "${name}" stands twice`)]),
      ...(rig.driver === 'mujoco'
        ? []
        : [
            problem(
              'source',
              'no simulated camera on a rig that is not simulated by MuJoCo (driver "mujoco")',
            ),
          ]),
      ...(rate <= most * (1 + RATE_ROUNDING)
        ? []
        : [problem('rate', `at most ${most}, one picture in each control period, found ${rate}`)]),
    ];
  });
}
