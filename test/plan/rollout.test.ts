import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { compileRollout, type Rollout, type RolloutChoice } from '../../src/main/plan/rollout/rollouts';
import { type Engine, openEngine } from '../../src/main/tensor';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';
import { driftModel, randomModel } from '../dynamics/models';
import { CARTPOLE_CHANNELS } from './cartpole';
import { memberStep } from './referee';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const progress: TaskFile = { name: 'progress', reward: 'x - before(x)', termination: '', maxSteps: 100 };
const choice = (some: Partial<RolloutChoice>): RolloutChoice => ({
  horizon: 3,
  candidates: 8,
  particles: 1,
  noise: false,
  members: 'step',
  variance: false,
  limits: false,
  trajectories: false,
  learnedReward: false,
  ...some,
});
const compile = (model: DynamicsModel, some: Partial<RolloutChoice>, task = progress): Promise<Rollout> =>
  compileRollout({ engine, model, task, threads: 1 }, choice(some));
const zeros = ({ choice }: Rollout) => new Float32Array(choice.candidates * choice.horizon);

/** What one member earns, in plain numbers. */
function referenceReturn(model: DynamicsModel, member: number, start: number[], actions: number[][]): number {
  let state = start;
  let total = 0;
  for (const action of actions) {
    const next = memberStep(model, member, state, action);
    total += Math.cos(next[0] ?? 0) - (state[2] ?? 0) * (action[0] ?? 0);
    state = next;
  }
  return total;
}

