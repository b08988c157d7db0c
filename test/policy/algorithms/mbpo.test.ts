import { describe, expect, it } from 'vitest';
import { algorithm } from '../../../src/main/policy/algorithms';
import type { OwnModelState } from '../../../src/main/policy/imagine/own-model';
import type { ReplayState } from '../../../src/main/policy/replay';
import { compileActing } from '../../../src/main/policy/representation/acting';
import { toPhysical } from '../../../src/main/policy/representation/space';
import type { Learned, TrainingSnapshot } from '../../../src/main/policy/types';
import { Random } from '../../../src/shared/random';
import { driftModel, LINE, randomModel } from '../../dynamics/models';
import { LineWorld, labFor, lineSpace, transition } from '../trainings';

const OPTIONS = {
  ...{ steps: 130, randomSteps: 40, batchSize: 32, updatesPerStep: 2, learningRate: 0.003 },
  ...{ modelMembers: 2, modelElites: 2, modelHiddenLayers: 1, modelHiddenUnits: 16, modelPasses: 3 },
  ...{ modelEverySteps: 40, rolloutsPerStep: 50, rolloutLast: 3, rolloutUntil: 120 },
} as const;
const SETTING = {
  channels: LINE,
  task: { name: 'stay', reward: '-square(x)', termination: '', maxSteps: 20 },
};

const lab = (options: Record<string, unknown> = {}, more: Parameters<typeof labFor>[1] = {}) =>
  labFor({ name: 'mbpo', ...OPTIONS, ...options }, { ...SETTING, world: new LineWorld(), ...more });

/** What a policy does at −0.8 and at 0.8. */
async function acts({ actor }: Learned): Promise<number[]> {
  const { engine } = await lab();
  const acting = await compileActing(engine, lineSpace(), actor);
  const at = async (x: number) =>
    toPhysical(lineSpace(), (await acting.act(actor, Float32Array.of(x))).greedy)[0] as number;
  const found = [await at(-0.8), await at(0.8)];
  await acting.dispose();
  return found;
}

/** Pushes at random, each by itself. */
const pushes = (count: number) => {
  const random = new Random(2);
  return Array.from({ length: count }, () => {
    const [at, push] = [random.uniformIn(-1, 1), random.uniformIn(-1, 1)];
    const [to, action] = [at + 0.1 * push, Float32Array.of(push)];
    return transition({ at, to, action, reward: -to * to, last: true });
  });
};

