import { beforeAll, describe, expect, it } from 'vitest';
import { clone } from '../../../src/main/policy/algorithms/clone';
import { distil } from '../../../src/main/policy/algorithms/distil';
import { evaluatePolicy } from '../../../src/main/policy/evaluate';
import type { TrainingState } from '../../../src/main/policy/lab';
import { type LearnRequest, learn } from '../../../src/main/policy/learn';
import type { Transition } from '../../../src/main/policy/replay';
import { policySpace } from '../../../src/main/policy/representation/space';
import type { Actor } from '../../../src/main/policy/representation/types';
import { planningTeacher } from '../../../src/main/policy/teacher';
import type { Lab, Teacher, TrainingSnapshot } from '../../../src/main/policy/types';
import { simulatedWorld } from '../../../src/main/policy/world/simulated';
import { loadRig } from '../../../src/main/rig';
import { openEngine } from '../../../src/main/tensor';
import { AlgorithmOptions, type AlgorithmOptionsOf } from '../../../src/shared/policy';
import { Random } from '../../../src/shared/random';
import type { Rig } from '../../../src/shared/rig';
import { LineWorld, labFor } from '../trainings';

let rig: Rig;
beforeAll(async () => {
  rig = await loadRig('cartpole-balance');
});

/** Balances the pole by gains; says how often it was asked, and how often an episode began. */
class Gains implements Teacher {
  asked = 0;
  begun = 0;
  async advise({ state, before }: { state: Float32Array; before: Float32Array | null }) {
    this.asked++;
    if (before === null) this.begun++;
    const [x = 0, v = 0, angle = 0, omega = 0] = state;
    return Float32Array.of(Math.max(-1, Math.min(1, 0.1 * x + 0.2 * v + 3 * angle + 0.6 * omega)));
  }
}

const train = (options: object, request: Partial<LearnRequest> = {}) =>
  learn({
    ...{ rig, task: rig.file.task, seed: 1, engine: 'native', threads: 1, history: 1 },
    ...{ where: 'simulation', recorded: [], signal: new AbortController().signal },
    options: AlgorithmOptions.parse({ hiddenUnits: 32, batchSize: 64, ...options }),
    onProgress: () => undefined,
    ...request,
  });
async function returnOf(actor: Actor, on = rig): Promise<number> {
  const given = { rig: on, task: on.file.task, history: 1, actor, episodes: 5, seed: 9 };
  return (await evaluatePolicy({ ...given, engine: await openEngine() })).mean;
}

/** Steps that a teacher drove, a few of them by chance. */
async function driven(teacher: Teacher, steps: number, on = rig): Promise<Transition[]> {
  const space = policySpace(on.file);
  const there = await simulatedWorld(on, on.file.task, { space, engine: await openEngine(), seed: 4 });
  const { learned } = await train({ name: 'clone', steps: 8 }, { recorded: straight(), where: 'recorded' });
  await there.behave({ kind: 'taught', teacher, share: 0.9, actor: learned.actor });
  const { transitions } = await there.experience(steps);
  await there.close();
  return transitions;
}
/** Nothing happens in it. */
const straight = (): Transition[] =>
  Array.from({ length: 64 }, (_, at) => ({
    ...{ state: Float32Array.of(0.01 * at, 0, 0, 0), next: Float32Array.of(0.01 * (at + 1), 0, 0, 0) },
    ...{ action: Float32Array.of(0), reward: 1, terminated: false, last: at === 63 },
  }));

