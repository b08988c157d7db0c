import { describe, expect, it } from 'vitest';
import { algorithm } from '../../../src/main/policy/algorithms';
import { compileActing } from '../../../src/main/policy/representation/acting';
import { toPhysical } from '../../../src/main/policy/representation/space';
import type { Lab, TrainingSnapshot } from '../../../src/main/policy/types';
import { Random } from '../../../src/shared/random';
import { LineWorld, labFor, lineSpace, transition } from '../trainings';

const OFF_POLICY = ['sac', 'td3', 'crossq'] as const;
const small = { batchSize: 16, randomSteps: 20, steps: 60, criticUnits: 16 };
const optionsOf = (name: (typeof OFF_POLICY)[number], more: Record<string, unknown> = {}) => {
  const { criticUnits, ...common } = small;
  return { name, ...common, ...(name === 'crossq' ? { criticUnits } : {}), ...more };
};

/** Sixty transitions that lead nowhere, each rewarded with 1. */
const standing = (kind: { terminated: boolean; last: boolean }) => {
  const random = new Random(3);
  return Array.from({ length: 60 }, () => {
    const action = Float32Array.of(random.uniformIn(-1, 1));
    return transition({ at: random.uniformIn(-1, 1), action, reward: 1, ...kind });
  });
};

describe.each(OFF_POLICY)('%s', (name) => {
  it('comes to the same weights when it was interrupted and goes on', async () => {
    const run = async (more: Partial<Lab> = {}) => {
      const lab = await labFor(optionsOf(name), { world: new LineWorld(), ...more });
      return algorithm(lab.options)(lab);
    };
    const whole = await run();
    let snapshot: TrainingSnapshot | undefined;
    const interrupted = run({
      report: async (now) => {
        if (now.steps < 40) return;
        snapshot = now.snapshot();
        throw new Error('interrupted');
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    const resumed = await run({ resumed: structuredClone(snapshot) as TrainingSnapshot });
    expect(resumed.steps).toBe(whole.steps);
    expect(resumed.updates).toBe(whole.updates);
    expect(whole.updates).toBeGreaterThan(20);
    expect(resumed.actor.arrays).toStrictEqual(whole.actor.arrays);
  });

  it('expects nothing after a termination, and goes on expecting after a step limit', async () => {
    const value = async (kind: { terminated: boolean; last: boolean }) => {
      const options = { steps: 480, discount: 0.8, learningRate: 0.01, batchSize: 32, targetRate: 0.2 };
      const { targetRate, ...without } = options;
      const given = optionsOf(name, name === 'crossq' ? without : { ...without, targetRate });
      const lab = await labFor(given, { recorded: standing(kind) });
      await algorithm(lab.options)(lab);
      return lab.last().point().value ?? Number.NaN;
    };
    expect(await value({ terminated: true, last: true })).toBeCloseTo(1, 0);
    expect(await value({ terminated: false, last: true })).toBeGreaterThan(2.5);
  });

  it('refuses three recorded steps, and steps that are random motion all', async () => {
    const few = await labFor(optionsOf(name), {
      recorded: standing({ terminated: false, last: true }).slice(0, 3),
    });
    await expect(algorithm(few.options)(few)).rejects.toMatchObject({
      ...{ code: 'bad-data', message: expect.stringContaining('There are 3 recorded steps to learn from') },
      next: 'Choose more episodes, or a smaller batch.',
    });
    const random = await labFor(optionsOf(name, { randomSteps: 100 }), { world: new LineWorld() });
    await expect(algorithm(random.options)(random)).rejects.toMatchObject({ code: 'wrong-use' });
  });

  it('ends with a sentence when values are no numbers any more', async () => {
    const recorded = standing({ terminated: false, last: true }).map((one) => ({ ...one, reward: 1e30 }));
    const lab = await labFor(optionsOf(name), { recorded });
    await expect(algorithm(lab.options)(lab)).rejects.toMatchObject({
      ...{ name: 'ForesightError', code: 'bad-data' },
      message: expect.stringContaining('is not a number any more'),
    });
  });

  it('explores within its limit', async () => {
    const world = new LineWorld();
    const lab = await labFor(optionsOf(name, { explorationLimit: 0.25 }), { world });
    await algorithm(lab.options)(lab);
    const acting = world.behaviours.filter(({ kind }) => kind === 'actor');
    expect(acting.length).toBeGreaterThan(0);
    for (const behaviour of acting) expect(behaviour).toMatchObject({ explore: true, limit: 0.5 });
  });

  it('moves at random for as many steps as it was to, however few updates they are owed', async () => {
    const world = new LineWorld();
    const lab = await labFor(optionsOf(name, { updatesPerStep: 0.2 }), { world });
    await algorithm(lab.options)(lab);
    const acts = world.behaviours.findIndex(({ kind }) => kind === 'actor');
    expect(world.begun[acts]).toBe(small.randomSteps);
  });

  it('makes the updates that its steps are owed', async () => {
    const lab = await labFor(optionsOf(name, { updatesPerStep: 4 }), { world: new LineWorld() });
    const { steps, updates } = await algorithm(lab.options)(lab);
    // From step 20 on, less what does not fill a call.
    expect(steps).toBe(60);
    expect(updates).toBeGreaterThan(4 * 41 - 8);
    expect(updates).toBeLessThanOrEqual(4 * 41);
  });

  it('on a rig looks at what happened between a few calls, and says what it did not manage', async () => {
    const world = new LineWorld('rig');
    const lab = await labFor(optionsOf(name, { updatesPerStep: 100 }), { world });
    const { updates } = await algorithm(lab.options)(lab);
    expect(updates).toBeLessThanOrEqual(41 * 4 * 8);
    expect(lab.notes.join()).toContain('did not keep up with the rig');
  });

  it('on a rig that ends makes no further update, whatever is owed', async () => {
    const world = new LineWorld('rig');
    let made = 0;
    const lab = await labFor(optionsOf(name, { updatesPerStep: 100, steps: 200 }), {
      world,
      report: async ({ steps, updates }) => {
        if (steps !== 24) return;
        world.ended = true;
        made = updates;
      },
    });
    const { steps, updates } = await algorithm(lab.options)(lab);
    expect(steps).toBe(24);
    expect(updates).toBe(made);
  });
});

describe.each(['td3', 'crossq'] as const)('%s', (name) => {
  it('refuses discrete actions', async () => {
    const lab = await labFor(optionsOf(name), { space: lineSpace([-1, 1]), world: new LineWorld() });
    await expect(algorithm(lab.options)(lab)).rejects.toMatchObject({
      ...{ code: 'wrong-use', next: 'Choose SAC, which learns discrete actions too.' },
    });
  });
});

describe('learning what to do', () => {
  /** Rewarded for pushing the way it stands, which ends the episode. */
  const pushes = (values: number[] | null) => {
    const random = new Random(5);
    return Array.from({ length: 400 }, () => {
      const at = random.uniformIn(-1, 1);
      const action = values ? (values[random.integer(values.length)] as number) : random.uniformIn(-1, 1);
      const reward = action * Math.sign(at);
      return transition({ at, action: Float32Array.of(action), reward, terminated: true, last: true });
    });
  };
  const learned = async (given: Parameters<typeof labFor>[0], values: number[] | null) => {
    const space = lineSpace(values);
    const options = { steps: 400, batchSize: 64, learningRate: 0.01, ...given };
    const lab = await labFor(options, { space, recorded: pushes(values) });
    const { actor } = await algorithm(lab.options)(lab);
    const acting = await compileActing(lab.engine, space, actor);
    const act = async (at: number) =>
      toPhysical(space, (await acting.act(actor, Float32Array.of(at))).greedy)[0];
    const acts = [await act(-0.6), await act(0.6)];
    await acting.dispose();
    return acts;
  };

  it.each([
    ['SAC', { name: 'sac' }],
    ['SAC with ten critics, three in the target (REDQ)', { name: 'sac', critics: 10, criticsInTarget: 3 }],
    ['SAC with normalised critics that drop out (DroQ)', { name: 'sac', layerNorm: true, dropout: 0.01 }],
    ['TD3', { name: 'td3' }],
    ['CrossQ', { name: 'crossq', criticUnits: 32 }],
  ] as const)('%s pushes the way that is rewarded', async (_, given) => {
    const [left, right] = await learned(given, null);
    expect(left).toBeLessThan(-0.5);
    expect(right).toBeGreaterThan(0.5);
  });

  it('discrete SAC chooses among the values that there are', async () => {
    expect(await learned({ name: 'sac' }, [-1, 0.2, 1])).toEqual([-1, 1]);
  });
});
