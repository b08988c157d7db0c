import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { CLEAR } from '../../src/main/camera/simulated/conditions';
import { loadRig } from '../../src/main/rig/index';
import { folderWith, rejection, smallRig } from '../rig/rig-helpers';

const MODEL = `<mujoco>
  <worldbody>
    <light pos="0 -3 3" diffuse="0.8 0.8 0.8"/>
    <camera name="eye" pos="0 -3 0" xyaxes="1 0 0 0 0 1"/>
    <geom name="hidden" type="sphere" size="0.5" pos="0 -2 0" group="3"/>
    <geom name="glass" type="sphere" size="0.5" pos="0 -2 0" rgba="1 1 1 0"/>
    <geom type="plane" size="0 0 1" pos="0 0 -1"/>
    <body pos="0 0 0"><joint name="j" type="slide" axis="1 0 0"/>
      <geom name="ball" type="sphere" size="0.3" rgba="1 0 0 1"/>
      <camera name="riding" pos="0 -3 0" xyaxes="1 0 0 0 0 1"/>
    </body>
    <camera name="watching" mode="targetbody" target="target" pos="2 -3 1"/>
    <body name="target" pos="0 0 0"/>
  </worldbody>
  <actuator><motor name="m" joint="j" ctrlrange="-1 1"/></actuator>
</mujoco>`;

async function camerasOf(...sources: Record<string, unknown>[]) {
  const cameras = sources.map((source, i) => ({
    ...{ name: `c${i}`, width: 32, height: 24, rate: 50 },
    source: { kind: 'simulated', camera: 'eye', ...source },
  }));
  const rig = await loadRig(await folderWith({ 'rig.json': smallRig({ cameras }), 'm.xml': MODEL }));
  const open = await SimulatedCameras.open(rig);
  onTestFinished(() => open.dispose());
  return open;
}

/** Colour in the middle of a picture. */
const middle = ({ rgb, width, height }: { rgb: Uint8Array; width: number; height: number }) =>
  [...rgb.subarray(3 * ((height / 2) * width + width / 2))].slice(0, 3);
const isRed = ([red = 0, green = 0, blue = 0]: number[]) => red > 100 && green === 0 && blue === 0;

