import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { loadRig } from '../../src/main/rig/index';
import { compileNumbers, compileTask } from '../../src/main/task';
import { numberFormula } from '../../src/main/task/numbers';
import { parseFormula } from '../../src/main/task/parse';
import { parseVariables } from '../../src/main/task/variables';
import { Random } from '../../src/shared/random';
import { builtInPlant } from './rig-helpers';

/**
 * Where the original models are after some periods: computed once with MuJoCo's Python package 4.0 from the MJCF files of
 * handful-of-trials (commit 77fd880: reacher3d.xml, pusher.xml, half_cheetah.xml) and of Gym (inverted_pendulum.xml, hopper.xml).
 */
const ORIGINALS = {
  reacher: {
    start: { positions: [0, 0, 0, 0, 0, 0, 0, 0.05, 0.3, -0.05], velocities: Array(10).fill(0) },
    periods: 30,
    action: (k: number, i: number) => 8 * Math.sin(0.9 * k + 1.3 * i),
    positions: [
      0.001348381294, 0.02125819397, -0.5850112422, -0.1523991092, 0.06846065593, -1.440138325, 0.6854032477,
      0.05, 0.3, -0.05,
    ],
    velocities: [
      -0.09275349001, 0.3477548818, 1.741470849, -1.391402313, -3.659273521, -0.8815707523, 4.816453573, 0, 0,
      0,
    ],
  },
  pusher: {
    start: { positions: [0, 0, 0, 0, 0, 0, 0, -0.3, 0.6], velocities: Array(9).fill(0) },
    periods: 25,
    action: (k: number, i: number) => [0.5, 1, 0.1, -0.2, 0.1, 0, 0.1][i]! * Math.cos(0.2 * k),
    positions: [
      0.003980804244, -0.02501345585, -0.03716250681, -0.007880610463, -0.01841457989, -3.768894976e-5,
      -0.02214677828, -0.3, 0.6,
    ],
    velocities: [
      -0.09855781749, -0.2159629969, -0.3676203377, -0.179793752, -0.3406034125, -0.001826990508,
      -0.3496029296, 0, 0,
    ],
  },
  'half-cheetah': {
    start: { positions: [0, -0.1, 0, 0, 0, 0, 0, 0, 0], velocities: [1, 0, 0, 0, 0, 0, 0, 0, 0] },
    periods: 8,
    action: (k: number, i: number) => Math.sin(0.9 * k + 1.3 * i),
    positions: [
      0.3208233351, -0.004974869773, 0.2588940912, -0.3362002855, 0.09587877573, 0.1686330013, 0.2042341618,
      -0.1005541806, 0.148574009,
    ],
    velocities: [
      0.7505119195, 1.362835281, -1.04631436, 6.820065892, 9.380552362, -4.827904536, -5.777016, 1.196586636,
      10.58846121,
    ],
  },
  'inverted-pendulum': {
    start: { positions: [0, 0], velocities: [0, 0] },
    periods: 15,
    action: (k: number) => 0.05 * Math.sin(0.9 * k),
    positions: [0.01057042248, -0.03388524836],
    velocities: [0.01072768982, -0.1151443863],
  },
  hopper: {
    start: { positions: [0, 1.25, 0, 0, 0, 0], velocities: Array(6).fill(0) },
    periods: 20,
    action: (k: number, i: number) => Math.sin(0.9 * k + 1.3 * i),
    positions: [-0.052323187, 1.197885197, -0.2237218682, -0.1710288145, -0.099676514, 0.06463272579],
    velocities: [-0.6820191859, -0.1794107231, -2.81140909, -1.714308237, -1.918859367, 1.141840723],
  },
};

