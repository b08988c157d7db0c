import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateAfter, stateWidth } from '../../../src/main/dynamics/layout';
import { Imagination } from '../../../src/main/policy/imagine/rollouts';
import { compileActing } from '../../../src/main/policy/representation/acting';
import { type PolicySpace, toPhysical } from '../../../src/main/policy/representation/space';
import { compileTask } from '../../../src/main/task';
import { openEngine } from '../../../src/main/tensor';
import { Random } from '../../../src/shared/random';
import type { TaskFile } from '../../../src/shared/task';
import { driftModel, LINE, randomModel } from '../../dynamics/models';
import { predictedRows, quiet, spaceOf, TURNING, untrainedActor } from './imagining';

const task = (reward: string, termination = ''): TaskFile => ({
  ...{ name: 'task', reward, termination, maxSteps: 100 },
});
const PLAIN = { learnedReward: false, penalty: { kind: 'none', weight: 0 } } as const;
const ENSEMBLE = { name: 'ensemble', members: 3, elites: 3, hiddenLayers: 1, hiddenUnits: 8 } as const;

describe('imagination', () => {
  it('knows its members where inputs lie far from 0 as well, as a cart does that has run for a while', async () => {
    const space = spaceOf(TURNING);
    const model = quiet(randomModel(TURNING, { class: ENSEMBLE }, 1));
    model.normaliser.inputMean.fill(100);
    model.normaliser.inputStd.fill(1);
    const imagination = new Imagination(await openEngine(), { space, task: task('turn'), ...PLAIN }, 6, 1);
    const random = new Random(2);
    const starts = new Float32Array(6 * 2).fill(100);
    const { rows } = await imagination.imagine(
      untrainedActor(space, 'deterministic'),
      model,
      { starts, steps: 1 },
      random,
    );
    await imagination.dispose();
    expect(rows).toBe(6);
  });

  it('is, row by row, what stepping the policy and one of the members gives in numbers', async () => {
    const engine = await openEngine();
    const work = task('cos(turn) - square(before(speed)) + 0.1 * left + 7', 'speed > 1.5');
    const numbers = compileTask(work, TURNING);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 11 }),
        async (seed, history, steps, count) => {
          const space = spaceOf(TURNING, history);
          const width = stateWidth(space.layout);
          const model = quiet(randomModel(TURNING, { class: ENSEMBLE, history }, seed));
          const actor = untrainedActor(space, 'deterministic', seed);
          const imagination = new Imagination(engine, { space, task: work, ...PLAIN }, 5, 1);
          const starts = new Random(seed).fillNormal(new Float32Array(count * width));
          const random = new Random(seed + 1);
          const { batch, rows } = await imagination.imagine(actor, model, { starts, steps }, random);
          await imagination.dispose();

          const acting = await compileActing(engine, space, actor);
          for (let row = 0; row < rows; row++) {
            const { greedy } = await acting.act(actor, rowOf(batch.state, row, width));
            expect(distance(greedy, rowOf(batch.action, row, 2))).toBeLessThan(1e-5);
          }
          await acting.dispose();
          const physical = physicalRows(space, batch.action, rows);
          const said = await predictedRows(model, space, batch.state.slice(0, rows * width), physical);
          const known: Float32Array[] = [starts];
          for (let row = 0; row < rows; row++) {
            const [state, next] = [rowOf(batch.state, row, width), rowOf(batch.next, row, width)];
            const action = rowOf(physical, row, 2);
            const outcomes = Array.from({ length: said.members }, (_, member) => {
              const change = rowOf(said.mean, member * rows + row, 2);
              const observation = change.map((one, c) => one + (state[c] ?? 0));
              return stateAfter(space.layout, state, action, observation);
            });
            expect(Math.min(...outcomes.map((one) => distance(one, next)))).toBeLessThan(1e-3);
            expect(batch.reward[row]).toBeCloseTo(numbers.reward(state, action, next), 2);
            expect(batch.continues[row]).toBe(numbers.terminated(state, action, next) ? 0 : 1);
            // It goes on from a start, or from what a step that did not end anything led to.
            expect(known.some((list) => holds(list, state))).toBe(true);
            if (batch.continues[row] === 1) known.push(next);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is the same in two threads, each with half of the rows, bit for bit, whatever is left over', async () => {
    const space = spaceOf(TURNING);
    const work = task('cos(turn) - square(before(speed))', 'speed > 1.5');
    const penalty = { kind: 'disagreement', weight: 0.5 } as const;
    const engine = await openEngine();
    const models = [1, 2].map((seed) => randomModel(TURNING, { class: ENSEMBLE }, seed));
    // Blocks of an even and of an odd number of rows, of one, and more starts than fit into one call.
    for (const [rows, count] of [
      [12, 12],
      [9, 20],
      [301, 301],
      [3, 2],
    ] as const) {
      const starts = new Random(3).fillNormal(new Float32Array(2 * count));
      const imagine = async (threads: number) => {
        const imagining = { space, task: work, learnedReward: false, penalty };
        const imagination = new Imagination(engine, imagining, rows, threads);
        const random = new Random(4);
        const found = [];
        // The second model is fed to the program of the first, with an actor of its own.
        for (const [i, model] of models.entries()) {
          const actor = untrainedActor(space, 'gaussian', i);
          found.push(await imagination.imagine(actor, model, { starts, steps: 3 }, random));
        }
        const during = threadsBeside();
        await imagination.dispose();
        return { found, during };
      };
      const before = threadsBeside();
      const [one, two] = [await imagine(1), await imagine(2)];
      expect(two.found).toStrictEqual(one.found);
      expect(two.found[0]?.rows).toBeGreaterThan(count);
      expect(one.during).toBe(before);
      expect(two.during).toBe(rows > 3 ? before + 1 : before);
      expect(threadsBeside()).toBe(before);
    }
  });

  it('asks every member about as often, and draws anew at every step', async () => {
    const model = driftModel([1, 10, 100], 1e-6);
    const space = spaceOf(LINE);
    const imagination = new Imagination(await openEngine(), { space, task: task('x'), ...PLAIN }, 300, 1);
    const actor = untrainedActor(space, 'gaussian');
    const starts = new Float32Array(300);
    const { batch } = await imagination.imagine(actor, model, { starts, steps: 2 }, new Random(1));
    await imagination.dispose();
    const after = Array.from(batch.next.subarray(300, 600), Math.round);
    // Two draws of three with replacement: 1/9 for twice the same one.
    for (const [sum, share] of [
      [2, 1 / 9],
      [20, 1 / 9],
      [200, 1 / 9],
      [11, 2 / 9],
      [101, 2 / 9],
      [110, 2 / 9],
    ]) {
      const found = after.filter((value) => value === sum).length / 300;
      expect(Math.abs(found - (share as number))).toBeLessThan(0.08);
    }
  });

  it('adds the noise that the model predicts', async () => {
    const model = driftModel([2], 0.5);
    const space = spaceOf(LINE);
    const imagination = new Imagination(await openEngine(), { space, task: task('x'), ...PLAIN }, 2000, 1);
    const actor = untrainedActor(space, 'gaussian');
    const starts = new Float32Array(4000);
    const { batch } = await imagination.imagine(actor, model, { starts, steps: 1 }, new Random(1));
    await imagination.dispose();
    const mean = average([...batch.next]);
    expect(mean).toBeCloseTo(2, 1);
    expect(Math.sqrt(average(Array.from(batch.next, (x) => (x - mean) ** 2)))).toBeCloseTo(0.5, 1);
  });

  it('stops rows whose task ended, and those that ran off to infinity, which it leaves out', async () => {
    const model = driftModel([1], 1e-6);
    const space = spaceOf(LINE);
    const imagining = { space, task: task('x', 'x > 2.5'), ...PLAIN };
    const imagination = new Imagination(await openEngine(), imagining, 4, 1);
    const starts = Float32Array.from([0, 2, -5, Number.POSITIVE_INFINITY]);
    const actor = untrainedActor(space, 'gaussian');
    const found = await imagination.imagine(actor, model, { starts, steps: 5 }, new Random(1));
    await imagination.dispose();
    // From 0 three steps, the third of which ends it; from 2 one; from −5 all five.
    expect(found.rows).toBe(9);
    expect(found.diverged).toBe(1);
    expect([...found.batch.continues.subarray(0, 9)].filter((goesOn) => goesOn === 0)).toHaveLength(2);
    const reached = [...found.batch.next.subarray(0, 9)].sort((a, b) => a - b).map(Math.round);
    expect(reached.map((x) => x + 0)).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 3]);
    expect(found.rewards).toBeCloseTo(-10 + 1 + 2 + 3 + 3, 3);
  });

  it('takes from the reward what the model does not know, by the formula', async () => {
    const space = spaceOf(TURNING);
    const model = randomModel(TURNING, { class: ENSEMBLE }, 3);
    const actor = untrainedActor(space, 'gaussian');
    const starts = new Random(1).fillNormal(new Float32Array(2 * 7));
    const engine = await openEngine();
    const weights = model.normaliser.targetStd.map((std) => 1 / std);
    for (const kind of ['std', 'disagreement'] as const) {
      const imagining = { space, task: task('0'), learnedReward: false, penalty: { kind, weight: 3 } };
      const imagination = new Imagination(engine, imagining, 7, 1);
      const { batch, rows } = await imagination.imagine(actor, model, { starts, steps: 2 }, new Random(1));
      await imagination.dispose();
      const physical = physicalRows(space, batch.action, rows);
      const said = await predictedRows(model, space, batch.state, physical);
      for (let row = 0; row < rows; row++) {
        const members = [0, 1, 2].map((member) => ({
          mean: rowOf(said.mean, member * rows + row, 2),
          std: rowOf(said.std, member * rows + row, 2),
        }));
        const inUnits = (x: Float32Array) => [...x.map((one, c) => one * (weights[c] ?? 0))];
        const deviations = members.map(({ std }) => Math.sqrt(average(inUnits(std).map((x) => x * x))));
        const means = members.map(({ mean }) => inUnits(mean));
        const variances = [0, 1].map((c) => {
          const all = means.map((one) => one[c] ?? 0);
          return average(all.map((one) => (one - average(all)) ** 2));
        });
        const expected = kind === 'std' ? Math.max(...deviations) : Math.sqrt(average(variances));
        expect(expected).toBeGreaterThan(0.01);
        expect(batch.reward[row]).toBeCloseTo(-3 * expected, 3);
      }
    }
  });

  it('gives the reward that the model has learned where that is asked for, and says where there is none', async () => {
    const space = spaceOf(TURNING);
    const model = quiet(randomModel(TURNING, { class: ENSEMBLE, rewardHead: true }, 5));
    const imagining = { space, task: task('1000'), ...PLAIN, learnedReward: true };
    const imagination = new Imagination(await openEngine(), imagining, 6, 1);
    const actor = untrainedActor(space, 'deterministic');
    const starts = new Random(2).fillNormal(new Float32Array(2 * 6));
    const { batch, rows } = await imagination.imagine(actor, model, { starts, steps: 1 }, new Random(1));
    const said = await predictedRows(model, space, batch.state, physicalRows(space, batch.action, rows));
    for (let row = 0; row < rows; row++) {
      const rewards = [0, 1, 2].map((member) => rowOf(said.mean, member * rows + row, 3)[2] ?? 0);
      expect(Math.min(...rewards.map((one) => Math.abs(one - (batch.reward[row] ?? 0))))).toBeLessThan(1e-4);
    }
    const without = randomModel(TURNING, { class: ENSEMBLE }, 5);
    await expect(imagination.imagine(actor, without, { starts, steps: 1 }, new Random(1))).rejects.toThrow(
      'has not learned the reward',
    );
    await imagination.dispose();
  });
});

const threadsBeside = (): number => (process.report.getReport() as { workers: unknown[] }).workers.length;
const average = (list: number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
const rowOf = (x: Float32Array, row: number, width: number): Float32Array =>
  x.slice(row * width, (row + 1) * width);
const physicalRows = (space: PolicySpace, actions: Float32Array, rows: number): Float32Array => {
  const width = space.actions.length;
  return Float32Array.from(
    Array.from({ length: rows }, (_, row) => [...toPhysical(space, rowOf(actions, row, width))]).flat(),
  );
};
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - (b[i] ?? Number.NaN))));
const holds = (list: Float32Array, state: Float32Array): boolean => {
  for (let from = 0; from < list.length; from += state.length) {
    if (distance(list.subarray(from, from + state.length), state) < 1e-6) return true;
  }
  return false;
};
