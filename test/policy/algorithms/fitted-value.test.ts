import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { arrayConstants } from '../../../src/main/dynamics/classes';
import { algorithm } from '../../../src/main/policy/algorithms';
import { compileActing } from '../../../src/main/policy/representation/acting';
import { policyInputs } from '../../../src/main/policy/representation/actor';
import { stateValue, valueShape } from '../../../src/main/policy/representation/value';
import type { Learned, TrainingSnapshot } from '../../../src/main/policy/types';
import { Random } from '../../../src/shared/random';
import { LINE, randomModel } from '../../dynamics/models';
import { disagreeing } from '../../plan/smooth-models';
import { labFor, lineSpace, transition } from '../trainings';

const GAIN = 0.2;
const DISCOUNT = 0.8;
const recorded = Array.from({ length: 300 }, (_, i) => {
  const at = -1 + (2 * i) / 299;
  return transition({ at, to: at, reward: -at * at, last: true });
});
const lab = (options: Record<string, unknown> = {}, more: Parameters<typeof labFor>[1] = {}) =>
  labFor(
    {
      ...{ name: 'fitted-value', steps: 600, batchSize: 64, candidates: 8, discount: DISCOUNT },
      ...{ learningRate: 0.003, targetRate: 0.1, hiddenUnits: 32, ...options },
    },
    {
      ...{ channels: LINE, recorded, model: disagreeing([GAIN, GAIN]) },
      task: { name: 'stay', reward: '-square(x)', termination: '', maxSteps: 20 },
      ...more,
    },
  );

async function values({ actor, value }: Learned, at: readonly number[]): Promise<number[]> {
  const { engine } = await lab();
  const space = lineSpace();
  const program = await engine.compile(
    ({ state }) => {
      const tensors = arrayConstants({
        ...Object.fromEntries(actor.arrays),
        ...Object.fromEntries(value ?? []),
      });
      const inputs = policyInputs(space, tensors, state as tf.Tensor3D);
      return { worth: stateValue(valueShape(value ?? new Map(), 'silu'), tensors, inputs) };
    },
    [{ name: 'state', shape: [1, at.length, 1] }],
    { name: 'values' },
  );
  const { worth } = await program.run({ state: Float32Array.from(at) });
  await program.dispose();
  return [...(worth as Float32Array)];
}

/** Going straight to 0: what is paid is where each step leads. */
function best(at: number): number {
  let [left, worth, total] = [Math.abs(at), 1, 0];
  while (left > 0 && worth > 1e-6) {
    left = Math.max(0, left - GAIN);
    total -= worth * left ** 2;
    worth *= DISCOUNT;
  }
  return total;
}

describe('fitted value iteration', () => {
  it('finds what states are worth in a model, in units of the reward, and what to do there', async () => {
    const own = await lab({ steps: 1500 });
    const learned = await algorithm(own.options)(own);
    const places = [-0.9, -0.5, 0, 0.4, 0.8];
    const found = await values(learned, places);
    places.forEach((at, i) => {
      expect(Math.abs((found[i] as number) - best(at))).toBeLessThan(0.06);
    });
    const acting = await compileActing(own.engine, own.space, learned.actor);
    const acts = async (at: number) =>
      (await acting.act(learned.actor, Float32Array.of(at))).greedy[0] as number;
    expect(await acts(-0.8)).toBeGreaterThan(0.6);
    expect(await acts(0.8)).toBeLessThan(-0.6);
    await acting.dispose();
    expect(learned).toMatchObject({ steps: recorded.length, updates: 1500 });
  });

  it('knows that nothing is earned after the end of the task', async () => {
    const task = { name: 'away', reward: '1', termination: 'abs(x) > 0.5', maxSteps: 20 };
    const paying = recorded.map((one) => ({ ...one, reward: 1 }));
    const own = await lab({ steps: 1500, discount: 0.9 }, { task, recorded: paying });
    const [inside, beyond] = await values(await algorithm(own.options)(own), [0, 0.9]);
    // For ever it would be 10, near a jump that a network rounds off; from outside one cannot come back in one step.
    expect(inside).toBeGreaterThan(7);
    expect(inside).toBeLessThan(12);
    expect(beyond).toBeLessThan(3);
  });

  it('goes on where it was, as if nothing had happened', async () => {
    const whole = await lab({ steps: 80 });
    let snapshot: TrainingSnapshot | undefined;
    const watched = {
      ...whole,
      report: async (now: Parameters<typeof whole.report>[0]) => {
        if (now.updates === 40) snapshot = structuredClone(now.snapshot());
      },
    };
    const learned = await algorithm(whole.options)(watched);
    const again = await lab({ steps: 80 }, { resumed: snapshot ?? null, random: new Random(1) });
    const resumed = await algorithm(again.options)(again);
    expect(snapshot?.counters.updates).toBe(40);
    expect(resumed.value).toEqual(learned.value);
    expect(resumed.actor).toEqual(learned.actor);
  });

  it.each([
    ['without a model', {}, { model: null }, 'none was chosen'],
    [
      'with a model of another rig',
      {},
      { model: randomModel({ ...LINE, periodSeconds: 9 }, {}) },
      'control period',
    ],
    ['with fewer steps than a batch', { batchSize: 400 }, {}, '300 recorded steps'],
    ['where actions are discrete', {}, { space: lineSpace([-1, 1]) }, 'Fitted value iteration'],
  ])('says what is missing %s', async (_, options, more, words) => {
    const own = await lab(options, more);
    await expect(algorithm(own.options)(own)).rejects.toMatchObject({
      message: expect.stringContaining(words),
    });
  });
});
