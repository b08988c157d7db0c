import { describe, expect, it } from 'vitest';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { loadRig } from '../../src/main/rig/index';
import { builtInPlant } from './rig-helpers';

const RIGS = [
  ['cartpole-balance-noisy', 'cartpole-balance'],
  ['cartpole-swingup-noisy', 'cartpole-swingup'],
  ['pendulum-noisy', 'pendulum'],
] as const;
const push = (k: number) => [0.5 * Math.sin(0.7 * k)];
const deviation = (values: number[]) => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
};

describe.each(RIGS)('%s', (name, plain) => {
  it('differs from the rig it is named after in noise and delay alone', async () => {
    const [noisy, quiet] = [(await loadRig(name)).file, (await loadRig(plain)).file];
    const { noise, actionDelaySteps, ...own } = noisy.mujoco ?? { noise: {}, actionDelaySteps: 0 };
    expect(Object.keys(noise).sort()).toEqual(noisy.observations.map((channel) => channel.name).sort());
    expect(actionDelaySteps).toBe(1);
    expect({ ...own, noise: {}, actionDelaySteps: 0 }).toEqual(quiet.mujoco);
    const same = { mujoco: null, name: '', title: '', description: '' };
    expect({ ...noisy, ...same }).toEqual({ ...quiet, ...same });
  });

  it('has sensors that are wrong by their standard deviation, without bias and anew at every reading', async () => {
    const plant = await builtInPlant(name);
    const quiet = await builtInPlant(plain);
    const { file } = await loadRig(name);
    const { positions, velocities } = plant.state();
    const truth = quiet.setState(positions, velocities);
    const readings = Array.from({ length: 4000 }, () => plant.setState(positions, velocities));
    file.observations.forEach((channel, i) => {
      const expected = file.mujoco?.noise[channel.name] ?? 0;
      const errors = readings.map((reading) => reading[i]! - truth[i]!);
      const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length;
      expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(4000));
      expect(Math.abs(deviation(errors) / expected - 1)).toBeLessThan(0.06);
      const lagged = errors.slice(1).reduce((sum, e, k) => sum + e * errors[k]!, 0) / errors.length;
      expect(Math.abs(lagged / expected ** 2)).toBeLessThan(0.09);
    });
  });

  it('moves as it would without noise, every command one period late', async () => {
    const [noisy, quiet] = [await builtInPlant(name), await builtInPlant(plain)];
    noisy.reset(3);
    quiet.reset(3);
    expect(noisy.state()).toEqual(quiet.state());
    // The first command arrives with the second step; before it the actuators hold.
    quiet.step([0]);
    noisy.step(push(0));
    for (let k = 0; k < 40; k++) {
      expect(noisy.state()).toEqual(quiet.state());
      quiet.step(push(k));
      noisy.step(push(k + 1));
    }
    expect(noisy.state()).toEqual(quiet.state());
  });

  it('forgets what was under way at a reset and repeats itself, noise included, for the same seed', async () => {
    const plant = await builtInPlant(name);
    const trajectory = (seed: number) => [
      plant.reset(seed),
      ...Array.from({ length: 30 }, (_, k) => plant.step(push(k))),
    ];
    const first = trajectory(3);
    expect(trajectory(3)).toEqual(first);
    expect(trajectory(4)).not.toEqual(first);
  });
});

describe('a delay of several steps', () => {
  it.each([1, 3])('of %i lets that many periods pass before a command is obeyed', async (steps) => {
    const rig = await loadRig('cartpole-balance');
    rig.file.mujoco!.actionDelaySteps = steps;
    rig.file.mujoco!.start = {};
    const plant = await openPlant(rig, 0);
    plant.reset(0);
    const moved = Array.from({ length: 5 }, () => plant.step([1])[1]! !== 0);
    expect(moved.indexOf(true)).toBe(steps);
    plant.dispose();
  });

  it('holds with the channel’s hold value until the first command arrives', async () => {
    const rig = await loadRig('cartpole-balance');
    rig.file.mujoco!.actionDelaySteps = 1;
    rig.file.mujoco!.start = {};
    rig.file.actions[0]!.hold = -0.5;
    const plant = await openPlant(rig, 0);
    plant.reset(0);
    expect(plant.step([1])[1]).toBeLessThan(0);
    plant.dispose();
  });
});
