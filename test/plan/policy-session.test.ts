import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../src/main/dynamics/model-file';
import { PolicySession } from '../../src/main/plan/pilot/policy-session';
import { startPolicy } from '../../src/main/plan/thread';
import type { PlanRequest, PolicySetup } from '../../src/main/plan/types';
import { compileActing } from '../../src/main/policy/representation/acting';
import { policySpace, toPhysical } from '../../src/main/policy/representation/space';
import type { Policy } from '../../src/main/policy/representation/types';
import { loadRig } from '../../src/main/rig';
import { compileTask } from '../../src/main/task';
import { openEngine } from '../../src/main/tensor';
import type { Rig } from '../../src/shared/rig';
import { rigChannels } from '../../src/shared/rig-channels';
import { randomModel } from '../dynamics/models';
import { untrainedPolicy } from '../policy/policies';

let folder: string;
let rig: Rig;
let modelFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-policy-session-'));
  rig = await loadRig('pendulum');
  const model = randomModel(rigChannels(rig.file), { class: { name: 'ensemble', hiddenUnits: 8 } });
  modelFile = await writeModel(model, folder, 'test');
});
afterAll(() => rm(folder, { recursive: true }));

const setupOf = ({ summary, arrays }: Policy, more: Partial<PolicySetup> = {}): PolicySetup => ({
  space: policySpace(rig.file, summary.history),
  behaviour: { kind: 'actor', actor: { shape: summary.actor, arrays }, explore: false },
  ...{ known: null, model: null, horizon: 6, task: rig.file.task, channels: rig.file },
  ...{ holdAction: [0], seed: 1 },
  ...more,
});
const request = (more: Partial<PlanRequest> = {}): PlanRequest => ({
  ...{ id: 1, observation: [0.3, -0.5], observedStep: 4, pending: [], fresh: true, draw: true },
  ...more,
});

