import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compileUpdates, valuesOf } from '../../../src/main/dynamics/updates/updates';
import { algorithm } from '../../../src/main/policy/algorithms';
import {
  initialModelGradient,
  modelGradientActor,
  modelGradientFeeds,
  modelGradientUpdates,
  UPDATES_AT_ONCE,
} from '../../../src/main/policy/algorithms/model-gradient-update';
import { imaginedModel } from '../../../src/main/policy/imagine/model';
import { compileActing } from '../../../src/main/policy/representation/acting';
import { policyInputs } from '../../../src/main/policy/representation/actor';
import type { PolicySpace } from '../../../src/main/policy/representation/space';
import { stateValue, valueShape } from '../../../src/main/policy/representation/value';
import type { Learned, TrainingSnapshot } from '../../../src/main/policy/types';
import { openEngine } from '../../../src/main/tensor';
import { Random } from '../../../src/shared/random';
import { driftModel, LINE } from '../../dynamics/models';
import { LineWorld, labFor, lineSpace } from '../trainings';

const OPTIONS = {
  ...{ steps: 200, randomSteps: 40, batchSize: 64, updatesPerStep: 1, learningRate: 0.01, discount: 0.9 },
  ...{ modelMembers: 2, modelElites: 2, modelHiddenLayers: 1, modelHiddenUnits: 16, modelPasses: 3 },
  ...{ modelEverySteps: 60, rolloutFirst: 5, rolloutLast: 5, hiddenLayers: 1 },
};
const SETTING = {
  channels: LINE,
  task: { name: 'stay', reward: '-square(x)', termination: '', maxSteps: 20 },
};

const learned = async (options: Record<string, unknown>, more: Parameters<typeof labFor>[1] = {}) => {
  const given = { name: 'model-gradient', ...OPTIONS, ...options } as const;
  const lab = await labFor(given, { ...SETTING, world: new LineWorld(), ...more });
  return { ...(await algorithm(lab.options)(lab)), lab };
};

/** What a policy does at −0.8 and at 0.8. */
async function acts({ actor }: Pick<Learned, 'actor'>, space: PolicySpace): Promise<[number, number]> {
  const acting = await compileActing(await openEngine(), space, actor);
  const at = async (x: number) => (await acting.act(actor, Float32Array.of(x))).greedy[0] as number;
  const found: [number, number] = [await at(-0.8), await at(0.8)];
  await acting.dispose();
  return found;
}

/** V of some states. */
async function valuesAt({ actor, value }: Learned, states: number[]): Promise<Float32Array> {
  const arrays = new Map([...actor.arrays, ...(value ?? [])]);
  const shape = valueShape(value ?? new Map(), actor.shape.activation);
  const program = await (await openEngine()).compile(
    (given) => ({
      values: stateValue(shape, given, policyInputs(lineSpace(), given, given.states as tf.Tensor3D)),
    }),
    [
      ...[...arrays].map(([name, array]) => ({ name, shape: array.shape })),
      { name: 'states', shape: [1, states.length, 1] },
    ],
    { name: 'values' },
  );
  const { values } = await program.run({ ...valuesOf(arrays), states: Float32Array.from(states) });
  await program.dispose();
  return values as Float32Array;
}

describe.each(['pathwise', 'likelihood-ratio'] as const)(
  'the policy gradient in the model, %s',
  (estimator) => {
    it('learns what to do, and what a state is worth', async () => {
      const found = await learned({ estimator });
      const [left, right] = await acts(found, lineSpace());
      expect(left).toBeGreaterThan(0.4);
      expect(right).toBeLessThan(-0.4);
      const [far = 0, near = 0] = await valuesAt(found, [1, 0]);
      expect(near).toBeGreaterThan(far + 0.5);
      expect(found.updates).toBe(136);
      expect(found.lab.last().detail).toMatch(/^rollouts of 5 steps; the model is trusted for \d+$/);
      expect(found.lab.last().point().imaginedReward).toBeLessThan(0);
    });

    it('comes with two threads to the weights that it comes to with one', async () => {
      const options = { estimator, steps: 100 };
      const [one, two] = [await learned(options, { threads: 1 }), await learned(options, { threads: 2 })];
      expect(two.updates).toBeGreaterThan(20);
      expect(two.actor.arrays).toStrictEqual(one.actor.arrays);
      expect(two.value).toStrictEqual(one.value);
    });

    it('comes to the same weights when it was interrupted and goes on', async () => {
      const options = { estimator, steps: 110 };
      const whole = await learned(options);
      let snapshot: TrainingSnapshot | undefined;
      const interrupted = learned(options, {
        report: async (now) => {
          if (now.steps < 70) return;
          snapshot = structuredClone(now.snapshot());
          throw new Error('interrupted');
        },
      });
      await expect(interrupted).rejects.toThrow('interrupted');
      const resumed = await learned(options, { resumed: snapshot as TrainingSnapshot });
      expect(resumed.actor.arrays).toStrictEqual(whole.actor.arrays);
      expect(resumed.value).toStrictEqual(whole.value);
    });
  },
);

