import { describe, expect, it } from 'vitest';
import { loadRig } from '../../src/main/rig';
import { compileTask } from '../../src/main/task';
import { Random } from '../../src/shared/random';
import { builtInPlant } from './rig-helpers';

/** m, of a move. */
const MOVE = 0.04;
const STILL = [0, 0, 0];
const STILL_JOINTS = (actions: number) => Array<number>(actions).fill(0);

async function begin(name: string, seed: number) {
  const { file } = await loadRig(name);
  const task = compileTask(file.task, file);
  const plant = await builtInPlant(name);
  let now = [...plant.reset(seed)];
  const see = (channel: string) =>
    now[file.observations.findIndex((one) => one.name === channel)] ?? Number.NaN;
  return {
    ...{ file, plant, see },
    again: (other: number) => {
      now = [...plant.reset(other)];
    },
    step: (action: readonly number[]) => {
      const after = [...plant.step([...action])];
      const done = {
        reward: task.reward(now, [...action], after),
        ended: task.terminated(now, [...action], after),
      };
      now = after;
      return done;
    },
  };
}

/** Over the cube, down with open fingers, closed and up, and across the middle. @returns rewards of the steps */
function carry(
  { see, step }: Awaited<ReturnType<typeof begin>>,
  cube: string,
  across: readonly number[],
): number[] {
  const [x = 0, y = 0] = ['x', 'y'].map((axis) =>
    Math.round((see(`${cube}_${axis}`) - see(`hand_${axis}`)) / MOVE),
  );
  const over = Array.from({ length: Math.max(Math.abs(x), Math.abs(y)) }, (_, i) => [
    ...[i < Math.abs(x) ? Math.sign(x) : 0, i < Math.abs(y) ? Math.sign(y) : 0, 0],
  ]);
  const rewards: number[] = [];
  for (const action of [...over, [0, 0, 1], [0, 0, -1], ...Array<typeof across>(10).fill(across)]) {
    const { reward, ended } = step(action);
    rewards.push(reward);
    if (ended) break;
  }
  return rewards;
}

/** Where the middle of the fingers is by the joint angles of a UR5 (its maker's DH parameters), m in its base's frame. */
function ur5Hand(angles: readonly number[]): number[] {
  const d = [0.089159, 0, 0, 0.10915, 0.09465, 0.0823];
  const a = [0, -0.425, -0.39225, 0, 0, 0];
  const twist = [Math.PI / 2, 0, 0, Math.PI / 2, -Math.PI / 2, 0];
  // From the fingers to the base.
  let point = [0, 0, 0.14];
  for (let joint = 5; joint >= 0; joint--) {
    const [x = 0, y = 0, z = 0] = point;
    const [ct, st] = [Math.cos(twist[joint]!), Math.sin(twist[joint]!)];
    const [cq, sq] = [Math.cos(angles[joint]!), Math.sin(angles[joint]!)];
    const [u, v, w] = [x + a[joint]!, y * ct - z * st, y * st + z * ct];
    point = [u * cq - v * sq, u * sq + v * cq, w + d[joint]!];
  }
  return point;
}

const ARMS = [
  {
    name: 'ur5',
    cubes: ['cube_1', 'cube_2', 'cube_3'],
    across: [-1, 0, 0],
    table: -0.01,
    hover: 0.12,
    joints: 6,
  },
  { name: 'xarm', cubes: ['cube'], across: [0, -1, 0], table: 0.182, hover: 0.29, joints: 7 },
];

describe.each(ARMS)('the $name over two bins', ({ name, cubes, across, table, hover, joints }) => {
  it('has its hand at the published heights, open and low or closed and high', async () => {
    const { see, step } = await begin(name, 0);
    step(STILL);
    expect(Math.abs(see('hand_z') - hover)).toBeLessThan(0.002);
    step([0, 0, 1]);
    step(STILL);
    expect(Math.abs(see('hand_z') - table)).toBeLessThan(0.004);
    expect(see('opening')).toBeCloseTo(0.04, 2);
    step([0, 0, -1]);
    step(STILL);
    expect(see('opening')).toBeCloseTo(0, 2);
    expect(Math.abs(see('hand_z') - hover)).toBeLessThan(0.004);
  });

  it('earns 1 for a grasp and 10 for the other bin, where the episode ends, whoever knows where a cube is', async () => {
    const episode = await begin(name, 0);
    for (let seed = 0; seed < 6; seed++) {
      episode.again(seed);
      const rewards = carry(episode, cubes[seed % cubes.length]!, across);
      expect(rewards.filter((reward) => reward !== 0)).toEqual([1, 10]);
    }
  });

  it('stays in one piece and its cubes on the table, whatever it is told', async () => {
    const { plant, see, step, file } = await begin(name, 2);
    const random = new Random(0);
    const any = () => random.integer(3) - 1;
    for (let k = 0; k < 40; k++) {
      step([any(), any(), any()]);
      for (const cube of cubes) expect(Math.abs(see(`${cube}_z`))).toBeLessThan(0.25);
      expect([...plant.state().velocities].every(Number.isFinite)).toBe(true);
    }
    expect(file.scene.joints).toHaveProperty(file.observations[4]!.name);
    expect(
      Object.keys(file.scene.joints).filter((joint) => /^(shoulder|elbow|wrist|joint)/.test(joint)),
    ).toHaveLength(joints);
  });
});

const UR5_ACTIONS = {
  ur5: [STILL, [1, 0, 0], [1, 1, 0], [0, 0, 1], STILL],
  'ur5-joints': [
    STILL_JOINTS(7),
    [0.1, -0.1, 0.1, 0.1, -0.1, 0.1, 1],
    [0.1, 0, 0, 0, 0.1, 0, -1],
    STILL_JOINTS(7),
  ],
};

