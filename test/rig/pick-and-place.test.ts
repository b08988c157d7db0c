import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { loadRig } from '../../src/main/rig';
import { compileTask } from '../../src/main/task';
import { Random } from '../../src/shared/random';
import { builtInPlant } from './rig-helpers';

const NAME = 'pick-and-place-camera';
const OPEN = [0, 0, 1];
const CLOSE = [0, 0, -1];
/** m, of a move. */
const MOVE = 0.04;

/** An episode that is driven by hand: what is observed by name, and what was earned. */
async function begin(seed: number) {
  const { file } = await loadRig(NAME);
  const task = compileTask(file.task, file);
  const plant = await builtInPlant(NAME);
  let now = [...plant.reset(seed)];
  const see = (name: string) => now[file.observations.findIndex((one) => one.name === name)] ?? Number.NaN;
  const step = (action: readonly number[]) => {
    const after = [...plant.step([...action])];
    const reward = task.reward(now, [...action], after);
    const ended = task.terminated(now, [...action], after);
    now = after;
    return { reward, ended };
  };
  return { plant, see, step };
}

/** Brings the hand over the cube and takes it. @returns rewards of the steps */
function take({ see, step }: Awaited<ReturnType<typeof begin>>): number[] {
  const [x = 0, y = 0] = ['cube_x', 'cube_y'].map((name) => Math.round(see(name) / MOVE));
  const moves = Array.from({ length: Math.max(Math.abs(x), Math.abs(y)) }, (_, i) => [
    ...[i < Math.abs(x) ? Math.sign(x) : 0, i < Math.abs(y) ? Math.sign(y) : 0, 0],
  ]);
  return [...moves, OPEN, CLOSE].map((action) => step(action).reward);
}

describe('the arm over two bins', () => {
  it('moves its hand by four centimetres a period and upright, no further than over the bins', async () => {
    const { see, step } = await begin(0);
    const places = Array.from({ length: 8 }, () => {
      step([0, -1, 0]);
      return see('hand_y');
    });
    // A servo is a little behind where it is sent.
    places.forEach((place, i) => {
      expect(Math.abs(place + Math.min(0.2, MOVE * (i + 1)))).toBeLessThan(0.006);
    });
    step([1, 0, 0]);
    step([0, 0, 0]);
    expect(Math.abs(see('hand_x') - MOVE)).toBeLessThan(0.002);
    expect(Math.abs(see('hand_z') - 0.13)).toBeLessThan(0.002);
    // The base turns to where the hand is, and the wrist back by as much.
    expect(see('base')).toBeLessThan(-0.2);
    expect(see('base') + see('wrist_yaw')).toBeCloseTo(0, 2);
  });

  it('lowers its hand as it opens and lifts it as it closes', async () => {
    const { see, step } = await begin(0);
    step(OPEN);
    step([0, 0, 0]);
    expect(see('opening')).toBeCloseTo(0.04, 3);
    expect(Math.abs(see('hand_z') - 0.03)).toBeLessThan(0.003);
    step(CLOSE);
    step([0, 0, 0]);
    expect(see('opening')).toBeCloseTo(0, 3);
    expect(Math.abs(see('hand_z') - 0.13)).toBeLessThan(0.003);
  });

  it('is paid 1 for a grasp, nothing for holding, −1 for letting go in the same bin, and not for closing on nothing', async () => {
    const episode = await begin(1);
    const { see, step } = episode;
    const rewards = take(episode);
    expect(rewards.at(-1)).toBe(1);
    expect(rewards.slice(0, -1).every((reward) => reward === 0)).toBe(true);
    expect(step([0, 0, 0])).toEqual({ reward: 0, ended: false });
    expect(see('cube_z')).toBeGreaterThan(0.07);
    expect(step(OPEN)).toEqual({ reward: -1, ended: false });
    step([0, 0, 0]);
    expect(see('cube_z')).toBeLessThan(0.01);
    const other = await begin(1);
    expect([OPEN, CLOSE, OPEN, CLOSE].map((action) => other.step(action).reward)).toEqual([0, 0, 0, 0]);
  });

  it('is paid 10 for crossing with the cube, where the episode ends, and nothing for crossing without', async () => {
    const empty = await begin(1);
    for (let i = 0; i < 3; i++) expect(empty.step([0, -1, 0])).toEqual({ reward: 0, ended: false });
    const episode = await begin(1);
    take(episode);
    let last = { reward: 0, ended: false };
    while (!last.ended && episode.see('hand_y') > -0.1) {
      expect(last.reward).toBe(0);
      last = episode.step([0, -1, 0]);
    }
    expect(last).toEqual({ reward: 10, ended: true });
    expect(episode.see('cube_y')).toBeLessThan(0);
  });

  it('is done by whoever knows where the cube is, wherever it begins', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const episode = await begin(seed);
      let sum = take(episode).reduce((total, reward) => total + reward, 0);
      let steps = 0;
      for (let ended = false; !ended && steps < 10; steps++) {
        const done = episode.step([0, -1, 0]);
        sum += done.reward;
        ended = done.ended;
      }
      expect(sum).toBe(11);
    }
  });

  it('keeps the cube on the bins and itself in one piece, whatever it is told', async () => {
    const { plant, see, step } = await begin(2);
    const random = new Random(0);
    const any = () => random.integer(3) - 1;
    for (let k = 0; k < 200; k++) {
      step([any(), any(), any()]);
      expect(Math.abs(see('cube_x'))).toBeLessThan(0.135);
      expect(Math.abs(see('cube_y'))).toBeLessThan(0.28);
      expect(see('cube_z')).toBeGreaterThan(-0.01);
      expect([...plant.state().velocities].every(Number.isFinite)).toBe(true);
    }
  });

  it('shows the cube apart from the bins and the bins from each other', async () => {
    const cameras = await SimulatedCameras.open(await loadRig(NAME));
    onTestFinished(() => cameras.dispose());
    const { plant } = await begin(0);
    const pose = plant.state().positions;
    const see = (y: number) => {
      // The cube's joints are the last of the model: x, y, z and its quaternion.
      pose.set([0.06, y, 0], pose.length - 7);
      return Uint8Array.from(cameras.picture(0, pose, 0).rgb);
    };
    const redPixels = (rgb: Uint8Array) =>
      Array.from({ length: 64 * 64 }, (_, i) => i).filter(
        (i) => rgb[3 * i]! > 120 && rgb[3 * i + 1]! < 90 && rgb[3 * i + 2]! < 90,
      );
    const [left, right] = [see(0.15), see(-0.15)].map(redPixels) as [number[], number[]];
    for (const found of [left, right]) expect(found.length).toBeGreaterThan(12);
    const column = (found: number[]) => found.reduce((sum, i) => sum + (i % 64), 0) / found.length;
    expect(column(left) - column(right)).toBeGreaterThan(25);
    // Where one cube was, the other picture has the bin's own colour: blue to the left, green to the right.
    const [at, other] = [left[0]!, right[0]!];
    const [bare, blank] = [see(-0.15), see(0.15)];
    expect(bare[3 * at + 2]! - bare[3 * at + 1]!).toBeGreaterThan(20);
    expect(blank[3 * other + 1]! - blank[3 * other + 2]!).toBeGreaterThan(20);
  });
});