describe('the policy gradient in the model', () => {
  it('goes on from another policy, its value and what that is learned towards, and begins anew what has another shape', async () => {
    const found = await learned({});
    const begin = { arrays: found.actor.arrays, value: found.value };
    const few = { steps: 66, learningRate: 1e-6 };
    const gone = await learned(few, { begin });
    expect(gone.updates).toBeGreaterThan(0);
    const [left, right] = await acts(gone, lineSpace());
    const [before, after] = await acts(found, lineSpace());
    expect(left).toBeCloseTo(before, 2);
    expect(right).toBeCloseTo(after, 2);
    expect(before - after).toBeGreaterThan(0.8);
    const fresh = await learned({ ...few, hiddenUnits: 8 });
    const other = await learned({ ...few, hiddenUnits: 8 }, { begin });
    expect(await acts(other, lineSpace())).toEqual(await acts(fresh, lineSpace()));
    expect(other.lab.notes).toContainEqual(expect.stringMatching(/^It began anew: the policy/));
    expect(gone.lab.notes).not.toContainEqual(expect.stringMatching(/^It began anew/));
  });

  it('learns discrete actions by likelihood ratio, and says that it cannot differentiate by them', async () => {
    const space = lineSpace([-1, 0, 1]);
    const found = await learned({ estimator: 'likelihood-ratio' }, { space });
    expect(await acts(found, space)).toEqual([1, -1]);
    await expect(learned({ estimator: 'pathwise' }, { space })).rejects.toMatchObject({
      ...{ code: 'wrong-use', next: 'Choose the estimator "likelihood-ratio".' },
    });
  });

  it.each(['pathwise', 'likelihood-ratio'] as const)(
    '%s: learns nothing from beyond the length of rollouts',
    async (estimator) => {
      const space = lineSpace();
      const task = { ...SETTING.task, termination: 'x > 3' };
      const penalty = { kind: 'none', weight: 0 } as const;
      const imagining = { space, task, learnedReward: false, penalty };
      const model = imaginedModel(driftModel([0.3, -0.3], 0.1), imagining);
      const engine = await openEngine();
      const updated = async (rolloutLast: number) => {
        const given = {
          name: 'model-gradient',
          ...OPTIONS,
          estimator,
          rolloutFirst: 1,
          rolloutLast,
          batchSize: 8,
        } as const;
        const { options } = await labFor(given);
        const arrays = initialModelGradient(space, options, new Random(1));
        const program = await compileUpdates(
          engine,
          modelGradientUpdates(imagining, model, options, arrays, 100),
        );
        const random = new Random(2);
        const startsOf = (rows: number) => new Random(3).fillNormal(new Float32Array(rows));
        const shape = modelGradientActor(space, options);
        const feeds = modelGradientFeeds(imagining, model, shape, options, { startsOf, length: 1, random });
        // What every length is fed with alike lies first, in each of the updates of a call.
        for (const [name, values] of Object.entries(feeds)) {
          for (let update = 0; update < UPDATES_AT_ONCE; update++) {
            const words = values.length / UPDATES_AT_ONCE;
            const own = values.subarray(update * words, (update + 1) * words);
            if (name.endsWith('Noise')) new Random(4).fillNormal(own);
            if (name.endsWith('dealt')) own.set([1, 0]);
          }
        }
        const { state } = await program.run(program.initial, feeds, 1);
        await program.dispose();
        return { before: program.initial, state };
      };
      const [one, four] = [await updated(1), await updated(4)];
      expect(one.state['actor/layer0/kernel']).not.toEqual(one.before['actor/layer0/kernel']);
      for (const [name, values] of Object.entries(one.state)) {
        const other = four.state[name] ?? [];
        values.forEach((value, i) => {
          expect(other[i]).toBeCloseTo(value, 4);
        });
      }
    },
  );
});
