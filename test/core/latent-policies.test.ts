import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { readModel } from '../../src/main/dynamics/model-file';
import { compileActing } from '../../src/main/policy/representation/acting';
import { readPolicy } from '../../src/main/policy/representation/policy-file';
import { policySpace, toPhysical } from '../../src/main/policy/representation/space';
import { seenPlant } from '../../src/main/policy/world/seen';
import { nodeHost } from '../../src/main/processes/node-host';
import { openEngine } from '../../src/main/tensor';
import { RunInput, TrainInput } from '../../src/shared/contract';
import type { ModelSummary } from '../../src/shared/model';
import { PolicyEvaluateInput, PolicyTrainInput } from '../../src/shared/policy-training';
import { Random } from '../../src/shared/random';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION, withTestCore } from './workspace';

const SEEN = { rig: 'pendulum-camera', mode: 'lockstep', seed: 0 } as const;
const TINY = {
  class: {
    ...{ name: 'latent-frame', size: 16, encoderSteps: 5, unroll: 2, latent: 4 },
    ...{ members: 2, elites: 2, hiddenUnits: 8 },
  },
  epochs: 3,
};
const GRADIENT = { name: 'model-gradient', steps: 4, batchSize: 8, hiddenUnits: 8, rolloutLast: 3 };

let folder: string;
let core: Core;
let model: ModelSummary;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-latent-policies-'));
  core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
  await core.rig.connect(SEEN);
  await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
  const input = TrainInput.parse({ name: 'seen', options: TINY });
  model = await (await core.models.trainings.train(input)).done;
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

/** The pendulum's own task, of a few steps. */
const shortTask = () => ({ ...core.rig.require().rig.file.task, maxSteps: 6 });

const train = async (algorithm: object, more: object = {}) => {
  const asked = { rig: 'pendulum-camera', task: shortTask(), model: model.hash, where: 'model' };
  const input = PolicyTrainInput.parse({ ...asked, evaluation: { episodes: 2 }, ...more, algorithm });
  return (await core.policies.trainings.train(input)).done;
};

const RUN_SEED = 5;
const drive = (more: object, hooks?: Parameters<Core['activity']['run']>[1]) => {
  const asked = { driver: 'policy', model: '', episodes: 1, seed: RUN_SEED, task: shortTask() };
  return core.activity.run(RunInput.parse({ ...asked, ...more }), hooks);
};

/** Actions of a run of RUN_SEED, from its first step on: those of these steps are what the policy decides by what the camera shows. */
async function expectDecided(
  policy: string,
  actions: readonly number[],
  { from, to }: { from: number; to: number },
): Promise<void> {
  const { summary, arrays, eyes } = await readPolicy(join(folder, 'policies', `${policy}.safetensors`));
  const engine = await openEngine();
  const space = policySpace(summary);
  const actor = { shape: summary.actor, arrays };
  const acting = await compileActing(engine, space, actor);
  const { rig } = core.rig.require();
  const seen = await seenPlant(rig, rig.file.task, { eyes: eyes!, engine, seed: 0 });
  let state = await seen.reset(new Random(RUN_SEED).fork('start 0').integer(2 ** 31));
  for (const [step, action] of actions.slice(0, to).entries()) {
    const { greedy } = await acting.act(actor, Float32Array.from(state));
    if (step >= from) expect(action).toBe(toPhysical(space, greedy)[0]);
    state = await seen.step([action]);
  }
  await Promise.all([seen.dispose(), acting.dispose()]);
}

/** A run of one episode: its number, and what was done in it. */
async function driven(...asked: Parameters<typeof drive>): Promise<{ id: number; actions: number[] }> {
  const [outcome] = await drive(...asked);
  const { id, steps } = outcome!.summary;
  expect(steps).toBe(6);
  return { id, actions: [...(await core.log.columns(id)).actions.subarray(0, 6)] };
}