async function withSession<T>(setup: PolicySetup, use: (session: PolicySession) => Promise<T>): Promise<T> {
  const session = await PolicySession.open(setup);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** What the policy does in this state, by the network alone. */
async function actionIn({ summary, arrays }: Policy, state: number[]): Promise<number[]> {
  const space = policySpace(rig.file, summary.history);
  const actor = { shape: summary.actor, arrays };
  const acting = await compileActing(await openEngine(), space, actor);
  const { greedy } = await acting.act(actor, Float32Array.from(state));
  await acting.dispose();
  return [...toPhysical(space, greedy)];
}

describe('a policy without a model', () => {
  it('acts on the newest observation, and bridges an action that comes late with the same one', async () => {
    const policy = await untrainedPolicy('pendulum');
    const plan = await withSession(setupOf(policy), (session) => session.plan(request({ pending: [[1]] })));
    const action = await actionIn(policy, [0.3, -0.5]);
    expect(plan).toMatchObject({ observedStep: 4, firstStep: 5, actions: [action, action, action] });
    expect(plan.mean).toHaveLength(0);
  });

  it('is told of the newest actions before its own, of those too that are still under way', async () => {
    const policy = await untrainedPolicy('pendulum', { history: 2 });
    const past = { observations: [[0.2, -0.4]], actions: [[-1]] };
    const [now, late] = await withSession(setupOf(policy), async (session) => [
      await session.plan(request({ past })),
      await session.plan(request({ past, pending: [[1.5]] })),
    ]);
    const state = (action: number) => Float32Array.of(0.3, -0.5, 0.2, -0.4, action);
    expect(now?.decided?.state).toEqual(state(-1));
    expect(late?.decided?.state).toEqual(state(1.5));
    expect(late?.actions[0]).toEqual(await actionIn(policy, [...state(1.5)]));
  });

  it('says whether it has met such a state while it learned, where that was noted', async () => {
    const policy = await untrainedPolicy('pendulum');
    const known: [number, number][] = [
      [-1, 1],
      [0.5, 1],
      [-2, 2],
    ]; // sine, cosine, speed
    const knownSteps = async (setup: PolicySetup, observation: number[]) =>
      (await withSession(setup, (session) => session.plan(request({ observation })))).insight.knownSteps;
    expect(await knownSteps(setupOf(policy, { known }), [0.3, -0.5])).toBe(1);
    expect(await knownSteps(setupOf(policy, { known }), [0.3, 5])).toBe(0);
    expect(await knownSteps(setupOf(policy, { known }), [Math.PI, 0])).toBe(0);
    expect(await knownSteps(setupOf(policy), [0.3, 5])).toBeNull();
  });

  it('explores no further from what it would do than its limit, and the same for the same seed', async () => {
    const policy = await untrainedPolicy('pendulum');
    const setup = setupOf(policy);
    const behaviour = { ...setup.behaviour, explore: true, limit: 0.25 } as PolicySetup['behaviour'];
    const [centre = 0] = await actionIn(policy, [0.3, -0.5]);
    const steps = Array.from({ length: 40 }, (_, step) => step);
    const draw = () =>
      withSession({ ...setup, behaviour }, async (session) => {
        const drawn: number[] = [];
        for (const observedStep of steps)
          drawn.push((await session.plan(request({ observedStep }))).actions[0]?.[0] ?? NaN);
        return drawn;
      });
    const drawn = await draw();
    // Half the range of the torque is 2.
    const furthest = Math.max(...drawn.map((action) => Math.abs(action - centre)));
    expect(furthest).toBeLessThanOrEqual(0.25 * 2 + 1e-6);
    expect(furthest).toBeGreaterThan(0.1);
    expect(await draw()).toEqual(drawn);
  });
});

describe('a policy with a model', () => {
  it('acts on what the model predicts of the moment at which its action takes effect', async () => {
    const policy = await untrainedPolicy('pendulum');
    const model = { file: modelFile, recalibration: null };
    const [late, there] = await withSession(setupOf(policy, { model }), async (session) => {
      const carried = await session.plan(request({ pending: [[1.5]] }));
      const from = [...carried.mean.subarray(0, 2)];
      return [carried, await session.plan(request({ observation: from, observedStep: 5 }))];
    });
    expect([...(late?.mean.subarray(0, 2) ?? [])]).not.toEqual([0.3, -0.5].map(Math.fround));
    expect(late?.actions[0]?.[0]).toBeCloseTo(there?.actions[0]?.[0] ?? NaN, 5);
    expect(late?.firstStep).toBe(there?.firstStep);
  });

  it('imagines what it would do, and how sure the model is of what comes of it', async () => {
    const policy = await untrainedPolicy('pendulum');
    const model = { file: modelFile, recalibration: null };
    const task = { ...rig.file.task, reward: 'cos(angle) - 0.1 * velocity^2', termination: '' };
    const plan = await withSession(setupOf(policy, { model, task }), (session) => session.plan(request()));
    expect(plan.mean).toHaveLength(7 * 2);
    expect([...plan.mean.subarray(0, 2)]).toEqual([0.3, -0.5].map(Math.fround));
    expect([...plan.std.subarray(0, 2)]).toEqual([0, 0]);
    expect(Math.max(...plan.std.subarray(2))).toBeGreaterThan(0);
    expect(plan.actions).toHaveLength(6);
    expect(plan.candidates.length).toBeGreaterThan(4);
    expect(plan.insight.returnStd).toBeGreaterThan(0);
    const { reward } = compileTask(task, rig.file);
    for (const future of plan.candidates) {
      const at = (t: number) => future.trajectory.subarray(2 * t, 2 * t + 2);
      const rewards = Array.from({ length: 6 }, (_, t) => reward(at(t), [0], at(t + 1)));
      expect(future.return).toBeCloseTo(
        rewards.reduce((sum, one) => sum + one, 0),
        4,
      );
    }
  });
});

describe('a policy in a thread of its own', () => {
  it('acts by new weights from the next step on, of other shapes too, and says which decided', async () => {
    const [one, other, wide] = [
      await untrainedPolicy('pendulum', { seed: 1 }),
      await untrainedPolicy('pendulum', { seed: 2 }),
      await untrainedPolicy('pendulum', { kind: 'deterministic', seed: 3 }),
    ];
    const pilot = await startPolicy({ ...setupOf(one), behaviour: { kind: 'random' } });
    try {
      const decide = async () => {
        const { actions, decided } = await pilot.plan(request());
        return { action: actions[0], by: decided?.behaviour };
      };
      expect((await decide()).by).toBe(0);
      for (const [number, policy] of [one, other, wide].entries()) {
        await pilot.behave(setupOf(policy).behaviour, number + 1);
        expect(await decide()).toEqual({ action: await actionIn(policy, [0.3, -0.5]), by: number + 1 });
      }
    } finally {
      await pilot.close();
    }
  });
});

it('acts on with the weights before while those of other shapes are compiled', async () => {
  const [one, other] = [
    await untrainedPolicy('pendulum', { seed: 1 }),
    await untrainedPolicy('pendulum', { kind: 'deterministic', seed: 2 }),
  ];
  const pilot = await startPolicy(setupOf(one));
  try {
    let swapped = false;
    const swap = pilot.behave(setupOf(other).behaviour, 1).then(() => {
      swapped = true;
    });
    const meanwhile = await pilot.plan(request());
    expect(swapped).toBe(false);
    expect(meanwhile).toMatchObject({ decided: { behaviour: 0 } });
    await swap;
    expect(await pilot.plan(request())).toMatchObject({ decided: { behaviour: 1 } });
  } finally {
    await pilot.close();
  }
});