describe('the picture of a simulated camera', () => {
  it('shows the colour of what stands there, through what is hidden or clear', async () => {
    const cameras = await camerasOf({});
    expect(isRed(middle(cameras.picture(0, [0], 0)))).toBe(true);
    expect(isRed(middle(cameras.picture(0, [2], 0)))).toBe(false);
  });

  it('moves with the body that a camera rides on, and turns to the one that it watches', async () => {
    const cameras = await camerasOf({ camera: 'riding' }, { camera: 'watching' });
    expect(isRed(middle(cameras.picture(0, [2], 0)))).toBe(true);
    expect(isRed(middle(cameras.picture(1, [0], 0)))).toBe(true);
  });

  it('is the same to the bit for the same pose and seed, whatever was seen between', async () => {
    const cameras = await camerasOf({ noise: 8, raysPerPixel: 4 });
    const first = cameras.picture(0, [0.3], 7).rgb.slice();
    const other = cameras.picture(0, [0.3], 8).rgb.slice();
    cameras.picture(0, [-1], 7);
    expect(cameras.picture(0, [0.3], 7).rgb).toEqual(first);
    expect(other).not.toEqual(first);
    const again = await camerasOf({ noise: 8, raysPerPixel: 4 });
    expect(again.picture(0, [0.3], 7).rgb).toEqual(first);
  });

  it('is moved with all that is in it, and what comes in at the edge is what is there', async () => {
    for (const raysPerPixel of [1, 4]) {
      const cameras = await camerasOf({ raysPerPixel });
      const straight = cameras.picture(0, [0.3], 0).rgb.slice();
      const moved = cameras.picture(0, [0.3], 0, { ...CLEAR, right: 3, down: -2 }).rgb.slice();
      for (let row = 0; row < 22; row++) {
        const [from, to] = [3 * (row + 2) * 32, 3 * row * 32 + 9];
        expect([...moved.subarray(to, to + 87)]).toEqual([...straight.subarray(from, from + 87)]);
      }
      const edge = moved.subarray(3 * 15 * 32, 3 * 15 * 32 + 9);
      expect(edge.every((value) => value > 0)).toBe(true);
      expect(cameras.picture(0, [0.3], 0).rgb).toEqual(straight);
    }
  });

  it('comes with the depth of the nearest that each pixel shows, where it is asked for, and with none of the sky', async () => {
    const cameras = await camerasOf({ depth: true }, { depth: true, raysPerPixel: 4 }, {});
    const [one, four] = [0, 1].map((camera) => cameras.picture(camera, [0], 0).depth!.slice());
    // A ball of 0.3 m around a point 3 m before the camera; a pixel beside its middle lies a few millimetres deeper.
    expect(Math.abs(one![12 * 32 + 16]! - 2700)).toBeLessThan(20);
    expect(one!.slice(0, 32).every((value) => value === 0)).toBe(true);
    // The floor, 1 m below, at the lower edge.
    expect(one![23 * 32]).toBeGreaterThan(2000);
    four!.forEach((value, i) => {
      if (value > 0 && one![i]! > 0) expect(value).toBeLessThanOrEqual(one![i]! * 1.3);
    });
    expect(cameras.picture(2, [0], 0).depth).toBeNull();
    expect(cameras.picture(0, [0], 0, { ...CLEAR, black: true }).depth!.every((value) => value === 0)).toBe(
      true,
    );
  });

  it('is darker in less light, and black where nothing is seen', async () => {
    const cameras = await camerasOf({});
    const straight = cameras.picture(0, [0], 0).rgb.slice();
    const dark = cameras.picture(0, [0], 0, { ...CLEAR, light: 0.5 }).rgb.slice();
    dark.forEach((value, i) => {
      expect(Math.abs(value - straight[i]! / 2)).toBeLessThanOrEqual(1);
    });
    const noisy = await camerasOf({ noise: 8 });
    expect(noisy.picture(0, [0], 0, { ...CLEAR, black: true }).rgb.every((value) => value === 0)).toBe(true);
  });

  it('has edges in between where four rays make a pixel', async () => {
    const cameras = await camerasOf({}, { raysPerPixel: 4 });
    /** Pixels whose red is neither the ball's full one nor none. */
    const shades = (camera: number) => {
      const { rgb } = cameras.picture(camera, [0], 0);
      return Array.from({ length: rgb.length / 3 }, (_, i) => i).filter((i) => {
        const [red = 0, green = 0] = rgb.subarray(3 * i, 3 * i + 2);
        return red > green + 20 && green > 0;
      }).length;
    };
    expect(shades(0)).toBe(0);
    expect(shades(1)).toBeGreaterThan(4);
  });

  it('tells the better where a thing is between two pixels the more rays make one', async () => {
    const cameras = await camerasOf({}, { raysPerPixel: 4 }, { raysPerPixel: 16 });
    const pixel = (2 * 3 * Math.tan(Math.PI / 8)) / 24;
    /** Of the ball's left edge, in pixels: how much red there is in the left half of the line through its middle. */
    const edge = (camera: number, at: number) => {
      const { rgb, width } = cameras.picture(camera, [at * pixel], 0);
      const line = Array.from({ length: width / 2 }, (_, column) => rgb[3 * (12 * width + column)]! / 255);
      return line.reduce((sum, red) => sum + red, 0);
    };
    const places = Array.from({ length: 32 }, (_, i) => i / 32);
    const jumps = [0, 1, 2].map((camera) => {
      const edges = places.map((at) => edge(camera, at));
      return Math.max(...edges.slice(1).map((one, i) => Math.abs(one - edges[i]!)));
    });
    expect(jumps[1]).toBeLessThan(0.7 * jumps[0]!);
    expect(jumps[2]).toBeLessThan(0.7 * jumps[1]!);
  });

  it('is brighter on the side of the lamp', async () => {
    const cameras = await camerasOf({});
    const { rgb, rays, width } = cameras.picture(0, [0], 0);
    const ball = rays.geoms[(width * 24) / 2 + width / 2];
    const rows = Array.from({ length: 24 }, (_, row) => row * width + width / 2).filter(
      (at) => rays.geoms[at] === ball,
    );
    expect(rgb[3 * rows[0]!]!).toBeGreaterThan(rgb[3 * rows.at(-1)!]! + 30);
  });

  it('chequers the floor', async () => {
    const { rgb, rays, width } = (await camerasOf({})).picture(0, [5], 0);
    const row = 23;
    expect(rays.geoms[row * width]).toBe(2);
    const line = [...Array(width).keys()].map((i) => rgb[3 * (row * width + i)]!);
    expect(Math.max(...line) / Math.min(...line)).toBeGreaterThan(1.2);
  });

  it('is none of a rig without a camera', async () => {
    const error = await rejection(SimulatedCameras.open(await loadRig('pendulum')));
    expect(error.message).toBe('The rig "pendulum" has no simulated camera.');
  });
});
