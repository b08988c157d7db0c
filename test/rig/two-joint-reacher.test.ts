import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { loadRig } from '../../src/main/rig';
import { compileTask } from '../../src/main/task';
import { builtInPlant } from './rig-helpers';

const NAME = 'reacher-two-joints-camera';
const LINK = 0.12;
const wrapped = (angle: number) => angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));

/** Shoulder and elbow that bring the hand to a place. */
function anglesFor(x: number, y: number): [number, number] {
  const elbow = Math.acos(Math.max(-1, Math.min(1, (x * x + y * y) / (2 * LINK * LINK) - 1)));
  return [Math.atan2(y, x) - elbow / 2, Math.min(elbow, 2.8)];
}

/** The colour at a place on the floor, m; the camera stands above the shoulder and sees half of it, `reach`, to each side. */
function colourAt(rgb: Uint8Array, x: number, y: number): number[] {
  const reach = 1.2 * Math.tan((12.5 * Math.PI) / 180);
  const [column, row] = [x, -y].map((along) => Math.floor((along / reach + 1) * 32));
  const at = 3 * ((row ?? 0) * 64 + (column ?? 0));
  return [...rgb.subarray(at, at + 3)];
}
const grey = ([red = 0, green = 0, blue = 0]: number[]) => 0.299 * red + 0.587 * green + 0.114 * blue;

describe('the reacher with two joints', () => {
  it('begins anywhere, with the goal anywhere within reach, and the goal stays where it is', async () => {
    const plant = await builtInPlant(NAME);
    const starts = Array.from({ length: 40 }, (_, seed) => [...plant.reset(seed)]);
    for (const [shoulder = 0, elbow = 0, angle = 0, radius = 0] of starts) {
      expect(Math.max(Math.abs(shoulder), Math.abs(angle))).toBeLessThanOrEqual(Math.PI);
      expect(Math.abs(elbow)).toBeLessThanOrEqual(2.8);
      expect(radius).toBeGreaterThanOrEqual(0.05);
      expect(radius).toBeLessThanOrEqual(0.2);
    }
    expect(new Set(starts.map(([shoulder]) => Math.sign(shoulder ?? 0))).size).toBe(2);
    const [, , angle, radius] = plant.reset(1);
    for (let k = 0; k < 50; k++) plant.step([1, -1]);
    expect([...plant.step([1, -1])].slice(2, 4)).toEqual([angle, radius]);
  });

  it('turns by a torque until its damping holds it, at about five radians a second', async () => {
    const plant = await builtInPlant(NAME);
    plant.reset(0);
    for (let k = 0; k < 20; k++) plant.step([1, 0]);
    const [, , , , speed] = plant.step([1, 0]);
    // What swings at the elbow takes a little of it, or gives.
    expect(Math.abs((speed ?? 0) - 5)).toBeLessThan(0.3);
  });

  it('pays minus the distance of hand and goal in units of ten centimetres, and is done within five', async () => {
    const { file } = await loadRig(NAME);
    const task = compileTask(file.task, file);
    const at = (shoulder: number, elbow: number, angle: number, radius: number) => [
      ...[shoulder, elbow, angle, radius, 0, 0],
    ];
    const before = at(0, 0, 0, 0.1);
    for (const [after, distance] of [
      [at(0, 0, 0, 0.2), 0.04],
      [at(0, 0, Math.PI / 2, 0.18), 0.3],
      [at(Math.PI / 2, Math.PI / 2, Math.PI, 0.06), Math.hypot(0.06, 0.12)],
    ] as const) {
      expect(task.reward(before, [0, 0], after)).toBeCloseTo(-distance / 0.1, 9);
      expect(task.succeeded?.(before, [0, 0], after)).toBe(distance <= 0.05);
    }
  });

  it('shows hand, arm and goal apart from each other and from the floor, in colour and in grey', async () => {
    const cameras = await SimulatedCameras.open(await loadRig(NAME));
    onTestFinished(() => cameras.dispose());
    // Joints in the order of the model: goal (angle, radius), shoulder, elbow. The arm points up, the goal lies to the left.
    const { rgb } = cameras.picture(0, [Math.PI, 0.15, Math.PI / 2, 0], 0);
    const [hand, arm, goal, floor] = [
      colourAt(rgb, 0, 0.24),
      colourAt(rgb, 0, 0.06),
      colourAt(rgb, -0.15, 0),
      colourAt(rgb, 0.2, -0.2),
    ];
    const all = [floor, goal, arm, hand].map(grey);
    all.slice(1).forEach((one, i) => {
      expect(one - all[i]!).toBeGreaterThan(30);
    });
    // All of the arm and of the goal lies in the picture, wherever they are.
    for (let turn = 0; turn < 8; turn++) {
      const angle = (turn * Math.PI) / 4;
      const seen = cameras.picture(0, [angle + Math.PI, 0.2, angle, 0], 0).rgb;
      expect(grey(colourAt(seen, 0.24 * Math.cos(angle), 0.24 * Math.sin(angle)))).toBeGreaterThan(150);
      const beside = colourAt(seen, -0.2 * Math.cos(angle), -0.2 * Math.sin(angle));
      expect(beside[0]! - beside[2]!).toBeGreaterThan(50);
    }
  });

  it('is done by whoever knows where everything is: nineteen of twenty hands end within five centimetres', async () => {
    const { file } = await loadRig(NAME);
    const task = compileTask(file.task, file);
    const plant = await builtInPlant(NAME);
    let done = 0;
    for (let seed = 0; seed < 20; seed++) {
      let now = [...plant.reset(seed)];
      let succeeded = false;
      for (let step = 0; step < file.task.maxSteps; step++) {
        const [shoulder = 0, elbow = 0, angle = 0, radius = 0] = now;
        const [up = 0, out = 0] = anglesFor(radius * Math.cos(angle), radius * Math.sin(angle));
        const action = [wrapped(up - shoulder), out - elbow].map((far) =>
          Math.max(-1, Math.min(1, 1.2 * far)),
        );
        const after = [...plant.step(action)];
        succeeded = task.succeeded?.(now, action, after) ?? false;
        now = after;
      }
      if (succeeded) done++;
    }
    expect(done).toBeGreaterThanOrEqual(19);
  });
});
