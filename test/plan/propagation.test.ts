import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { compileRollout, modelSource } from '../../src/main/plan/rollout/rollouts';
import type { Rollout, RolloutChoice } from '../../src/main/plan/source';
import { type Engine, openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';
import { driftModel, LINE, randomModel } from '../dynamics/models';
import { CARTPOLE_CHANNELS } from './cartpole';
import { memberRollout, memberStep } from './referee';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const task: TaskFile = {
  name: 'mixed',
  reward: 'cos(cart_position) - before(pole_angle) * force',
  termination: '',
  maxSteps: 100,
};
const reward = (before: readonly number[], action: readonly number[], after: readonly number[]) =>
  Math.cos(after[0] ?? 0) - (before[2] ?? 0) * (action[0] ?? 0);
const progress: TaskFile = { name: 'progress', reward: 'x - before(x)', termination: '', maxSteps: 100 };
const START = [0.1, -0.2, 0.3, 0.4];

const usual: RolloutChoice = {
  ...{ horizon: 4, candidates: 3, particles: 4, members: 'fixed', noise: false },
  ...{ learnedReward: false, variance: false, limits: false, trajectories: false },
};
const network = (members: number, seed = 0): DynamicsModel =>
  randomModel(
    CARTPOLE_CHANNELS,
    { class: { name: 'ensemble', members, elites: members, hiddenUnits: 8, hiddenLayers: 2 } },
    seed,
  );
const compile = (
  model: DynamicsModel,
  some: Partial<RolloutChoice>,
  { task: what = task, threads = 1, observationLimits }: Partial<Parameters<typeof compileRollout>[0]> = {},
): Promise<Rollout> =>
  compileRollout(
    { engine, model, task: what, threads, ...(observationLimits && { observationLimits }) },
    { ...usual, ...some },
  );
const actionsFor = ({ choice }: Rollout, random: Random): Float32Array =>
  random.fillNormal(new Float32Array(choice.candidates * choice.horizon));
const rowsOf = (actions: Float32Array, candidate: number, horizon: number): number[][] =>
  Array.from(actions.subarray(candidate * horizon, (candidate + 1) * horizon), (a) => [a]);
const returnOf = (states: number[][], actions: number[][]): number =>
  actions.reduce((sum, action, t) => sum + reward(states[t] ?? [], action, states[t + 1] ?? []), 0);

describe('members fixed for every particle (TS∞)', () => {
  it.each([
    { members: 4, particles: 4, candidates: 3 },
    { members: 3, particles: 6, candidates: 2 },
    { members: 4, particles: 1, candidates: 7 },
    { members: 3, particles: 5, candidates: 4 },
    { members: 1, particles: 2, candidates: 3 },
  ])('roll every particle out by its own: %j', async ({ members, particles, candidates }) => {
    const model = network(members);
    const rollout = await compile(model, { particles, candidates, trajectories: true });
    expect(rollout.members).toBe(members);
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const actions = actionsFor(rollout, new Random(seed));
        const { returns, states = [] } = await rollout.evaluate(START, actions, new Random(0));
        expect(returns).toHaveLength(candidates * particles);
        for (let row = 0; row < candidates * particles; row++) {
          const mine = rowsOf(actions, Math.floor(row / particles), 4);
          const expected = memberRollout(model, row % members, START, mine);
          expect(returns[row]).toBeCloseTo(returnOf(expected, mine), 3);
          expected.slice(1).forEach((state, t) => {
            state.forEach((value, c) => {
              expect(states[(row * 4 + t) * 4 + c]).toBeCloseTo(value, 3);
            });
          });
        }
      }),
      { numRuns: 5 },
    );
    await rollout.dispose();
  });
});