describe('a rollout graph', () => {
  const task = { ...progress, reward: 'cos(cart_position) - before(pole_angle) * force' };

  it.each([
    { candidates: 8, particles: 1, members: 'step' },
    { candidates: 7, particles: 1, members: 'step' },
    { candidates: 5, particles: 3, members: 'step' },
    { candidates: 8, particles: 1, members: 'fixed' },
  ] satisfies Partial<RolloutChoice>[])(
    'gives every candidate the return of its own actions: %j',
    async (some) => {
      const model = randomModel(CARTPOLE_CHANNELS, {
        class: { name: 'ensemble', members: 4, elites: 4, hiddenUnits: 8 },
      });
      // All members alike, so that it does not matter which one predicts.
      for (const { shape, values } of model.weights.values()) {
        const size = values.length / (shape[0] ?? 1);
        for (let m = 1; m < 4; m++) values.copyWithin(m * size, 0, size);
      }
      const rollout = await compile(model, { ...some, horizon: 5 }, task);
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const random = new Random(seed);
          const actions = random.fillNormal(zeros(rollout));
          const start = [0.1, -0.2, 0.3, 0.4];
          const { returns } = await rollout.evaluate(start, actions, random);
          for (let row = 0; row < some.candidates * some.particles; row++) {
            const candidate = Math.floor(row / some.particles);
            const mine = [...actions.subarray(candidate * 5, candidate * 5 + 5)].map((a) => [a]);
            expect(returns[row]).toBeCloseTo(referenceReturn(model, 0, start, mine), 4);
          }
        }),
        { numRuns: 20 },
      );
      await rollout.dispose();
    },
  );

  it('changes members at every step, each predicting equally many rows (TS1)', async () => {
    // Increments are powers of 10, so a return's digits count how often each member was used.
    const rollout = await compile(driftModel([1, 10, 100, 1000]), { candidates: 400, horizon: 4 });
    const { returns } = await rollout.evaluate([0], zeros(rollout), new Random(3));
    const digits = [...returns].map((r) => String(Math.round(r)).padStart(4, '0').split('').map(Number));
    for (const counts of digits) expect(counts.reduce((a, b) => a + b)).toBe(4);
    for (let m = 0; m < 4; m++) expect(digits.reduce((sum, counts) => sum + (counts[m] ?? 0), 0)).toBe(400);
    // One member for all four steps has the chance 4 / 4⁴; with 400 rows about 6 are expected.
    expect(digits.filter((counts) => counts.includes(4)).length).toBeLessThan(30);
    await rollout.dispose();
  });

  it('draws the predicted noise when asked to, with the predicted spread', async () => {
    const rollout = await compile(driftModel([0, 0], 0.1), { candidates: 2000, horizon: 1, noise: true });
    const { returns } = await rollout.evaluate([0], zeros(rollout), new Random(0));
    const mean = returns.reduce((a, b) => a + b) / returns.length;
    const std = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / returns.length);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(std).toBeGreaterThan(0.09);
    expect(std).toBeLessThan(0.11);
    await rollout.dispose();
  });

  it('counts the reward of the step that ends the episode, and none after it', async () => {
    const counting = { ...progress, reward: '1', termination: 'x > 3.5' };
    const rollout = await compile(driftModel([1, 1]), { candidates: 2, horizon: 10 }, counting);
    const { returns } = await rollout.evaluate([0], zeros(rollout), new Random(0));
    expect([...returns].map((value) => value + rollout.baseline)).toEqual([4, 4]);
    await rollout.dispose();
  });

  it('does not let what is predicted beyond the end spoil the return, but shows what diverges before', async () => {
    const reward = 'sqrt(2.5 - x)';
    const ending = { ...progress, reward, termination: 'x > 1.5' };
    const start = [0];
    const ends = await compile(driftModel([1, 1]), { candidates: 2, horizon: 5 }, ending);
    const { returns } = await ends.evaluate(start, zeros(ends), new Random(0));
    expect(returns[0]).toBeCloseTo(Math.sqrt(1.5) + Math.sqrt(0.5), 5);
    const endless = await compile(
      driftModel([1, 1]),
      { candidates: 2, horizon: 5 },
      { ...ending, termination: '' },
    );
    expect((await endless.evaluate(start, zeros(endless), new Random(0))).returns[0]).toBeNaN();
    await Promise.all([ends.dispose(), endless.dispose()]);
  });

  it('gives the same returns for the same seed, bit for bit, and others for another', async () => {
    const model = randomModel(CARTPOLE_CHANNELS, { class: { name: 'ensemble', hiddenUnits: 64 } });
    const rollout = await compile(model, { candidates: 50, horizon: 10 }, task);
    const actions = new Random(1).fillUniform(zeros(rollout));
    const evaluate = async (seed: number) =>
      (await rollout.evaluate([0, 0, 0, 0], actions, new Random(seed))).returns.slice();
    expect(await evaluate(7)).toEqual(await evaluate(7));
    expect(await evaluate(7)).not.toEqual(await evaluate(8));
    await rollout.dispose();
  });

  it('dealt to several threads, gives every candidate the return that one thread gives it', async () => {
    // One member predicts everything, so that who predicts whom is not a matter of chance.
    const model = randomModel(CARTPOLE_CHANNELS, {
      class: { name: 'ensemble', members: 1, elites: 1, hiddenUnits: 16 },
    });
    const options = choice({ candidates: 23, horizon: 5, particles: 2 });
    const task = { ...progress, reward: 'cos(pole_angle)' };
    const actions = new Random(3).fillUniform(new Float32Array(23 * 5));
    const [alone, split] = await Promise.all(
      [1, 3].map((threads) => compileRollout({ engine, model, task, threads }, options)),
    );
    if (!alone || !split) throw new Error('not compiled');
    const returns = async (rollout: Rollout) =>
      (await rollout.evaluate([0.1, 0, 0.2, 0], actions, new Random(1))).returns;
    const expected = await returns(alone);
    for (let round = 0; round < 2; round++) {
      const dealt = await returns(split);
      expect(dealt).toHaveLength(46);
      for (const [i, value] of dealt.entries()) expect(value).toBeCloseTo(expected[i], 4);
    }
    await Promise.all([alone.dispose(), split.dispose()]);
  });
});