describe.each(['ur5', 'ur5-joints'] as const)('joint angles of the %s', (name) => {
  it('are those of the real arm: its kinematics say where the hand is', async () => {
    const { see, step } = await begin(name, 0);
    for (const action of UR5_ACTIONS[name]) {
      step(action);
      const hand = ur5Hand(
        ['shoulder_pan', 'shoulder_lift', 'elbow', 'wrist_1', 'wrist_2', 'wrist_3'].map((joint) =>
          see(joint),
        ),
      );
      hand.forEach((place, i) => {
        expect(Math.abs(place - see(`hand_${'xyz'[i]}`))).toBeLessThan(1e-4);
      });
    }
  });
});

describe.each([
  { name: 'ur5-joints', joints: 6, goal: [-0.37, -0.5, 0.12] },
  { name: 'xarm-joints', joints: 7, goal: [0.3875, -0.1225, 0.29] },
])('the $name', ({ name, joints, goal }) => {
  const still = STILL_JOINTS(joints + 1);
  const names = ({ file }: Awaited<ReturnType<typeof begin>>) =>
    file.actions.slice(0, joints).map((action) => action.name.replace('_move', ''));

  it('moves each joint as far in a period as it is told, and stands where it is when it is told nothing', async () => {
    const episode = await begin(name, 0);
    const { see, step } = episode;
    for (const [k, joint] of names(episode).entries()) {
      episode.again(k);
      step(still);
      const before = see(joint);
      for (let period = 0; period < 2; period++) step(still.map((_, i) => (i === k ? 0.1 : 0)));
      step(still);
      expect(Math.abs(see(joint) - before - 0.2)).toBeLessThan(0.01);
      const stands = names(episode).map(see);
      for (let period = 0; period < 20; period++) step(still);
      names(episode).forEach((one, i) => {
        expect(Math.abs(see(one) - stands[i]!)).toBeLessThan(1e-3);
      });
    }
  });

  it('opens and closes its gripper where the hand is, and is paid by how near the hand is to its place', async () => {
    const { see, step } = await begin(name, 0);
    const height = see('hand_z');
    for (let period = 0; period < 8; period++) step([...STILL_JOINTS(joints), 1]);
    expect(see('opening')).toBeCloseTo(0.04, 2);
    for (let period = 0; period < 8; period++) step([...STILL_JOINTS(joints), -1]);
    expect(see('opening')).toBeCloseTo(0, 2);
    expect(Math.abs(see('hand_z') - height)).toBeLessThan(1e-3);
    const { reward } = step([-0.1, ...STILL_JOINTS(joints)]);
    const off = goal.map((place, i) => place - see(`hand_${'xyz'[i]}`));
    expect(reward).toBeCloseTo(-10 * Math.hypot(...off), 6);
  });

  it('stays in one piece, whatever it is told', async () => {
    const { plant, step } = await begin(name, 1);
    const random = new Random(0);
    for (let period = 0; period < 200; period++) {
      step(still.map((_, i) => (i === joints ? 2 * random.uniform() - 1 : 0.2 * random.uniform() - 0.1)));
      const { positions, velocities } = plant.state();
      expect([...positions, ...velocities].every((value) => Math.abs(value) < 50)).toBe(true);
    }
  });
});

describe('the Ollie', () => {
  it('drives where it is heading, turns on the spot, comes to rest, and stays between the walls', async () => {
    const { see, step, plant, again } = await begin('ollie', 3);
    const [x, y, heading] = [see('x'), see('y'), see('heading')];
    for (let k = 0; k < 2; k++) step([0.5, 0.5]);
    expect(Math.atan2(see('y') - y, see('x') - x)).toBeCloseTo(heading, 1);
    expect(Math.hypot(see('x_velocity'), see('y_velocity'))).toBeGreaterThan(0.1);
    for (let k = 0; k < 4; k++) step([0, 0]);
    expect(Math.hypot(see('x_velocity'), see('y_velocity'))).toBeLessThan(0.01);
    const [restX, restY, before] = [see('x'), see('y'), see('heading')];
    step([1, -1]);
    expect(Math.hypot(see('x') - restX, see('y') - restY)).toBeLessThan(0.005);
    expect(see('heading')).toBeLessThan(before - 1);
    const random = new Random(0);
    for (let seed = 0; seed < 3; seed++) {
      again(seed);
      for (let k = 0; k < 50; k++) {
        step([random.uniformIn(-1, 1), random.uniformIn(-1, 1)]);
        expect(Math.max(Math.abs(see('x')), Math.abs(see('y')))).toBeLessThan(0.4);
        // Its weight hangs below the axle: it never turns over.
        expect(Math.abs(plant.state().positions[5] ?? 9)).toBeLessThan(1.5);
      }
    }
  });

  it('earns minus the distance to the published goal in units of the arena, at 2 Hz for 100 steps', async () => {
    const { file } = await begin('ollie', 0);
    const task = compileTask(file.task, file);
    const at = (east: number, north: number) => [0.8 * east - 0.4, 0.8 * north - 0.4, 0, 0, 0, 0];
    expect(task.reward(at(0.5, 0.5), [0, 0], at(0.825, 0.165))).toBeCloseTo(0, 9);
    expect(task.reward(at(0.5, 0.5), [0, 0], at(0.125, 0.165))).toBeCloseTo(-0.7, 9);
    expect([file.periodSeconds, file.task.maxSteps]).toEqual([0.5, 100]);
  });
});