describe('one member for the whole plan', () => {
  it('is the same for all candidates and all calls of one plan, and another in another plan', async () => {
    const model = network(4);
    const rollout = await compile(model, { members: 'once', particles: 2, candidates: 5 });
    const seen = new Set<number>();
    for (let plan = 0; plan < 20; plan++) {
      const random = new Random(plan);
      const found = new Set<number>();
      for (let call = 0; call < 3; call++) {
        const actions = actionsFor(rollout, random);
        const { returns } = await rollout.evaluate(START, actions, random);
        returns.forEach((value, row) => {
          const mine = rowsOf(actions, Math.floor(row / 2), 4);
          const errors = [0, 1, 2, 3].map((m) =>
            Math.abs(value - returnOf(memberRollout(model, m, START, mine), mine)),
          );
          found.add(errors.indexOf(Math.min(...errors)));
          expect(Math.min(...errors)).toBeLessThan(1e-3);
        });
      }
      expect(found.size).toBe(1);
      for (const member of found) seen.add(member);
    }
    expect(seen.size).toBe(4);
    await rollout.dispose();
  });

  it('is the same in every thread', async () => {
    const rollout = await compile(
      driftModel([1, 10, 100]),
      { members: 'once', candidates: 9, particles: 1 },
      { task: progress, threads: 3 },
    );
    for (let seed = 0; seed < 5; seed++) {
      const { returns } = await rollout.evaluate([0], new Float32Array(36), new Random(seed));
      expect(new Set(returns).size).toBe(1);
    }
    await rollout.dispose();
  });
});

describe('moment matching', () => {
  it('gives the particles of one step their own mean and variance, drawn anew', async () => {
    const model = network(4);
    const rollout = await compile(model, {
      ...{ members: 'moment', horizon: 1, particles: 4000, candidates: 2, trajectories: true },
    });
    const actions = Float32Array.of(0.7, -0.4);
    const { states = new Float32Array() } = await rollout.evaluate(START, actions, new Random(5));
    for (const candidate of [0, 1]) {
      const predicted = [0, 1, 2, 3].map((m) => memberStep(model, m, START, [actions[candidate] ?? 0]));
      for (let c = 0; c < 4; c++) {
        const mean = predicted.reduce((sum, one) => sum + (one[c] ?? 0), 0) / 4;
        const std = Math.sqrt(predicted.reduce((sum, one) => sum + ((one[c] ?? 0) - mean) ** 2, 0) / 4);
        const drawn = Array.from({ length: 4000 }, (_, p) => states[(candidate * 4000 + p) * 4 + c] ?? 0);
        const drawnMean = drawn.reduce((a, b) => a + b) / 4000;
        const drawnStd = Math.sqrt(drawn.reduce((sum, x) => sum + (x - drawnMean) ** 2, 0) / 4000);
        expect(Math.abs(drawnMean - mean)).toBeLessThan(5 * (std / Math.sqrt(4000)));
        expect(Math.abs(drawnStd / std - 1)).toBeLessThan(0.06);
      }
    }
    await rollout.dispose();
  });

  it('lets variances of independent steps add up', async () => {
    // ±1 a step: every step adds a variance of 1 to what was drawn before.
    const rollout = await compile(
      driftModel([-1, 1]),
      { members: 'moment', horizon: 9, particles: 3001, candidates: 1, trajectories: true },
      { task: progress },
    );
    const { states = new Float32Array() } = await rollout.evaluate([0], new Float32Array(9), new Random(1));
    const last = Array.from({ length: 3001 }, (_, p) => states[p * 9 + 8] ?? 0);
    const variance = last.reduce((sum, x) => sum + x ** 2, 0) / 3001;
    expect(variance).toBeGreaterThan(8);
    expect(variance).toBeLessThan(10);
    await rollout.dispose();
  });

  it('takes angles a turn apart for the same', async () => {
    const channels = { ...LINE, observations: LINE.observations.map((one) => ({ ...one, angle: true })) };
    const model = randomModel(channels, {
      class: { name: 'ensemble', members: 2, elites: 2, hiddenLayers: 1, hiddenUnits: 8 },
    });
    for (const { values } of model.weights.values()) values.fill(0);
    model.weights.get('layer1/bias')?.values.set([Math.PI, 0, -Math.PI, 0]);
    model.normaliser.targetMean.fill(0);
    model.normaliser.targetStd.fill(1);
    const rollout = await compile(
      model,
      { members: 'moment', horizon: 1, particles: 10, candidates: 1, trajectories: true, variance: true },
      { task: progress },
    );
    const { states = [], variance } = await rollout.evaluate([0], new Float32Array(1), new Random(0));
    for (const angle of states) expect(Math.abs(Math.cos(angle) + 1)).toBeLessThan(1e-5);
    expect(variance?.[0]).toBeLessThan(1e-6);
    await rollout.dispose();
  });
});

