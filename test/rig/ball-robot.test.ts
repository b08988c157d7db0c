import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { loadRig } from '../../src/main/rig';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { compileTask } from '../../src/main/task';
import { Random } from '../../src/shared/random';
import { builtInPlant } from './rig-helpers';

const NAME = 'ball-robot-camera';
const RADIUS = 0.04;
const GOAL = [0.825, 0.165] as const;
/** m, of a place in units of the arena's edge. */
const metres = (place: number) => 0.8 * place - 0.4;
const wrapped = (angle: number) => angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
const within = (value: number) => Math.max(-1, Math.min(1, value));

/** How fast shell and floor rub on each other along the way, m/s. */
function slip({ velocities }: { velocities: ArrayLike<number> }): number {
  const [x = 0, y = 0] = [velocities[0], velocities[1]];
  const [about = 0, across = 0] = [velocities[6], velocities[7]];
  return Math.abs(RADIUS * Math.hypot(about, across) - Math.hypot(x, y));
}

describe('the ball robot', () => {
  it('rolls where it is heading when both motors push, and turns on the spot when they push against each other', async () => {
    const plant = await builtInPlant(NAME);
    const [x = 0, y = 0, heading = 0] = plant.reset(3);
    const [eastward = 0, northward = 0] = plant.step([0.6, 0.6]);
    expect(Math.atan2(northward - y, eastward - x)).toBeCloseTo(heading, 1);
    const [sameX = 0, sameY = 0, , ...stopped] = plant.reset(3);
    expect(stopped.map(Math.abs).every((speed) => speed < 1e-3)).toBe(true);
    const [nextX = 0, nextY = 0, turned = 0] = plant.step([1, -1]);
    expect(Math.hypot(nextX - sameX, nextY - sameY)).toBeLessThan(0.002);
    // The left motor pushes forward, so it turns to the right: more than a radian in a period of half a second.
    expect(wrapped(turned - heading)).toBeLessThan(-1);
  });

  it('rolls on when its motors stop, and comes to rest', async () => {
    const plant = await builtInPlant(NAME);
    plant.reset(3);
    for (let k = 0; k < 3; k++) plant.step([1, 1]);
    const speeds = Array.from({ length: 6 }, () => {
      const [, , , x = 0, y = 0] = plant.step([0, 0]);
      return Math.hypot(x, y);
    });
    expect(speeds[0]).toBeGreaterThan(0.04);
    expect(speeds.at(-1)).toBeLessThan(0.002);
  });

  it('slips when it is turned round at full speed, and rolls without slipping once it has its speed', async () => {
    const rig = await loadRig(NAME);
    // A look every 20 ms.
    const plant = await openPlant({ ...rig, file: { ...rig.file, periodSeconds: 0.02 } }, 0);
    onTestFinished(() => plant.dispose());
    plant.reset(3);
    for (let k = 0; k < 60; k++) plant.step([1, 1]);
    expect(slip(plant.state())).toBeLessThan(0.02);
    for (let k = 0; k < 3; k++) plant.step([-1, -1]);
    expect(slip(plant.state())).toBeGreaterThan(0.1);
  });

  it('stays between the walls and on the floor, whatever its motors do', async () => {
    const plant = await builtInPlant(NAME);
    const random = new Random(0);
    for (let seed = 0; seed < 4; seed++) {
      plant.reset(seed);
      for (let k = 0; k < 60; k++) {
        const [x = 0, y = 0] = plant.step([random.uniformIn(-1, 1), random.uniform()]);
        expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThan(0.365);
        expect(Math.abs(plant.state().positions[2] ?? 1)).toBeLessThan(0.003);
      }
    }
  });

  it('pays minus the distance to the published goal in units of the arena’s edge, and is done within a tenth of it', async () => {
    const { file } = await loadRig(NAME);
    const task = compileTask(file.task, file);
    const at = (east: number, north: number) => [metres(east), metres(north), 0, 0, 0, 0];
    const before = at(0.5, 0.5);
    expect(task.reward(before, [0, 0], at(...GOAL))).toBeCloseTo(0, 9);
    expect(task.reward(before, [0, 0], at(0.125, 0.165))).toBeCloseTo(-0.7, 9);
    expect(task.reward(before, [0, 0], at(0.825, 0.965))).toBeCloseTo(-0.8, 9);
    const done = [0.09, 0.11].map((off) => task.succeeded?.(before, [0, 0], at(0.825 - off, 0.165)));
    expect(done).toEqual([true, false]);
    expect([file.periodSeconds, file.task.maxSteps]).toEqual([0.5, 100]);
  });

  it('shows where the ball is and not where it is heading', async () => {
    const cameras = await SimulatedCameras.open(await loadRig(NAME));
    onTestFinished(() => cameras.dispose());
    // Joints in the order of the model: x, y, z, heading, roll, pitch, the shell's quaternion, and the goal where it is.
    const see = (x: number, y: number, heading: number, shell: number[]) => [
      ...cameras.picture(0, [x, y, 0, heading, 0, 0, ...shell, 0, 0], 0).rgb,
    ];
    const straight = see(0, 0, 0, [1, 0, 0, 0]);
    expect(see(0, 0, 2, [Math.SQRT1_2, 0, Math.SQRT1_2, 0])).toEqual(straight);
    expect(see(0.1, 0, 0, [1, 0, 0, 0])).not.toEqual(straight);
    const grey = (rgb: number[], column: number, row: number) => {
      const [red = 0, green = 0, blue = 0] = rgb.slice(3 * (64 * row + column));
      return 0.299 * red + 0.587 * green + 0.114 * blue;
    };
    const [ball, floor, goal, wall] = [
      [31, 31],
      [15, 31],
      [50, 50],
      [1, 31],
    ].map(([column = 0, row = 0]) => grey(straight, column, row)) as [number, number, number, number];
    expect(ball - floor).toBeGreaterThan(120);
    for (const other of [goal, wall]) expect(other - floor).toBeGreaterThan(25);
  });

  it('is driven to the goal by whoever knows its heading', async () => {
    const { file } = await loadRig(NAME);
    const task = compileTask(file.task, file);
    const plant = await builtInPlant(NAME);
    const rewards: number[] = [];
    let done = 0;
    for (let seed = 0; seed < 8; seed++) {
      let now = [...plant.reset(seed)];
      let succeeded = false;
      for (let step = 0; step < 40; step++) {
        const [x = 0, y = 0, heading = 0] = now;
        const [east, north] = [metres(GOAL[0]) - x, metres(GOAL[1]) - y];
        const off = wrapped(Math.atan2(north, east) - heading);
        const forward = within(Math.hypot(east, north) / 0.16) * Math.max(0, Math.cos(off));
        const turn = Math.hypot(east, north) < 0.02 ? 0 : within(-off / 1.55);
        const action = [within(forward + turn), within(forward - turn)];
        const after = [...plant.step(action)];
        rewards.push(task.reward(now, action, after));
        succeeded = task.succeeded?.(now, action, after) ?? false;
        now = after;
      }
      if (succeeded) done++;
    }
    expect(done).toBe(8);
    expect(-rewards.reduce((sum, one) => sum + one, 0) / rewards.length).toBeLessThan(0.1);
  });
});