describe('a policy that is learned in the latent states of a model of pictures', () => {
  it('begins where the recording was, learns by the learned reward, and is kept with the eyes of its model', async () => {
    const summary = await train(GRADIENT);
    expect(summary).toMatchObject({ learnedIn: 'model', model: model.hash, eyes: model.eyes, updates: 4 });
    expect(summary.algorithm).toMatchObject({ name: 'model-gradient', learnedReward: true });
    expect(summary.observations.map(({ name }) => name)).toEqual(['z1', 'z2', 'z3', 'z4']);
    expect(summary.steps).toBe(150);
    const read = await readPolicy(join(folder, 'policies', `${summary.hash}.safetensors`));
    expect(read.eyes).toEqual((await readModel(core.models.fileOf(model.hash))).eyes);
    expect([...(read.value?.keys() ?? [])]).toContain('value/layer0/kernel');
    // The same recording, model, options and seed give the same policy, to the bit.
    expect((await train(GRADIENT)).hash).toBe(summary.hash);
  });

  it('is judged in simulation by what truly happens, seen through its eyes', async () => {
    const { hash, evaluation } = await train(GRADIENT, { evaluateEvery: 2 });
    expect(evaluation).toMatchObject({ where: 'simulation', steps: [6, 6] });
    for (const one of evaluation?.returns ?? []) expect(one).toBeLessThan(0);
    const again = await core.policies.evaluate(PolicyEvaluateInput.parse({ policy: hash, episodes: 2 }));
    expect(again.returns).toEqual(evaluation?.returns);
  });

  it('can act in the model, too, and learn from what was recorded alone', async () => {
    const sac = { name: 'sac', steps: 20, randomSteps: 10, batchSize: 8, hiddenUnits: 8 };
    expect(await train(sac)).toMatchObject({ learnedIn: 'model', eyes: model.eyes, steps: 20 });
    expect(await train({ ...sac, steps: 16 }, { where: 'recorded' })).toMatchObject({
      ...{ learnedIn: 'recorded', eyes: model.eyes, steps: 150 },
    });
    const mbpo = { ...sac, name: 'mbpo', steps: 8, rolloutsPerStep: 2 };
    expect(await train(mbpo)).toMatchObject({ learnedIn: 'model', eyes: model.eyes });
  });

  it('is taught by a planner in the same latent states, acting in the model or in what was recorded', async () => {
    const planning = { planOn: 'model', horizon: 4, candidates: 20 };
    const distil = {
      name: 'distil',
      steps: 24,
      ...planning,
      updatesPerRound: 104,
      batchSize: 8,
      hiddenUnits: 8,
    };
    const acted = await train({ ...distil, episodesPerRound: 2 });
    expect(acted).toMatchObject({ learnedIn: 'model', model: model.hash, eyes: model.eyes, steps: 24 });
    expect(acted.notes.join(' ')).toMatch(/its actions differ by 0\.\d+ of half their range/);
    expect((await train({ ...distil, episodesPerRound: 2 })).hash).toBe(acted.hash);
    expect(await train(distil, { where: 'recorded' })).toMatchObject({ learnedIn: 'recorded', steps: 150 });
  });

  it('goes on from another one that acts by pictures, and says from which', async () => {
    const first = await train(GRADIENT);
    const on = await train({ ...GRADIENT, steps: 2 }, { from: first.hash, seed: 3 });
    expect(on).toMatchObject({ from: first.hash, eyes: model.eyes, updates: 2 });
    expect(on.notes.join(' ')).not.toContain('began anew');
    const [before, after, anew] = await Promise.all(
      [first, on, await train({ ...GRADIENT, steps: 2 }, { seed: 3 })].map(async ({ hash }) => {
        const { arrays } = await readPolicy(join(folder, 'policies', `${hash}.safetensors`));
        return [...arrays].flatMap(([name, { values }]) => (name.startsWith('actor/') ? [...values] : []));
      }),
    );
    const distance = (a: number[], b: number[]) => Math.hypot(...a.map((one, i) => one - b[i]!));
    // Two small updates lead less far than another beginning.
    expect(distance(after!, before!)).toBeLessThan(0.1 * distance(anew!, before!));
    const said = async (...asked: Parameters<typeof train>) => (await rejection(train(...asked))).message;
    expect(await said({ name: 'sac', steps: 8 }, { from: first.hash })).toBe(
      '"sac" cannot go on from another policy.',
    );
    expect(await said(GRADIENT, { from: first.hash, model: undefined, where: 'simulation' })).toContain(
      'acts by pictures, and what is to go on from it would act by channels.',
    );
    expect(await said(GRADIENT, { from: 'nobody' })).toContain('"nobody"');
  });

  it('is refused where it cannot be, before anything is begun', async () => {
    const said = async (...asked: Parameters<typeof train>) => (await rejection(train(...asked))).message;
    expect(await said(GRADIENT, { where: 'simulation' })).toBe(
      `The model "${model.hash}" learned from pictures: a policy learns in the model itself, or from what was recorded.`,
    );
    expect(await said({ name: 'distil' })).toContain(
      'a planner on the simulator has to know, is not told there.',
    );
    expect(await said(GRADIENT, { rig: 'pendulum' })).toContain('the rig pendulum has no such camera.');
  });
});

