import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../../src/main/dynamics/updates/updates';
import { imaginedModel } from '../../../src/main/policy/imagine/model';
import { lambdaReturns, unrolledRollout, unrolledSpecs } from '../../../src/main/policy/imagine/unrolled';
import { openEngine } from '../../../src/main/tensor';
import { driftModel, LINE } from '../../dynamics/models';
import { spaceOf, untrainedActor } from './imagining';

describe('a rollout inside of one program', () => {
  it('deals every block of rows to the member that it is told, and lets a row stand still where its task ended', async () => {
    const space = spaceOf(LINE);
    const actor = untrainedActor(space, 'gaussian');
    const task = { name: 'task', reward: '2 * x', termination: 'x > 105', maxSteps: 10 };
    const imagining = {
      ...{ space, task, learnedReward: false },
      penalty: { kind: 'none', weight: 0 } as const,
    };
    const model = imaginedModel(driftModel([1, 10, 100], 1e-6), imagining);
    const specs = unrolledSpecs(imagining, model, actor.shape, { rows: 6, steps: 3 });
    const weights = { ...valuesOf(actor.arrays), ...valuesOf(model.arrays) };
    const arrays = [...actor.arrays, ...model.arrays].map(([name, { shape }]) => ({ name, shape }));
    const program = await (await openEngine()).compile(
      (given) => {
        const found = unrolledRollout(imagining, model, actor.shape, given, given);
        const flat = (list: tf.Tensor3D[]) => tf.concat(list, 1);
        return {
          ...{ states: flat(found.states), rewards: flat(found.rewards) },
          ...{ continues: flat(found.continues), alive: flat(found.alive) },
        };
      },
      [...arrays, ...specs],
      { name: 'unrolled' },
    );
    const zeros = Object.fromEntries(
      specs.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
    );
    // Of the last step member 0 has block 2, member 1 block 0 and member 2 block 1.
    const dealt = Float32Array.from(
      [
        [0, 1, 2],
        [2, 1, 0],
        [2, 0, 1],
      ].flat(),
    );
    const start = Float32Array.from([0, 0.5, 0, 0, 0, 0]);
    const found = (await program.run({ ...weights, ...zeros, dealt, start })) as Record<string, Float32Array>;
    await program.dispose();
    const rows = (name: string) => [...(found[name] ?? [])].map((value) => Math.round(10 * value) / 10);
    expect(rows('states')).toEqual([
      ...[0, 0.5, 0, 0, 0, 0],
      ...[1, 1.5, 10, 10, 100, 100],
      ...[101, 101.5, 20, 20, 101, 101],
      // 111 ends it, so rows 0 and 1 stay where they were; 120 does so too.
      ...[101, 101.5, 20, 20, 102, 102],
    ]);
    expect(rows('rewards').slice(12)).toEqual([222, 223, 240, 240, 204, 204]);
    expect(rows('continues')).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1]);
    expect(rows('alive')).toEqual(Array(18).fill(1));
  });
});

describe('λ-returns', () => {
  it('are those of the formula, where a task ends and where a rollout is shorter than the program', async () => {
    const engine = await openEngine();
    const number = fc.float({ min: -10, max: 10, noNaN: true });
    const steps = 4;
    const program = await engine.compile(
      (given) => {
        const list = (name: string) =>
          tf.split(
            given[name] as tf.Tensor,
            (given[name] as tf.Tensor).shape[0] as number,
            0,
          ) as tf.Tensor3D[];
        const returns = lambdaReturns(
          { rewards: list('rewards'), continues: list('continues') },
          list('values'),
          list('lambdas'),
          0.9,
        );
        return { returns: tf.concat(returns, 0) };
      },
      [
        ...['rewards', 'continues', 'lambdas'].map((name) => ({ name, shape: [steps, 1, 1] })),
        { name: 'values', shape: [steps + 1, 1, 1] },
      ],
      { name: 'λ-returns' },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { minLength: steps, maxLength: steps }),
        fc.array(number, { minLength: steps + 1, maxLength: steps + 1 }),
        fc.integer({ min: 1, max: steps }),
        fc.integer({ min: 0, max: steps }),
        async (rewards, values, length, end) => {
          const lambdas = new Float32Array(steps).fill(0.8, 0, length - 1);
          const continues = Float32Array.from({ length: steps }, (_, step) => (step === end ? 0 : 1));
          const given = { rewards: Float32Array.from(rewards), values: Float32Array.from(values) };
          const { returns } = await program.run({ ...given, lambdas, continues });
          // By n-step returns: R = (1 − λ) Σ_n λ^{n−1} G_n + λ^{last − 1} G_last.
          const to = (n: number) => {
            let sum = 0;
            for (let step = 0; step < n; step++) {
              sum += 0.9 ** step * (rewards[step] ?? 0);
              if (step === end) return sum;
            }
            return sum + 0.9 ** n * (values[n] ?? 0);
          };
          let expected = 0.8 ** (length - 1) * to(length);
          for (let n = 1; n < length; n++) expected += 0.2 * 0.8 ** (n - 1) * to(n);
          expect(returns?.[0]).toBeCloseTo(expected, 3);
        },
      ),
      { numRuns: 50 },
    );
    await program.dispose();
  });
});