describe('behaviour cloning', () => {
  it('does what was done in the recorded episodes, and says how well where it has not learned from', async () => {
    const recorded = await driven(new Gains(), 1500);
    const { learned, notes, curve } = await train(
      { name: 'clone', steps: 3000 },
      { recorded, where: 'recorded', evaluate: { everySteps: 1000, episodes: 2, seed: 3 } },
    );
    // Learned from what is recorded alone, and judged in the simulation on its way.
    expect(curve.find(({ evaluated }) => evaluated !== null)?.evaluated).toBeGreaterThan(100);
    expect(learned.actor.shape.kind).toBe('deterministic');
    expect(await returnOf(learned.actor)).toBeGreaterThan(190);
    expect(notes.join()).toMatch(/^On what was held out its actions differ by 0\.0\d+ of half their range/);
  });

  it('learns discrete actions by likelihood', async () => {
    const actions = rig.file.actions.map((channel) => ({ ...channel, hold: -1, values: [-1, 1] }));
    const discrete = { ...rig, file: { ...rig.file, actions } };
    const recorded = (await driven(new Gains(), 1500)).map((step) => ({
      ...step,
      action: step.action.map((value) => (value > 0 ? 1 : -1)),
    }));
    const { learned, notes } = await train(
      { name: 'clone', steps: 2000 },
      { rig: discrete, recorded, where: 'recorded' },
    );
    expect(learned.actor.shape.kind).toBe('categorical');
    expect(notes.join()).toMatch(/^On what was held out it gives what was done a chance of 0\.[6-9]/);
    expect(await returnOf(learned.actor, discrete)).toBeGreaterThan(120);
  });

  it('stops when what is held out gets no better', async () => {
    const random = new Random(3);
    // Actions that nothing of the state explains: only their mean can be learned.
    const recorded = straight().map((step) => ({
      ...step,
      action: Float32Array.of(random.uniformIn(-1, 1)),
    }));
    const { learned } = await train(
      { name: 'clone', steps: 50_000, patience: 3 },
      { recorded, where: 'recorded' },
    );
    expect(learned.updates).toBeLessThan(20_000);
  });

  it('goes on from where it was interrupted as if it had not been', async () => {
    const taken: TrainingState[] = [];
    const checkpoint = { due: () => true, take: (one: TrainingState) => taken.push(structuredClone(one)) };
    const given = { recorded: straight(), where: 'recorded' } as const;
    const whole = await train({ name: 'clone', steps: 416, patience: 100 }, { ...given, checkpoint });
    const rest = await train(
      { name: 'clone', steps: 416, patience: 100 },
      { ...given, ...(taken[1] && { resumed: taken[1] }) },
    );
    expect(taken.length).toBeGreaterThan(2);
    expect(rest.learned.updates).toBe(whole.learned.updates);
    expect(rest.learned.actor).toEqual(whole.learned.actor);
  });

  it('goes on from any moment with the weights that were best and the patience that was left', async () => {
    const random = new Random(3);
    // Nothing of the state explains what is done: what is best comes early, and patience ends it.
    const recorded = straight().map((step) => ({
      ...step,
      action: Float32Array.of(random.uniformIn(-1, 1)),
    }));
    const run = async (more: Partial<Lab> = {}) => {
      const given = { name: 'clone', steps: 50_000, patience: 3, batchSize: 16, learningRate: 0.01 } as const;
      return clone(await labFor(given, { recorded, space: policySpace(rig.file), ...more }));
    };
    const taken: TrainingSnapshot[] = [];
    const whole = await run({
      report: async (now) => void taken.push(structuredClone(now.snapshot())),
    });
    expect(whole.updates).toBeLessThan(50_000);
    // The last looks are without a gain: only the weights that were best before them are kept.
    for (const resumed of [taken[0], taken.at(-2), taken.at(-1)]) {
      expect(await run({ resumed: resumed as TrainingSnapshot })).toEqual(whole);
    }
  });

  it('has nothing to imitate without recorded episodes', async () => {
    await expect(train({ name: 'clone' })).rejects.toMatchObject({ code: 'bad-data' });
  });
});