describe('a policy that acts by pictures', () => {
  let policy: string;
  beforeAll(async () => {
    ({ hash: policy } = await train(GRADIENT));
  });

  it('drives by what the camera shows at the step itself, which is what its evaluation sees', async () => {
    const { actions } = await driven({ policy });
    expect((await driven({ policy })).actions).toEqual(actions);
    await expectDecided(policy, actions, { from: 0, to: 6 });
  });

  it('is imagined in the model whose eyes it has, by the reward that was learned', async () => {
    const { id, actions } = await driven({ policy, model: model.hash });
    expect(actions).toEqual((await driven({ policy })).actions);
    const { insight } = await core.episodes.rows(id, { from: 0, to: 6 });
    expect(insight!.expectedReturn.every((one) => Number.isFinite(one) && one !== 0)).toBe(true);
    expect(insight!.knownSteps.every(Number.isFinite)).toBe(true);
  });

  it('is exported as one file, from pictures to the action, which does what the app does', async () => {
    const done = await core.policies.export(policy, { file: join(folder, '..', `${policy}.onnx`) });
    expect(done).toMatchObject({ states: 100, from: 'simulation' });
    expect(done.largestDifference).toBeLessThan(1e-4);
    await rm(done.file);
  });

  const GUIDED = {
    ...{ method: 'cem', horizon: 3, candidates: 20, iterations: 1 },
    ...{ proposals: 4, terminalValue: true },
  };

  it('goes on proposing plans to a planner whose model learns beside the run, as long as they see alike', async () => {
    const task = { ...shortTask(), maxSteps: 30 };
    const asked = { driver: 'planner', policy, model: model.hash, planner: GUIDED, task };
    const adapt = { retrain: 'running', everySteps: 20 };
    const [outcome] = await drive({ ...asked, adapt });
    expect(outcome?.summary.steps).toBe(30);
    const swaps = (await core.log.events(outcome!.summary.id)).filter(({ kind }) => kind === 'model-swapped');
    expect(swaps.map(({ step }) => step)).toEqual([20]);
    const { message } = await rejection(drive({ ...asked, adapt: { ...adapt, encoderMore: 5 } }));
    expect(message).toBe(
      'The policy that the planner asks sees as the model "seen" does now: it could not follow where the encoder learns on.',
    );
    // It follows where it goes on learning as well.
    const following = { ...adapt, encoderMore: 2, policyMore: 2 };
    const [other] = await drive({ ...asked, adapt: following });
    const took = (await core.log.events(other!.summary.id)).filter(({ kind }) => kind === 'model-swapped');
    expect(took.map(({ step }) => step)).toEqual([20]);
  });

  it('goes on learning beside a run that it drives, in every model that learned on, and acts by its eyes from then on', async () => {
    const task = { ...shortTask(), maxSteps: 50 };
    const adapt = { retrain: 'running', everySteps: 20, encoderMore: 2, policyMore: 2 };
    const [outcome] = await drive({ policy, model: model.hash, task, adapt });
    const { id, steps } = outcome!.summary;
    expect(steps).toBe(50);
    const events = await core.log.events(id);
    expect(events.filter(({ kind }) => kind === 'model-swapped').map(({ step }) => step)).toEqual([20, 41]);
    const drove = events.flatMap(({ step, message }) => {
      const [, hash] = /^The policy (\w+) took over with it/.exec(message) ?? [];
      return hash ? { step, hash } : [];
    });
    expect(drove.map(({ step }) => step)).toEqual([20, 41]);
    const [first, second] = await Promise.all(drove.map(({ hash }) => core.policies.show(hash)));
    expect(first).toMatchObject({ from: policy, learnedIn: 'model', updates: 2, evaluation: null });
    expect(second).toMatchObject({ from: first!.hash, name: `${first!.name.replace('-1', '-2')}` });
    // Each sees as the model that it went on in does, and no longer as the one before.
    for (const one of [first!, second!]) {
      const model = await readModel(core.models.fileOf(one.model!));
      expect((await readPolicy(join(folder, 'policies', `${one.hash}.safetensors`))).eyes).toEqual(
        model.eyes,
      );
    }
    expect(second!.model).not.toBe(first!.model);
    const actions = [...(await core.log.columns(id)).actions];
    await expectDecided(policy, actions, { from: 0, to: 20 });
    await expectDecided(first!.hash, actions, { from: 21, to: 41 });
    await expectDecided(second!.hash, actions, { from: 42, to: 50 });
  });

  it('is refused to go on learning where nothing is learned, or nothing that it sees', async () => {
    const said = async (adapt: object, more: object = {}) =>
      (await rejection(drive({ policy, model: model.hash, ...more, adapt }))).message;
    expect(await said({ retrain: 'between' })).toBe(
      'A policy drives that stays as it is: what the model "seen" learns beside it would change nothing.',
    );
    expect(await said({ policyMore: 5 })).toContain('The model "seen" stays as it is in this run');
    expect(await said({ retrain: 'between', policyMore: 5 }, { model: '' })).toContain(
      'could go on learning only in a model of pictures that it sees by as well.',
    );
    const planned = {
      driver: 'planner',
      policy: null,
      planner: { method: 'cem', horizon: 3, candidates: 20 },
    };
    expect(await said({ retrain: 'between', policyMore: 5 }, planned)).toBe(
      'This run has no policy that could go on learning.',
    );
    const { hash } = await train({ name: 'sac', steps: 16, randomSteps: 10, batchSize: 8, hiddenUnits: 8 });
    expect(await said({ retrain: 'between', policyMore: 5 }, { policy: hash })).toBe(
      '"sac" cannot go on from another policy.',
    );
  });

  it('proposes plans to a planner in the same latent states, says what comes after them, and takes over', async () => {
    let switched: Promise<void> | undefined;
    const asked = { driver: 'planner', beside: true, policy, model: model.hash, planner: GUIDED };
    const { id, actions } = await driven(asked, {
      onStep: (step) => {
        if (step === 3) switched = core.activity.adjust({ driver: 'policy' });
      },
    });
    await switched;
    expect(actions.every(Number.isFinite)).toBe(true);
    const events = await core.log.events(id);
    expect(events.map(({ message }) => message).join()).toContain('Switched to the policy at step');
  });

  it('drives in real time, and holds when the camera goes blind', async () => {
    await core.rig.connect({ ...SEEN, mode: 'realtime' });
    const [outcome] = await drive(
      { policy, task: { ...shortTask(), maxSteps: 100 } },
      { onStep: (step) => void (step === 20 && core.rig.cameras?.terminate()) },
    );
    const { summary, reason } = outcome!;
    expect(reason).toMatch(/^Ended by a hold: \d+ plans in a row came late\.$/);
    const { planMs } = await core.log.columns(summary.id);
    expect(planMs.subarray(0, 20).some(Number.isFinite)).toBe(true);
    await core.rig.connect(SEEN);
  });

  it('is refused beside a model that sees through another encoder, and in lockstep without its camera', async () => {
    const class_ = { ...TINY.class, encoderSteps: 6 };
    const input = TrainInput.parse({
      name: 'other',
      rig: 'pendulum-camera',
      options: { ...TINY, class: class_ },
    });
    const other = await (await core.models.trainings.train(input)).done;
    const expected = 'The policy does not see as the model "other" does';
    expect((await rejection(drive({ policy, model: other.hash }))).message).toContain(expected);
    await core.rig.cameras?.terminate();
    expect((await rejection(drive({ policy }))).message).toBe(
      'Camera "side" shows nothing new, and this policy acts by what it sees.',
    );
    await core.rig.connect({ ...SEEN, rig: 'pendulum' });
    expect((await rejection(drive({ policy }))).message).toContain('the rig pendulum has no such camera.');
  });
});