describe('the rigs of the papers', () => {
  it.each(Object.entries(ORIGINALS))('%s moves as the original model does', async (name, original) => {
    const plant = await builtInPlant(name);
    const { file } = await loadRig(name);
    plant.setState(original.start.positions, original.start.velocities);
    for (let k = 0; k < original.periods; k++) {
      plant.step(file.actions.map((_, i) => original.action(k, i)));
    }
    const { positions, velocities } = plant.state();
    original.positions.forEach((value, i) => {
      expect(positions[i]).toBeCloseTo(value, 6);
    });
    original.velocities.forEach((value, i) => {
      expect(velocities[i]).toBeCloseTo(value, 5);
    });
  });

  it.each([
    ['reacher', 17, 7, 20, 150, 0.02],
    ['pusher', 20, 7, 2, 150, 0.04],
    ['half-cheetah', 18, 6, 1, 1000, 0.05],
    ['inverted-pendulum', 4, 1, 3, 1000, 0.04],
    // Gym observes eleven; the speed over the step, which it pays for, is the twelfth.
    ['hopper', 12, 3, 1, 1000, 0.008],
  ])(
    '%s has the sizes, torques, steps and period of the literature',
    async (name, observations, actions, limit, steps, period) => {
      const { file } = await loadRig(name);
      expect([file.observations.length, file.actions.length]).toEqual([observations, actions]);
      expect(file.actions.map((action) => action.limits)).toEqual(file.actions.map(() => [-limit, limit]));
      expect([file.task.maxSteps, file.periodSeconds]).toEqual([steps, period]);
    },
  );

  it.each(Object.keys(ORIGINALS))('%s repeats itself for the same seed', async (name) => {
    const [first, second] = [await builtInPlant(name), await builtInPlant(name)];
    const { file } = await loadRig(name);
    const trajectory = (plant: typeof first, seed: number) => {
      const start = [...plant.reset(seed)];
      return [
        start,
        ...Array.from({ length: 20 }, (_, k) => [...plant.step(file.actions.map(() => 0.1 * Math.sin(k)))]),
      ];
    };
    expect(trajectory(first, 3)).toEqual(trajectory(second, 3));
    expect(trajectory(first, 3)).not.toEqual(trajectory(second, 4));
  });
});

/** Return of one episode of actions drawn evenly. */
async function randomReturn(name: string, seed: number): Promise<{ total: number; steps: number }> {
  const plant = await builtInPlant(name);
  const { file } = await loadRig(name);
  const task = compileTask(file.task, file);
  const random = new Random(seed);
  let [before, total, steps] = [plant.reset(seed), 0, 0];
  while (steps < file.task.maxSteps) {
    const action = file.actions.map(({ limits }) => random.uniformIn(...limits));
    const after = plant.step(action);
    total += task.reward(before, action, after);
    steps++;
    if (task.terminated(before, action, after)) break;
    before = after;
  }
  return { total, steps };
}