describe('a distilled planner', () => {
  it('is asked in the states that the policy leads to, and is what the policy does in the end', async () => {
    const teacher = new Gains();
    const { learned, curve } = await train(
      { name: 'distil', steps: 3000, episodesPerRound: 3, updatesPerRound: 400 },
      { teacher },
    );
    // At every step, and every episode is one of its own to it.
    expect(teacher.asked).toBeGreaterThanOrEqual(3000);
    expect(teacher.begun).toBeGreaterThanOrEqual(Math.floor(teacher.asked / 200));
    expect(learned.steps).toBe(teacher.asked);
    expect(await returnOf(learned.actor)).toBeGreaterThan(190);
    expect(curve.at(-1)?.updates).toBeGreaterThan(0);
  });

  it('goes on from where it was interrupted as if it had not been', async () => {
    const options = {
      name: 'distil',
      steps: 1200,
      episodesPerRound: 2,
      updatesPerRound: 104,
      shareDecay: 0.9,
    };
    const taken: TrainingState[] = [];
    const checkpoint = { due: () => true, take: (one: TrainingState) => taken.push(structuredClone(one)) };
    const whole = await train(options, { teacher: new Gains(), checkpoint });
    // The first word after a round, between two episodes.
    const resumed = taken.find(({ snapshot }) => snapshot.counters.round === 1);
    expect(resumed?.snapshot.counters.steps).toBeLessThan(whole.learned.steps);
    const rest = await train(options, { teacher: new Gains(), ...(resumed && { resumed }) });
    expect(rest.learned).toEqual(whole.learned);
  });

  it('finishes the lesson that it was interrupted in, be it the last one', async () => {
    const options = { name: 'distil', steps: 200, episodesPerRound: 1, updatesPerRound: 416 };
    const taken: TrainingState[] = [];
    const checkpoint = { due: () => true, take: (one: TrainingState) => taken.push(structuredClone(one)) };
    const { learned } = await train(options, { teacher: new Gains(), checkpoint });
    const resumed = taken.find(({ snapshot }) => (snapshot.counters.updates ?? 0) > 0);
    expect(resumed?.snapshot.counters).toMatchObject({ steps: learned.steps, round: 0, updates: 104 });
    const teacher = new Gains();
    const rest = await train(options, { teacher, ...(resumed && { resumed }) });
    expect(teacher.asked).toBe(0);
    expect(rest.learned).toEqual(learned);
  });

  it('goes on from the middle of an episode or of a lesson to the same weights, with as many steps as it was to make', async () => {
    const run = async (more: Partial<Lab> = {}) => {
      const given = { name: 'distil', steps: 100, episodesPerRound: 2, updatesPerRound: 208 } as const;
      const world = new LineWorld();
      const teacher = { advise: async () => Float32Array.of(0) };
      return distil(await labFor({ ...given, batchSize: 16 }, { world, teacher, ...more }));
    };
    const taken: TrainingSnapshot[] = [];
    const whole = await run({
      report: async (now) => void taken.push(structuredClone(now.snapshot())),
    });
    // Two rounds of two episodes of 20 steps, and half a one.
    expect(whole).toMatchObject({ steps: 100, updates: 3 * 208 });
    const at = (steps: number, made?: number) =>
      taken.find(({ counters }) => counters.steps === steps && counters.made === made);
    for (const resumed of [at(30), at(40, 104), at(67), at(100, 208)]) {
      expect(resumed).toBeDefined();
      expect(await run({ resumed: resumed as TrainingSnapshot })).toEqual(whole);
    }
  });

  it('has what it came to after its last lesson in its curve', async () => {
    const { learned, curve } = await train(
      { name: 'distil', steps: 200, episodesPerRound: 1, updatesPerRound: 104 },
      { teacher: new Gains(), evaluate: { everySteps: 100, episodes: 2, seed: 3 } },
    );
    const evaluated = curve.filter((point) => point.evaluated !== null);
    expect(evaluated.at(-1)).toMatchObject({ steps: learned.steps, updates: learned.updates });
  });

  it('is asked in the states of recorded episodes, whatever was done there', async () => {
    const recorded = (await driven(new Gains(), 1500)).map((step) => ({
      ...step,
      action: Float32Array.of(-1),
    }));
    const teacher = new Gains();
    const { learned } = await train(
      { name: 'distil', updatesPerRound: 3000 },
      { teacher, recorded, where: 'recorded' },
    );
    expect(teacher.asked).toBe(1500);
    expect(teacher.begun).toBe(1 + recorded.slice(0, -1).filter(({ last }) => last).length);
    expect(await returnOf(learned.actor)).toBeGreaterThan(190);
  });

  it('has a real planner for a teacher, which plans on the simulator and begins where its last plan ended', async () => {
    const space = policySpace(rig.file);
    const options = AlgorithmOptions.parse({ name: 'distil', horizon: 12, candidates: 30 });
    const teacher = await planningTeacher({
      ...{ rig, task: { ...rig.file.task, reward: '1 - 4 * abs(pole_angle)' }, space },
      ...{
        options: options as AlgorithmOptionsOf<'distil'>,
        model: null,
        engine: await openEngine(),
        seed: 1,
      },
    });
    const falling = (side: number) => Float32Array.of(0, 0, 0.1 * side, 0.5 * side);
    const [right, left] = [
      await teacher.advise({ state: falling(1), before: null }),
      await teacher.advise({ state: falling(-1), before: null }),
    ];
    expect(right[0]).toBeGreaterThan(0.3);
    expect(left[0]).toBeLessThan(-0.3);
    // With a plan before it, the same state gives another one.
    const again = await teacher.advise({ state: falling(-1), before: left });
    expect(again).not.toEqual(left);
    // Without one it says the same whenever it is asked, so that what it teaches is a function of the state.
    expect(await teacher.advise({ state: falling(-1), before: null })).toEqual(left);
    await teacher.close();
  });

  it('learns from the planner of its options', async () => {
    const { learned } = await train({
      ...{ name: 'distil', steps: 60, episodesPerRound: 2, updatesPerRound: 104 },
      ...{ horizon: 5, candidates: 10 },
    });
    expect(learned.updates).toBeGreaterThanOrEqual(104);
  });

  it('wants a planner, a model where it plans on one, and no rig', async () => {
    await expect(distil(await labFor({ name: 'distil' }))).rejects.toMatchObject({ code: 'wrong-use' });
    const teacher = new Gains();
    const onRig = await labFor({ name: 'distil' }, { teacher, world: new LineWorld('rig') });
    await expect(distil(onRig)).rejects.toThrow('not while the rig moves');
    await expect(distil(await labFor({ name: 'distil' }, { teacher }))).rejects.toMatchObject({
      code: 'bad-data',
    });
    await expect(train({ name: 'distil', planOn: 'model' })).rejects.toThrow('there is none');
  });
});