describe('a policy of pictures with channels beside them, of a task that ends', () => {
  it('learns where episodes end in the model, and drives by both', async () => {
    await withTestCore(async (other) => {
      await other.rig.connect({ ...SEEN, rig: 'cartpole-balance-camera' });
      await other.activity.record({ ...RANDOM_MOTION, episodes: 8, maxSteps: 60 });
      const options = { ...TINY, class: { ...TINY.class, channels: 'cart_velocity' } };
      await (await other.models.trainings.train(TrainInput.parse({ name: 'm', options }))).done;
      const { task } = other.rig.require().rig.file;
      const asked = {
        rig: 'cartpole-balance-camera',
        model: 'm',
        where: 'model',
        evaluation: { episodes: 2 },
      };
      const algorithm = { name: 'td3', steps: 20, randomSteps: 10, batchSize: 8, hiddenUnits: 8 };
      const input = PolicyTrainInput.parse({ ...asked, algorithm, task: { ...task, maxSteps: 4 } });
      const { hash, evaluation } = await (await other.policies.trainings.train(input)).done;
      expect(evaluation?.returns).toHaveLength(2);
      const run = { driver: 'policy', policy: hash, model: 'm', episodes: 1, task: { ...task, maxSteps: 4 } };
      const [outcome] = await other.activity.run(RunInput.parse(run));
      expect(outcome?.summary.steps).toBe(4);
    });
  });
});
