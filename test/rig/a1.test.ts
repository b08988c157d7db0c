import { describe, expect, it } from 'vitest';
import { loadRig } from '../../src/main/rig';
import { compileModel } from '../../src/main/rig/drivers/mujoco/compile';
import { loadMujoco } from '../../src/main/rig/drivers/mujoco/engine';
import { compileTask } from '../../src/main/task';
import { Random } from '../../src/shared/random';
import { builtInPlant } from './rig-helpers';

const STANCE = [0, 0.9, -1.8];
const SECOND = 20;
const still = () => Array<number>(12).fill(0);

/** A trot: diagonal legs together, lifted by the knee while they swing forward. */
function trot(step: number): number[] {
  const seconds = step / SECOND;
  return [0, 0.5, 0.5, 0].flatMap((phase) => {
    const turn = 2 * Math.PI * (3 * seconds + phase);
    const lift = Math.max(0, Math.sin(turn));
    return [0, 0.25 * Math.cos(turn) + 0.125 * lift, -0.25 * lift];
  });
}

describe('the A1 stand-in', () => {
  it('has the weight, the twelve joints and their ranges and torques that its maker publishes', async () => {
    const rig = await loadRig('a1');
    const { module } = await loadMujoco();
    const model = compileModel(await loadMujoco(), rig.folder, rig.file.mujoco!.model);
    const weight = [...(model.body_mass as Float64Array)].reduce((sum, one) => sum + one, 0);
    // Trunk 4.713, four legs of 0.696 + 1.013 + 0.166 + 0.06 kg (unitree_ros, a1_description).
    expect(weight).toBeCloseTo(4.713 + 4 * 1.935, 6);
    const ranges = model.jnt_range as Float64Array;
    for (let leg = 0; leg < 4; leg++) {
      const at = (joint: number) => [
        ...ranges.slice(2 * (6 + 3 * leg + joint), 2 * (6 + 3 * leg + joint) + 2),
      ];
      expect(at(0)).toEqual([-0.8029, 0.8029]);
      expect(at(1)).toEqual([-1.0472, 4.1888]);
      expect(at(2)).toEqual([-2.6965, -0.9163]);
    }
    for (const limit of model.actuator_forcerange as Float64Array) expect(Math.abs(limit)).toBe(33.5);
    expect(module.mjtIntegrator.mjINT_IMPLICITFAST.value).toBe(model.opt.integrator);
    model.delete();
  });

  it('stands for ten seconds where it began, and earns what standing is worth as published', async () => {
    const { file } = await loadRig('a1');
    const task = compileTask(file.task, file);
    const plant = await builtInPlant('a1');
    let now = plant.reset(1);
    let reward = 0;
    for (let step = 0; step < 10 * SECOND; step++) {
      const after = plant.step(still());
      if (step >= SECOND) reward += task.reward(now, still(), after) / (9 * SECOND);
      now = after;
    }
    for (let joint = 0; joint < 12; joint++) expect(now[joint]).toBeCloseTo(STANCE[joint % 3] ?? 0, 0);
    const [x = 1, y = 1, height = 0, , pitch = 1, roll = 1] = plant.state().positions;
    for (const moved of [x, y, pitch, roll]) expect(Math.abs(moved)).toBeLessThan(0.05);
    expect(height).toBeGreaterThan(0.24);
    // Four parts of at most 1 each and the half of ten: about 9 of 14.
    expect(reward).toBeGreaterThan(8.5);
    expect(reward).toBeLessThan(9);
  });

  it('walks forward by a trot that is written down, and earns more than standing', async () => {
    const { file } = await loadRig('a1');
    const task = compileTask(file.task, file);
    const plant = await builtInPlant('a1');
    let now = plant.reset(1);
    let earned = 0;
    for (let step = 0; step < 250; step++) {
      const after = plant.step(trot(step));
      earned += task.reward(now, trot(step), after);
      expect(task.terminated(now, trot(step), after)).toBe(false);
      now = after;
    }
    const [x = 0, y = 1] = plant.state().positions;
    expect(x).toBeGreaterThan(2);
    expect(Math.abs(y)).toBeLessThan(1);
    expect(earned / 250).toBeGreaterThan(11);
  });

  it('falls over where it is let go, and stays a number whatever its motors do', async () => {
    const plant = await builtInPlant('a1');
    plant.reset(2);
    plant.setTorque(false);
    for (let step = 0; step < SECOND; step++) plant.step(still());
    expect(plant.state().positions[2]).toBeLessThan(0.12);
    plant.setTorque(true);
    const random = new Random(0);
    const { file } = await loadRig('a1');
    for (let seed = 0; seed < 3; seed++) {
      plant.reset(seed);
      for (let step = 0; step < 100; step++) {
        const observation = plant.step(file.actions.map(({ limits }) => random.uniformIn(...limits)));
        expect(observation.every(Number.isFinite)).toBe(true);
        expect(plant.state().positions[2]).toBeLessThan(0.6);
      }
    }
  });

  it('is paid for walking at 0.3 m/s and not for running, for walking backwards, or for lying', async () => {
    const { file } = await loadRig('a1');
    const task = compileTask(file.task, file);
    const names = file.observations.map(({ name }) => name);
    const at = (values: Record<string, number>) =>
      names.map((name, i) => values[name] ?? (i < 12 ? ([0, 0.869, -1.628][i % 3] ?? 0) : 0));
    const worth = (values: Record<string, number>) => task.reward(at({}), still(), at(values));
    // Upright, in the standing pose of the published code.
    expect(worth({})).toBeCloseTo(9, 2);
    expect(worth({ forward_velocity: 0.3 })).toBeCloseTo(14, 2);
    expect(worth({ forward_velocity: 1 })).toBeCloseTo(14, 2);
    expect(worth({ forward_velocity: 0.15 })).toBeCloseTo(11.5, 2);
    expect(worth({ forward_velocity: 0.3, sideways_velocity: 0.4 })).toBeCloseTo(9 + 5 * 0.6, 2);
    expect(worth({ forward_velocity: -0.3 })).toBeCloseTo(9, 2);
    expect(worth({ roll: Math.PI, forward_velocity: 0.3 })).toBeCloseTo(5, 9);
    expect(worth({ fr_hip: 0.8, fl_hip: 0.8, rr_hip: 0.8, rl_hip: 0.8 })).toBeCloseTo(1 + 5, 9);
  });
});
