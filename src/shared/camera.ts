import { z } from 'zod';
import { plainName } from './plain-name';

/** Sides of a picture, pixels. */
const LEAST_SIDE = 8;
const MOST_SIDE = 2048;

const side = z.number().int().min(LEAST_SIDE).max(MOST_SIDE);

/** One of the cameras of a MuJoCo rig's model. The pictures are computed where the rig is recorded. */
const SimulatedSource = z.strictObject({
  kind: z.literal('simulated'),
  /** Its name in the MJCF file, or its place there: "#0" is the first. */
  camera: z.string(),
  /**
   * Rays for each pixel, on a grid: 4 make smooth edges, and what is half a pixel thick visible; 16 come near to a sensor, which
   * takes in all the light that falls on a pixel: where an edge lies shows to parts of a pixel.
   */
  raysPerPixel: z.union([z.literal(1), z.literal(4), z.literal(16)]).default(1),
  /** With each picture comes how deep what it shows lies, millimetres along the camera's axis. */
  depth: z.boolean().optional(),
  /** Gaussian noise on every colour of every pixel: standard deviation, of 255. */
  noise: z.number().min(0).max(255).default(0),
  /** Brightness rises and falls by up to this share, slowly: somebody at the window, a cloud. */
  light: z.number().min(0).max(1).default(0),
  /** Each picture is moved by up to so many pixels, down and across: a camera on a shaky stand. */
  shake: z.number().int().min(0).max(64).default(0),
  /** A picture is there so long after what it shows. */
  latencySeconds: z.number().min(0).max(10).default(0),
  /** Share of the pictures that never come; the first of an episode does. */
  dropped: z.number().min(0).max(0.95).default(0),
  /** Every so manieth picture is black; 0 for none. */
  blackEvery: z.number().int().min(0).max(1000).default(0),
});
export type SimulatedSource = z.infer<typeof SimulatedSource>;

/** A camera of the computer that shows the window, which takes the pictures. Which one it is, a person says there. */
const UsbSource = z.strictObject({ kind: z.literal('usb') });

/** Pictures that another program serves: `multipart/x-mixed-replace` of JPEG or PNG files over HTTP. */
const StreamSource = z.strictObject({
  kind: z.literal('stream'),
  url: z.string().refine(isHttp, 'an address that begins with http:// or https://'),
});

/** Where a rosbridge server is, when nothing says it. */
export const ROSBRIDGE_HERE = 'ws://127.0.0.1:9090';

/** Pictures on a topic of ROS, over a rosbridge server. */
const TopicSource = z.strictObject({
  kind: z.literal('rosbridge'),
  /** Left out, the one that the rig itself was connected to; `ROSBRIDGE_HERE` where it was to none. */
  url: z
    .string()
    .regex(/^wss?:\/\/[^\s]+$/, 'an address that begins with ws:// or wss://')
    .optional(),
  topic: z.string().regex(/^\/[A-Za-z0-9_/]+$/, 'a topic such as "/camera/image/compressed"'),
  type: z.enum(['sensor_msgs/CompressedImage', 'sensor_msgs/Image']).default('sensor_msgs/CompressedImage'),
});
export type TopicSource = z.infer<typeof TopicSource>;

const CameraSource = z.discriminatedUnion('kind', [SimulatedSource, UsbSource, StreamSource, TopicSource]);

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

export type SimulatedCamera = Camera & { source: SimulatedSource };

/** The pictures of any other come from outside, at times of their own. */
export const isSimulated = (camera: Camera): camera is SimulatedCamera => camera.source.kind === 'simulated';

/** Of a rig. */
export const MOST_CAMERAS = 16;

/** `rate · period` may exceed 1 by this share: what 0.05 · 20 is off for being written in binary. */
const RATE_ROUNDING = 1e-9;

export const Cameras = z.array(Camera).max(MOST_CAMERAS).default([]);

/** What is wrong with cameras that are in order one by one: where, and what was expected there. */
export function camerasProblems(
  cameras: readonly Camera[],
  rig: { driver: string; periodSeconds: number },
): { path: (string | number)[]; message: string }[] {
  const names = cameras.map(({ name }) => name);
  return cameras.flatMap((camera, i) => {
    const problem = (field: string, message: string) => ({ path: ['cameras', i, field], message });
    const unique =
      names.indexOf(camera.name) === i
        ? []
        : [problem('name', `a name used once; "${camera.name}" stands twice`)];
    if (!isSimulated(camera)) return unique;
    const most = 1 / rig.periodSeconds;
    return [
      ...unique,
      ...(rig.driver === 'mujoco'
        ? []
        : [
            problem(
              'source',
              'no simulated camera on a rig that is not simulated by MuJoCo (driver "mujoco")',
            ),
          ]),
      ...(camera.rate <= most * (1 + RATE_ROUNDING)
        ? []
        : [problem('rate', `at most ${most}, one picture in each control period, found ${camera.rate}`)]),
    ];
  });
}

function isHttp(address: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}