describe('variance and limits', () => {
  const limits: [number, number][] = [[-2, 2]];

  it('are those of the particles while their episodes last', async () => {
    // Members walk 1, 2 and 3 a step; the episode ends beyond 4.5.
    const model = driftModel([1, 2, 3]);
    const spread = 1.5;
    const ending = { ...progress, termination: 'x > 4.5' };
    const rollout = await compile(
      model,
      { horizon: 5, particles: 3, candidates: 2, variance: true, limits: true },
      { task: ending, observationLimits: limits },
    );
    const { returns, variance, violation, stepsOutside } = await rollout.evaluate(
      [0],
      new Float32Array(10),
      new Random(0),
    );
    const walks = [1, 2, 3].map((step) => {
      const states: number[] = [];
      while (states.length < 5 && (states.at(-1) ?? 0) <= 4.5) states.push(step * (states.length + 1));
      return states;
    });
    expect([...returns.subarray(0, 3)]).toEqual(walks.map((walk) => walk.at(-1)));
    const outside = walks.map((walk) => walk.filter((x) => x > 2));
    const expectedSteps = outside.reduce((sum, steps) => sum + steps.length, 0) / 3;
    const expectedViolation =
      outside.reduce((sum, steps) => sum + steps.reduce((s, x) => s + 1 + (x - 2) / 4, 0), 0) / 3;
    let expectedVariance = 0;
    for (let t = 0; t < 5; t++) {
      const alive = walks.filter((walk) => walk.length > t).map((walk) => walk[t] ?? 0);
      if (alive.length === 0) continue;
      const mean = alive.reduce((a, b) => a + b) / alive.length;
      expectedVariance += alive.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3 / spread ** 2;
    }
    for (const candidate of [0, 1]) {
      expect(stepsOutside?.[candidate]).toBeCloseTo(expectedSteps, 5);
      expect(violation?.[candidate]).toBeCloseTo(expectedViolation, 5);
      expect(variance?.[candidate]).toBeCloseTo(expectedVariance, 4);
    }
    await rollout.dispose();
  });

  it('does not let what is predicted beyond the end spoil the variance', async () => {
    const ending = { ...progress, termination: 'x > 0.5' };
    const rollout = await compile(
      driftModel([1e30, 1e30]),
      { horizon: 6, particles: 2, candidates: 1, variance: true, limits: true },
      { task: ending, observationLimits: limits },
    );
    const { variance, stepsOutside } = await rollout.evaluate([0], new Float32Array(6), new Random(0));
    expect(variance?.[0]).toBe(0);
    expect(stepsOutside?.[0]).toBe(1);
    await rollout.dispose();
  });

  it('are the same whatever else is asked for, and in however many threads', async () => {
    const model = network(3);
    const observationLimits: [number, number][] = Array.from({ length: 4 }, () => [-0.5, 0.5]);
    const choice: Partial<RolloutChoice> = { particles: 3, candidates: 11, variance: true, limits: true };
    const all = await compile(model, { ...choice, trajectories: true }, { observationLimits });
    const split = await compile(model, choice, { observationLimits, threads: 2 });
    const actions = actionsFor(all, new Random(2));
    const expected = await all.evaluate(START, actions, new Random(0));
    const dealt = await split.evaluate(START, actions, new Random(0));
    for (const name of ['returns', 'variance', 'violation', 'stepsOutside'] as const) {
      dealt[name]?.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[name]?.[i] ?? Number.NaN, 3);
      });
      expect(dealt[name]).toHaveLength(expected[name]?.length ?? -1);
    }
    await Promise.all([all.dispose(), split.dispose()]);
  });
});

describe('quiet rows', () => {
  it('are predicted without noise beside others with it', async () => {
    const rollout = await compile(
      driftModel([1, 1], 0.5),
      { horizon: 2, candidates: 400, particles: 1, noise: true, quiet: 100 },
      { task: progress },
    );
    const { returns } = await rollout.evaluate([0], new Float32Array(800), new Random(0));
    expect(new Set(returns.subarray(0, 100))).toEqual(new Set([2]));
    const rest = returns.subarray(100);
    const std = Math.sqrt(rest.reduce((sum, r) => sum + (r - 2) ** 2, 0) / 300);
    expect(std).toBeGreaterThan(0.6);
    expect(std).toBeLessThan(0.82);
    await rollout.dispose();
  });
});

describe('a model as a source', () => {
  it('says who predicts, and refuses a reward that was not learned', async () => {
    const source = modelSource({ engine, model: driftModel([1, 2]), threads: 1 });
    expect(source.members).toBe(2);
    expect(source.territory).toBeUndefined();
    await expect(source.compile(progress, { ...usual, learnedReward: true })).rejects.toMatchObject({
      code: 'wrong-use',
    });
  });
});