describe('MBPO', () => {
  it('learns in its own model what to do, and says what it imagined and how long the model is trusted', async () => {
    const own = await lab({ steps: 240, updatesPerStep: 5, realShare: 0, discount: 0.9 });
    const learned = await algorithm(own.options)(own);
    const [left, right] = await acts(learned);
    // Back to 0, and all of what it learned from was imagined.
    expect(left).toBeGreaterThan(0.4);
    expect(right).toBeLessThan(-0.4);
    expect(learned.steps).toBe(240);
    expect(learned.updates).toBeGreaterThan(900);
    const { detail, point } = own.last();
    expect(detail).toMatch(/^rollouts of 3 steps; the model is trusted for \d+$/);
    expect(own.notes.at(-1)).toMatch(/^In the end rollouts of 3 steps; the model is trusted for \d+\.$/);
    // Starts are from −1 to 1, so a mean of x² is within 1.2.
    expect(point().imaginedReward).toBeGreaterThan(-1.2);
    expect(point().imaginedReward).toBeLessThan(0);
  });

  it('comes to the same weights when it was interrupted and goes on', async () => {
    const run = async (more: Parameters<typeof labFor>[1] = {}) => {
      const own = await lab({}, more);
      return algorithm(own.options)(own);
    };
    const whole = await run();
    let snapshot: TrainingSnapshot | undefined;
    const interrupted = run({
      report: async (now) => {
        if (now.steps < 100) return;
        snapshot = structuredClone(now.snapshot());
        throw new Error('interrupted');
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    const model = snapshot?.parts.model as OwnModelState;
    expect(model.trainings).toBe(2);
    expect(model.trusted).not.toBeNull();
    const resumed = await run({ resumed: snapshot as TrainingSnapshot });
    expect(resumed.updates).toBe(whole.updates);
    expect(resumed.actor.arrays).toStrictEqual(whole.actor.arrays);
  });

  it('can be interrupted while the model learns', async () => {
    const own = await lab(
      { modelPasses: 5000 },
      {
        report: async ({ detail }) => {
          if (detail?.startsWith('the model learns')) throw new Error('enough');
        },
      },
    );
    await expect(algorithm(own.options)(own)).rejects.toThrow('enough');
  });

  it('says how far it is one word after the other, while the model learns, too', async () => {
    let [speaking, most, words] = [0, 0, 0];
    const own = await lab(
      { modelPasses: 200, steps: 60 },
      {
        report: async () => {
          most = Math.max(most, ++speaking);
          words++;
          // As an evaluation would, which drives a simulation of its own meanwhile.
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
          speaking--;
        },
      },
    );
    await algorithm(own.options)(own);
    expect(words).toBeGreaterThan(60);
    expect(most).toBe(1);
  });

  it('imagines as many rollouts as its steps are owed, and forgets them with the trainings of the model', async () => {
    const kept = async (options: Record<string, unknown>) => {
      const own = await lab({ updatesPerStep: 0.5, rolloutFirst: 2, rolloutLast: 2, ...options });
      await algorithm(own.options)(own);
      return (own.last().snapshot().parts.imagined as ReplayState).size;
    };
    // 91 steps from the 40th on, ten rollouts at the beginning and then ten whenever so many are owed.
    expect(await kept({ rolloutsPerStep: 1, modelEverySteps: 100 })).toBe(2 * 10 * 9);
    expect(await kept({ rolloutsPerStep: 1, modelEverySteps: 25, keptTrainings: 2 })).toBe(2 * 50);
  });

  it('without a world learns in the model that it was given, which stays as it is', async () => {
    // The model is right about nothing but that x goes up by 0.5 at every step.
    const model = driftModel([0.5], 1e-3);
    const offline = { world: null, recorded: pushes(100), model };
    const own = await lab({ steps: 64, realShare: 0.1, penalty: 'std', penaltyWeight: 0.1 }, offline);
    const { updates } = await algorithm(own.options)(own);
    expect(updates).toBe(64);
    expect((own.last().snapshot().parts.model as OwnModelState).model).toBe(model);
    // From −1 to 1 on average 0, then 0.5 further: −(1/3 + 1/4), less what the penalty takes.
    expect(own.last().point().imaginedReward).toBeLessThan(-0.4);
    expect(own.last().point().realReward).toBeNull();
  });

  it('without a world and a model trains one on what is recorded, once', async () => {
    const own = await lab({ steps: 100 }, { world: null, recorded: pushes(100) });
    const learned = await algorithm(own.options)(own);
    const { trainings, model } = own.last().snapshot().parts.model as OwnModelState;
    expect(trainings).toBe(1);
    expect(model?.summary.transitions).toBe(100);
    expect(learned.updates).toBeGreaterThan(90);
  });

  it('refuses a model of another rig, or of another history, by the first thing that differs', async () => {
    const other = { ...LINE, actions: LINE.actions.map((one) => ({ ...one, name: 'pull' })) };
    const refused = async (model: ReturnType<typeof randomModel>) => {
      const own = await lab({}, { model });
      return algorithm(own.options)(own);
    };
    const classOf = { class: { name: 'gaussian' } } as const;
    await expect(refused(randomModel(other, classOf))).rejects.toMatchObject({
      ...{ code: 'wrong-use', message: 'The model "untrained" has actions pull; the policy needs u.' },
    });
    await expect(refused(randomModel(LINE, { ...classOf, history: 3 }))).rejects.toThrow('a history of 3');
  });

  it('refuses a model without the reward that it is to learn from before anything moves', async () => {
    const world = new LineWorld();
    const own = await lab({ learnedReward: true }, { world, model: driftModel([1]) });
    await expect(algorithm(own.options)(own)).rejects.toThrow('has not learned the reward');
    expect(world.behaviours).toEqual([]);
  });
});
