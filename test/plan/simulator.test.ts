import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Plan } from '../../src/main/plan/method';
import { type SamplingOptions, samplingMethod } from '../../src/main/plan/methods';
import { simulatorSource } from '../../src/main/plan/simulator/simulator-source';
import type { RolloutChoice, RolloutSource } from '../../src/main/plan/source';
import { loadRig } from '../../src/main/rig';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { compileTask } from '../../src/main/task';
import { PlannerOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import type { Rig } from '../../src/shared/rig';
import { lacksStudies } from '../needs';
import { rejection, temporaryFolder } from '../rig/rig-helpers';
import { scoresFrom } from './sampling';

const CHOICE: RolloutChoice = {
  ...{ horizon: 20, candidates: 7, particles: 1, members: 'step' as const, noise: false },
  ...{ learnedReward: false, variance: false, limits: false, trajectories: false },
};

async function open(rig: Rig, threads = 1): Promise<RolloutSource> {
  const source = await simulatorSource(rig, { threads });
  onTestFinished(() => source.close());
  return source;
}

/** A copy of a built-in rig, changed in its rig.json. */
async function changed(name: string, change: (file: Rig['file']) => void): Promise<Rig> {
  const rig = await loadRig(name);
  const file = structuredClone(rig.file);
  change(file);
  return { ...rig, file };
}

/** A copy of a built-in rig's folder with its MJCF changed. */
async function remodelled(name: string, model: string, change: (xml: string) => string): Promise<string> {
  const folder = await temporaryFolder();
  const { folder: original } = await loadRig(name);
  await cp(original, folder, { recursive: true });
  const path = join(folder, model);
  await writeFile(path, change(await readFile(path, 'utf8')));
  return folder;
}

const randomActions = (count: number, [low, high]: [number, number], seed = 0) => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.uniformIn(low, high));
};