describe('reacher', () => {
  it('knows where its hand is: the formula of the task is MuJoCo’s own position of the hand', async () => {
    const rig = await loadRig('reacher');
    const { file } = rig;
    const variables = parseVariables(file.task.let, file);
    const hand = ['hand_x', 'hand_y', 'hand_z'].map((name) =>
      numberFormula(parseFormula(name, file, variables)),
    );
    const seen = [0, 1, 2].map((index) => ({
      ...{ name: `seen_${index}`, unit: 'm', angle: false },
      source: { sensor: 'hand', index },
    }));
    const plant = await openPlant(
      { ...rig, file: { ...file, observations: [...file.observations, ...seen] } },
      0,
    );
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    fc.assert(
      fc.property(fc.array(angle, { minLength: 7, maxLength: 7 }), (angles) => {
        const observed = plant.setState([...angles, 0, 0, 0], Array(10).fill(0));
        hand.forEach((formula, i) => {
          expect(Math.abs(formula(observed, [], observed) - observed[17 + i]!)).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 300 },
    );
    plant.dispose();
  });

  it('starts with its arm stretched and goals drawn with deviation 0.1 about (0, 0.25, 0)', async () => {
    const plant = await builtInPlant('reacher');
    const starts = Array.from({ length: 1000 }, (_, seed) => plant.reset(seed));
    expect([...starts[0]!].slice(0, 7)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    [0, 0.25, 0].forEach((middle, axis) => {
      const values = starts.map((start) => start[7 + axis]!);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
      expect(Math.abs(mean - middle)).toBeLessThan(0.015);
      expect(Math.abs(deviation - 0.1)).toBeLessThan(0.01);
    });
  });

  it('pays minus the squared distance and a hundredth of the squared torques', async () => {
    const { file } = await loadRig('reacher');
    const { reward } = compileTask(file.task, file);
    // Stretched out along x the hand is at 0.1 + 0.4 + 0.321 + 0.16828 and −0.188.
    const stretched = [0, 0, 0, 0, 0, 0, 0, 0.98928, 0.112, 0, ...Array(7).fill(0)];
    expect(reward(stretched, [3, 0, 0, 0, 0, 0, -1], stretched)).toBeCloseTo(-0.09 - 0.1, 9);
  });
});

describe('pusher', () => {
  it('pays for the state before the step, weighted as in the paper', async () => {
    const { file } = await loadRig('pusher');
    const { reward } = compileTask(file.task, file);
    const state = [...Array(14).fill(0), 0.5, -0.5, -0.3, 0.6, -0.3, -0.275];
    const torques = [1, 0, 0, 0, 0, 0, 2];
    const expected = -(0.5 * (0.1 + 0.2 + 0.025) + 1.25 * (0.15 + 0.25 + 0.048) + 0.1 * 5);
    expect(reward(state, torques, Array(20).fill(9))).toBeCloseTo(expected, 9);
  });

  it('can push its puck', async () => {
    const plant = await builtInPlant('pusher');
    plant.setState([0, 0.35, 0, 0, 0, 0, 0, -0.62, 0.9], Array(9).fill(0));
    const last = Array.from({ length: 25 }, () => plant.step([-1.5, 0, 0, 0, 0, 0, 0])).at(-1)!;
    expect(last[18]).toBeLessThan(-0.7);
    expect(last[19]).toBeCloseTo(-0.275, 9);
  });
});

describe('half-cheetah', () => {
  it('observes its mean speed over the period, 0 after a reset', async () => {
    const plant = await builtInPlant('half-cheetah');
    expect(plant.reset(1)[0]).toBe(0);
    for (let k = 0; k < 10; k++) {
      const from = plant.state().positions[0]!;
      const speed = plant.step([1, -1, 1, -1, 1, -1].map((a) => a * Math.sin(k)))[0]!;
      expect(speed).toBeCloseTo((plant.state().positions[0]! - from) / 0.05, 9);
    }
    expect(plant.setState(plant.state().positions, plant.state().velocities)[0]).toBe(0);
  });

  it('pays its speed less a tenth of the squared drives', async () => {
    const { file } = await loadRig('half-cheetah');
    const formula = compileNumbers(file.task.reward, file);
    expect(formula([], [1, 0, 0, 0, 0, -0.5], [2.5])).toBeCloseTo(2.5 - 0.125, 12);
  });

  it('falls nowhere with random actions, and earns about what these cost', async () => {
    // Drives drawn evenly cost 0.1 · 6 / 3 a step, 200 an episode; standing about earns nothing.
    const { total, steps } = await randomReturn('half-cheetah', 5);
    expect(steps).toBe(1000);
    expect(total).toBeGreaterThan(-500);
    expect(total).toBeLessThan(0);
  });
});

describe('inverted-pendulum', () => {
  it('ends when the pole leans more than 0.2 rad, which random drives bring about within a second', async () => {
    const { total, steps } = await randomReturn('inverted-pendulum', 2);
    expect(total).toBe(steps);
    expect(steps).toBeLessThan(25);
  });
});

describe('hopper', () => {
  it('starts upright at 1.25 m, every position and velocity within 0.005', async () => {
    const plant = await builtInPlant('hopper');
    for (let seed = 0; seed < 50; seed++) {
      const [, height, ...rest] = plant.reset(seed);
      expect(Math.abs(height - 1.25)).toBeLessThanOrEqual(0.005);
      for (const value of rest) expect(Math.abs(value)).toBeLessThanOrEqual(0.005);
    }
  });

  it('pays 1 for standing and its speed over the step, less a thousandth of the squared drives', async () => {
    const { file } = await loadRig('hopper');
    const { reward } = compileTask(file.task, file);
    const fast = [1.5, 1.2, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0];
    expect(reward(fast, [1, 0, -0.5], fast)).toBeCloseTo(1 + 1.5 - 0.00125, 12);
  });

  it('is healthy as Gym says: above 0.7 m, within 0.2 rad, nothing else at 100 or beyond', async () => {
    const { file } = await loadRig('hopper');
    const { terminated } = compileTask(file.task, file);
    const value = fc.oneof(fc.double({ min: -0.3, max: 1.5, noNaN: true }), fc.constantFrom(-100, 100, 140));
    fc.assert(
      fc.property(fc.array(value, { minLength: 12, maxLength: 12 }), (state) => {
        const [, height, pitch] = state as [number, number, number];
        const inRange = state.slice(1).every((one) => Math.abs(one) < 100);
        const healthy = inRange && height > 0.7 && Math.abs(pitch) < 0.2;
        expect(terminated(state, [0, 0, 0], state)).toBe(!healthy);
      }),
      { numRuns: 500 },
    );
  });

  it('falls within a few seconds of random drives, and earns about 1 a step until then', async () => {
    const episodes = await Promise.all([1, 2, 3, 4].map((seed) => randomReturn('hopper', seed)));
    for (const { steps, total } of episodes) {
      expect(steps).toBeLessThan(300);
      expect(Math.abs(total - steps)).toBeLessThan(steps);
    }
  });
});