describe('a rollout on the simulator', () => {
  it.each(['cartpole-swingup', 'pendulum', 'cartpole-balance'])(
    'is what stepping the plant of %s gives: states, return and end',
    async (name) => {
      const rig = await loadRig(name);
      const rollout = await (await open(rig)).compile(rig.file.task, { ...CHOICE, trajectories: true });
      const actions = randomActions(7 * 20, rig.file.actions[0]?.limits ?? [0, 1]);
      const plant = await openPlant(rig, 0);
      const start = plant.reset(5);
      const { returns, states } = await rollout.evaluate(start, actions, new Random(0));
      const task = compileTask(rig.file.task, rig.file);
      for (let candidate = 0; candidate < 7; candidate++) {
        let observation = plant.reset(5);
        let total = 0;
        let alive = true;
        for (let t = 0; t < 20; t++) {
          const action = actions.subarray(candidate * 20 + t, candidate * 20 + t + 1);
          if (alive) {
            const after = plant.step(action);
            total += task.reward(observation, action, after);
            alive = !task.terminated(observation, action, after);
            observation = after;
          }
          observation.forEach((value, i) => {
            const predicted = states?.[(candidate * 20 + t) * observation.length + i] ?? Number.NaN;
            expect(Math.abs(predicted - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
          });
        }
        expect(returns[candidate] + rollout.baseline).toBeCloseTo(total, 4);
      }
      plant.dispose();
    },
  );

  it('ends with the step that terminates, whose reward still counts', async () => {
    const rig = await loadRig('cartpole-balance');
    const task = { ...rig.file.task, reward: '1', termination: 'abs(cart_position) > 0.05' };
    const rollout = await (await open(rig)).compile(task, { ...CHOICE, trajectories: true });
    const { returns, states } = await rollout.evaluate(
      new Float64Array(4),
      new Float32Array(7 * 20).fill(1),
      new Random(0),
    );
    const positions = Array.from({ length: 20 }, (_, t) => states?.[t * 4] ?? Number.NaN);
    const steps = positions.findIndex((x) => x > 0.05) + 1;
    expect(returns[0] + rollout.baseline).toBe(steps);
    expect(steps).toBeLessThan(20);
    expect(new Set(positions.slice(steps - 1)).size).toBe(1);
  });

  it('gives the same futures from one thread and from several, bit for bit', async () => {
    const rig = await loadRig('cartpole-swingup');
    const choice = { ...CHOICE, trajectories: true, limits: true };
    const actions = randomActions(7 * 20, [-3, 3]);
    const start = Float64Array.of(0.1, 3, 0.2, -0.3);
    const [here, elsewhere] = await Promise.all(
      [1, 3].map(async (threads) => {
        const rollout = await (await open(rig, threads)).compile(rig.file.task, choice);
        return rollout.evaluate(start, actions, new Random(0));
      }),
    );
    expect(elsewhere).toEqual(here);
    expect(await open(rig)).toMatchObject({ members: 1 });
  });

  it('does not depend on what was simulated before it, not even on a simulation that broke down', async () => {
    const rig = await loadRig('cartpole-swingup');
    const rollout = await (await open(rig)).compile(rig.file.task, CHOICE);
    const actions = randomActions(7 * 20, [-3, 3]);
    const start = Float64Array.of(0, 3, 0, 0);
    const first = await rollout.evaluate(start, actions, new Random(0));
    const wild = await rollout.evaluate(Float64Array.of(0, 0, 1e200, 1e200), actions, new Random(0));
    expect([...wild.returns]).toEqual(Array(7).fill(Number.NaN));
    expect(await rollout.evaluate(start, actions, new Random(1))).toEqual(first);
  });

  it('takes any number of candidates', async () => {
    const rig = await loadRig('pendulum');
    const rollout = await (await open(rig, 2)).compile(rig.file.task, CHOICE);
    for (const count of [1, 2, 5]) {
      const { returns } = await rollout.evaluate(
        new Float64Array(2),
        new Float32Array(count * 20),
        new Random(0),
      );
      expect(returns).toHaveLength(count);
    }
  });

  it('has particles that are all alike and do not vary', async () => {
    const rig = await loadRig('pendulum');
    const source = await open(rig);
    const actions = randomActions(3 * 20, [-2, 2]);
    const [one, four] = await Promise.all(
      [1, 4].map(async (particles) => {
        const choice = { ...CHOICE, particles, candidates: 3, variance: true, trajectories: true };
        return (await source.compile(rig.file.task, choice)).evaluate(
          new Float64Array(2),
          actions,
          new Random(0),
        );
      }),
    );
    expect(four?.returns).toHaveLength(12);
    expect([...(four?.returns ?? [])]).toEqual([...(one?.returns ?? [])].flatMap((r) => [r, r, r, r]));
    expect(four?.states?.subarray(3 * 40, 4 * 40)).toEqual(one?.states?.subarray(0, 40));
    expect([...(four?.variance ?? [])]).toEqual([0, 0, 0]);
  });

  it('counts the steps outside the limits, and how far outside they are', async () => {
    const rig = await changed('cartpole-balance', (file) => {
      const [position, , angle] = file.observations;
      if (position) position.limits = [-0.1, 0.1];
      if (angle) angle.limits = [-3, 3];
      file.task.termination = '';
    });
    const choice = { ...CHOICE, candidates: 1, limits: true, trajectories: true };
    const rollout = await (await open(rig)).compile(rig.file.task, choice);
    const result = await rollout.evaluate(new Float64Array(4), new Float32Array(20).fill(1), new Random(0));
    const positions = Array.from({ length: 20 }, (_, t) => result.states?.[t * 4] ?? Number.NaN);
    const outside = positions.filter((x) => x > 0.1);
    expect(outside.length).toBeGreaterThan(2);
    expect(result.stepsOutside?.[0]).toBe(outside.length);
    const expected = outside.reduce((sum, x) => sum + 1 + (x - 0.1) / 0.2, 0);
    expect(result.violation?.[0]).toBeCloseTo(expected, 4);
  });
});

describe('the simulator of a rig as a bench shows it', () => {
  it('carries commands that are under way, as many as the rig delays, and adds no noise', async () => {
    const late = await loadRig('cartpole-balance-noisy');
    const source = await open(late);
    expect(source.layout.history).toBe(2);
    const actions = randomActions(20, [-1, 1]);
    const observation = [0.01, -0.02, 0.03, 0.04];
    const past = 0.75;
    const choice = { ...CHOICE, candidates: 1, trajectories: true };
    const rollout = await source.compile(late.file.task, choice);
    // The newest observation, the one before, and the action between them (dynamics/layout.ts).
    const { states } = await rollout.evaluate([...observation, 9, 9, 9, 9, past], actions, new Random(0));
    const prompt = await loadRig('cartpole-balance');
    const shifted = Float32Array.of(past, ...actions.subarray(0, 19));
    const other = await (await open(prompt)).compile(prompt.file.task, choice);
    expect(states).toEqual((await other.evaluate(observation, shifted, new Random(0))).states);
  });

  it('is the one that stands in for a device', async () => {
    const [device, simulated] = await Promise.all(
      ['cartpole-serial', 'cartpole-balance'].map((n) => loadRig(n)),
    );
    const actions = randomActions(7 * 20, [-1, 1]);
    const results = await Promise.all(
      [device, simulated].map(async (rig) => {
        if (!rig) throw new Error('no rig');
        const rollout = await (await open(rig)).compile(rig.file.task, CHOICE);
        return rollout.evaluate([0, 0, 0.01, 0], actions, new Random(0));
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });

  it('knows nothing of what changes about the rig while it runs', async () => {
    const worn = await changed('cartpole-balance', (file) => {
      file.mujoco?.changes.push({
        ...{ actuator: 'push', gain: 0.1, atStep: 0, fromEpisode: 1, until: 'disconnect' as const },
      });
    });
    const actions = randomActions(7 * 20, [-1, 1]);
    const [told, untold] = await Promise.all(
      [worn, await loadRig('cartpole-balance')].map(async (rig) =>
        (await (await open(rig)).compile(rig.file.task, { ...CHOICE, trajectories: true })).evaluate(
          new Float64Array(4),
          actions,
          new Random(0),
        ),
      ),
    );
    expect(told).toEqual(untold);
  });
});

describe('a rig whose observations do not tell its state', () => {
  it('is refused with the joint that nobody sees', async () => {
    const blind = await changed('pendulum', (file) => {
      file.observations = file.observations.filter(
        ({ source }) => source && 'joint' in source && source.quantity === 'position',
      );
    });
    const error = await rejection(simulatorSource(blind, { threads: 1 }));
    expect(error.code).toBe('wrong-use');
    expect(error.message).toContain('the velocity of joint "hinge"');
    expect(error.next).toContain('"quantity": "velocity"');
  });

  it('may leave out where it is along a track that is the same everywhere', async () => {
    const rig = await loadRig('cartpole-balance');
    const file = structuredClone(rig.file);
    file.observations = file.observations.filter(({ name }) => name !== 'cart_position');
    file.task = { name: 'fast', reward: 'cart_velocity', termination: '', maxSteps: 200 };
    const source = await open({ ...rig, file });
    const rollout = await source.compile(file.task, { ...CHOICE, candidates: 1 });
    const { returns } = await rollout.evaluate([0, 0, 0], new Float32Array(20).fill(1), new Random(0));
    expect(returns[0]).toBeGreaterThan(0);
  });

  it('may leave out how far a body has run over the ground that it touches', async () => {
    const rig = await loadRig('half-cheetah');
    const source = await open(rig);
    const choice = { ...CHOICE, candidates: 1, horizon: 5, trajectories: true };
    const rollout = await source.compile(rig.file.task, choice);
    const plant = await openPlant(rig, 0);
    for (let t = 0; t < 10; t++) plant.step(new Float64Array(6).fill(0.3));
    const { positions, velocities } = plant.state();
    positions[0] = 40;
    const observation = plant.setState(positions, velocities);
    const actions = randomActions(5 * 6, [-1, 1]);
    const { states } = await rollout.evaluate(observation, actions, new Random(0));
    for (let t = 0; t < 5; t++) {
      plant.step(actions.subarray(t * 6, (t + 1) * 6)).forEach((value, i) => {
        const predicted = states?.[t * observation.length + i] ?? Number.NaN;
        expect(Math.abs(predicted - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
      });
    }
    plant.dispose();
  });

  it('may not leave out the velocity of what can be pushed', async () => {
    const error = await rejection(simulatorSource(await loadRig('pusher'), { threads: 1 }));
    expect(error.message).toMatch(/the velocity of joint "puck_[xy]"/);
  });

  it('may not leave out where it is along a track that ends or pulls', async () => {
    const folder = await remodelled('cartpole-balance', 'cartpole.xml', (xml) =>
      xml.replace('type="slide"', 'type="slide" stiffness="5"'),
    );
    const rig = await loadRig(folder);
    const file = structuredClone(rig.file);
    file.observations = file.observations.filter(({ name }) => name !== 'cart_position');
    const error = await rejection(simulatorSource({ ...rig, file }, { threads: 1 }));
    expect(error.message).toContain('the position of joint "cart"');
  });

  it('and one without a simulator is refused as such', async () => {
    const device = await changed('cartpole-serial', (file) => {
      if (file.serial) delete file.serial.simulation;
    });
    const error = await rejection(simulatorSource(device, { threads: 1 }));
    expect(error.message).toContain('no simulator');
  });

  it('and a reward that nobody has learned', async () => {
    const rig = await loadRig('pendulum');
    const source = await open(rig);
    const error = await rejection(source.compile(rig.file.task, { ...CHOICE, learnedReward: true }));
    expect(error.code).toBe('wrong-use');
  });
});

/** One episode of a planner on the oracle, driving the plant that the oracle is. */
async function episode(rig: Rig, given: Record<string, unknown>, seed: number): Promise<number> {
  const options = PlannerOptions.parse(given) as SamplingOptions;
  const { file } = rig;
  const source = await open(rig);
  const { horizon, candidates } = options;
  const rollout = await source.compile(file.task, { ...CHOICE, horizon, candidates });
  const task = compileTask(file.task, file);
  const plant = await openPlant(rig, 0);
  const method = samplingMethod(options, {
    horizon,
    low: Float64Array.from(file.actions, ({ limits }) => limits[0]),
    high: Float64Array.from(file.actions, ({ limits }) => limits[1]),
    hold: Float64Array.from(file.actions, ({ hold }) => hold),
    values: file.actions.map(({ values }) => (values ? Float64Array.from(values) : null)),
  });
  let observation = plant.reset(seed);
  let previous: Plan | null = null;
  let before = Float64Array.from(file.actions, ({ hold }) => hold);
  let total = 0;
  for (let step = 0; step < file.task.maxSteps; step++) {
    const start = Float32Array.from(observation);
    const random = new Random(seed).fork(step);
    const evaluate = async (sequences: Float32Array) =>
      scoresFrom((await rollout.evaluate(start, sequences, random)).returns);
    previous = await method({ step, previous, random, start, before, evaluate });
    before = Float64Array.from(previous.actions.subarray(0, file.actions.length));
    const after = plant.step(before);
    total += task.reward(observation, before, after);
    if (task.terminated(observation, before, after)) break;
    observation = after;
  }
  plant.dispose();
  return total;
}

describe('CEM on the oracle', () => {
  it.skipIf(lacksStudies)('swings the pole up and keeps it there', async () => {
    const rig = await loadRig('cartpole-swingup');
    expect(await episode(rig, { method: 'cem', candidates: 60 }, 3)).toBeGreaterThan(170);
  });

  it('balances the pole', async () => {
    const rig = await loadRig('cartpole-balance');
    expect(await episode(rig, { method: 'cem', candidates: 40 }, 3)).toBe(200);
  });

  it.skipIf(lacksStudies)(
    'balances the pole with a motor that only pushes left, right or not at all',
    async () => {
      const rig = await changed('cartpole-balance', (file) => {
        for (const action of file.actions) action.values = [-1, 0, 1];
      });
      // Of six seeds CEM and iCEM drop the pole in two each, with whatever normals.
      for (const method of ['cem', 'icem', 'mppi']) {
        expect(await episode(rig, { method, candidates: 30 }, 3)).toBe(200);
      }
    },
  );
});
