import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelLayout } from '../../src/main/dynamics/layout';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { compileExpansion } from '../../src/main/plan/derivatives/expansion';
import { derivativeProblem } from '../../src/main/plan/derivatives/problem';
import { compileReturn } from '../../src/main/plan/derivatives/return-gradient';
import { guideOf } from '../../src/main/plan/guide/guide';
import { valueAtEnd } from '../../src/main/plan/guide/value-at-end';
import { compileRollout, type RolloutChoice } from '../../src/main/plan/rollout/rollouts';
import { PlanSession } from '../../src/main/plan/session/session';
import type { PlanResult, PlanSetup } from '../../src/main/plan/types';
import { policySpace } from '../../src/main/policy/representation/space';
import type { Policy } from '../../src/main/policy/representation/types';
import { loadRig } from '../../src/main/rig';
import { compileTask } from '../../src/main/task';
import { type Engine, openEngine } from '../../src/main/tensor';
import { nearestConvex } from '../../src/shared/linear-algebra/eigen';
import {
  GradientShootingOptions,
  PLANNER_OPTIONS,
  type PlannerName,
  PlannerOptions,
  PropagationOptions,
} from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';
import { randomModel } from '../dynamics/models';
import { CARTPOLE_CHANNELS } from './cartpole';
import { alwaysDoing, guideFor, worthOfFirst } from './guides';
import { pointMass, spaceOf } from './smooth-models';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const PLANNERS = PLANNER_OPTIONS.map(({ shape }) => shape.method.value);
/** Within a plan it earns the same whatever one does. */
const FLAT: TaskFile = { name: 'flat', reward: '1', termination: '', maxSteps: 100 };

const setupOf = (planner: Record<string, unknown>, some: Partial<PlanSetup> = {}): PlanSetup => ({
  ...{ modelFile: '', task: FLAT, propagation: PropagationOptions.parse({}) },
  planner: PlannerOptions.parse({ horizon: 5, ...planner }),
  ...{ actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
  ...some,
});

async function planWith(setup: PlanSetup, model: DynamicsModel, policy: Policy | null): Promise<PlanResult> {
  const session = await PlanSession.compile(setup, model, engine, policy);
  const observation = model.summary.observations.map(() => 0);
  const result = await session.plan({
    ...{ id: 1, observation, observedStep: 0, pending: [], fresh: true, draw: false },
  });
  await session.close();
  return result;
}

describe('a value where the horizon ends', () => {
  const ending: TaskFile = {
    name: 'ends',
    reward: 'cos(cart_position) - before(pole_angle) * force + 3',
    termination: 'force > 1.2',
    maxSteps: 100,
  };

  it.each([
    { candidates: 8, particles: 1, members: 'step' },
    { candidates: 5, particles: 3, members: 'step' },
    { candidates: 7, particles: 2, members: 'fixed' },
    { candidates: 6, particles: 1, members: 'once' },
  ] satisfies Partial<RolloutChoice>[])(
    'is what a candidate’s last state is worth, after rewards with its discount, unless the episode ended: %j',
    async (some) => {
      const model = randomModel(CARTPOLE_CHANNELS, {
        class: { name: 'ensemble', members: 3, elites: 3, hiddenUnits: 8 },
      });
      const policy = guideFor(model, ending, { discount: 0.8 });
      const space = policySpace(policy.summary);
      const value = valueAtEnd(policy, space);
      const horizon = 4;
      const choice: RolloutChoice = {
        ...{
          horizon,
          noise: false,
          variance: false,
          limits: false,
          trajectories: true,
          learnedReward: false,
        },
        ...{ ...some, value },
      };
      const rollout = await compileRollout({ engine, model, task: ending, threads: 1 }, choice);
      const random = new Random(5);
      const actions = random.fillNormal(new Float32Array(some.candidates * horizon));
      const start = [0.1, -0.2, 0.3, 0.4];
      const { returns, states = new Float32Array() } = await rollout.evaluate(start, actions, random);
      const rows = some.candidates * some.particles;
      const lasts = Float32Array.from({ length: rows * 4 }, (_, i) => {
        return states[(Math.floor(i / 4) * horizon + horizon - 1) * 4 + (i % 4)] ?? Number.NaN;
      });
      const program = await engine.compile(
        ({ lasts }) => ({ worth: value.of(lasts as tf.Tensor3D) }),
        [{ name: 'lasts', shape: [1, rows, 4] }],
        { name: 'worth' },
      );
      const { worth } = await program.run({ lasts });
      const { reward, terminated } = compileTask(ending, model.summary);
      let ended = 0;
      for (let row = 0; row < rows; row++) {
        const candidate = Math.floor(row / some.particles);
        let [before, total, alive] = [start, 0, true];
        for (let t = 0; t < horizon && alive; t++) {
          const after = [...states.subarray((row * horizon + t) * 4, (row * horizon + t + 1) * 4)];
          const action = [actions[candidate * horizon + t] ?? 0];
          total += 0.8 ** t * reward(before, action, after);
          alive = !terminated(before, action, after);
          before = after;
        }
        if (alive) total += 0.8 ** horizon * (worth?.[row] ?? Number.NaN);
        else ended++;
        expect((returns[row] ?? Number.NaN) + rollout.baseline).toBeCloseTo(total, 4);
      }
      expect(ended).toBeGreaterThan(0);
      expect(ended).toBeLessThan(rows);
      await Promise.all([rollout.dispose(), program.dispose()]);
    },
  );

  it.each(PLANNERS)('lets %s go where the reward does not say to go', async (method) => {
    const model = pointMass({ gain: 0.2 });
    const policy = worthOfFirst(guideFor(model, FLAT, { activation: 'relu' }), 2);
    const options = { method, ...(method === 'random-shooting' && { candidates: 3000 }) };
    const to = async (slope: number) => {
      worthOfFirst(policy, slope);
      const { mean } = await planWith(setupOf({ ...options, terminalValue: true }), model, policy);
      return mean.at(-2) ?? Number.NaN;
    };
    // With all it has the mass comes 0.2 · (4 + 3 + 2 + 1) far.
    expect(await to(2)).toBeGreaterThan(1.2);
    expect(await to(-2)).toBeLessThan(-1.2);
  });

  it('says what a plan returns with it: rewards with its discount, then the value', async () => {
    const model = pointMass({ gain: 0 });
    const policy = worthOfFirst(guideFor(model, FLAT, { activation: 'relu', discount: 0.5 }), 8);
    const setup = setupOf({ method: 'cem', horizon: 3, terminalValue: true });
    const session = await PlanSession.compile(setup, model, engine, policy);
    const { expectedReturn, insight } = await session.plan({
      ...{ id: 1, observation: [2, 0], observedStep: 0, pending: [], fresh: true, draw: false },
    });
    await session.close();
    expect(expectedReturn).toBeCloseTo(1 + 0.5 + 0.25 + (8 * 2) / 8, 4);
    expect(insight.expectedReturn).toBeCloseTo(expectedReturn, 4);
  });

  it('has the slope that differences have, through all members and to the end', async () => {
    const model = randomModel(CARTPOLE_CHANNELS, {
      class: { name: 'ensemble', members: 3, elites: 3, hiddenUnits: 8 },
    });
    const task: TaskFile = { ...ending, reward: 'cos(pole_angle) - 0.05 * force^2 + 2', termination: '' };
    const policy = guideFor(model, task, { discount: 0.7 });
    for (const { values } of policy.value?.values() ?? []) values.set(values.map((x) => 3 * x));
    const planner = GradientShootingOptions.parse({
      ...{ method: 'gradient-shooting', horizon: 4, candidates: 2, terminalValue: true, smoothing: 0.3 },
    });
    const setup = setupOf(planner, { task });
    const guide = guideOf(planner, policy, {
      ...{ channels: model.summary, layout: modelLayout(model.summary), task, actionLimits: [[-1, 1]] },
    });
    const problem = await derivativeProblem(planner, spaceOf(4, 1), { engine, model, setup, guide });
    const graph = await compileReturn(engine, problem, { starts: 2, pessimistic: false, threads: 1 });
    const actions = new Random(3).fillUniform(new Float32Array(8));
    const start = Float32Array.of(0.1, -0.2, 0.3, 0.4);
    const at = (moved: Float32Array) => graph.scores(start, Float64Array.of(0.1), moved, setup.propagation);
    const { gradient } = await graph.gradient(start, Float64Array.of(0.1), actions, setup.propagation);
    for (let j = 0; j < 8; j++) {
      const moved = (by: number) => actions.map((x, i) => (i === j ? x + by : x));
      const row = Math.floor(j / 4);
      const [more, less] = [await at(moved(0.1)), await at(moved(-0.1))];
      const slope = ((more[row] ?? 0) - (less[row] ?? 0)) / 0.2;
      expect(Math.abs((gradient[j] ?? 0) - slope)).toBeLessThan(2e-3 + 0.02 * Math.abs(slope));
    }
    await graph.dispose();
  });
});

describe('the end that iLQR begins its way back from', () => {
  it('has slope and curvature of the value there, those of worse than straight lines left out', async () => {
    const model = pointMass({ gain: 0.2 });
    const policy = guideFor(model, FLAT, { discount: 0.5, seed: 4 });
    for (const { values } of policy.value?.values() ?? []) values.set(values.map((x) => 4 * x));
    const guide = { policy, space: policySpace(policy.summary), proposals: 0 };
    const value = valueAtEnd(policy, guide.space);
    const planner = PlannerOptions.parse({ method: 'ilqr', horizon: 2, terminalValue: true });
    const setup = setupOf(planner);
    const derivable = { engine, model, setup, guide: { ...guide, value } };
    const problem = await derivativeProblem(planner, spaceOf(2, 1), derivable);
    const expansion = await compileExpansion(engine, problem, { noise: false, threads: 1 });
    const states = Float32Array.of(0.1, 0.2, 0.3, 0.4);
    const { end } = await expansion.at(states, Float32Array.of(0, 0.5), 0);
    // From (0.3, 0.4) under 0.5.
    const last: [number, number] = [0.7, 0.5];
    const h = 0.05;
    const around = [-h, 0, h].flatMap((x) => [-h, 0, h].map((v) => [last[0] + x, last[1] + v]));
    const program = await engine.compile(
      ({ at }) => ({ worth: value.of(at as tf.Tensor3D) }),
      [{ name: 'at', shape: [1, 9, 2] }],
      { name: 'worth' },
    );
    const { worth } = await program.run({ at: Float32Array.from(around.flat()) });
    const v = (x: number, y: number) => -0.25 * (worth?.[3 * (x + 1) + y + 1] ?? Number.NaN);
    const slope = [(v(1, 0) - v(-1, 0)) / (2 * h), (v(0, 1) - v(0, -1)) / (2 * h), 0];
    slope.forEach((expected, i) => {
      expect(end?.slope[i]).toBeCloseTo(expected, 2);
    });
    const mixed = (v(1, 1) - v(1, -1) - v(-1, 1) + v(-1, -1)) / (4 * h * h);
    const bent = Float64Array.of(
      (v(1, 0) - 2 * v(0, 0) + v(-1, 0)) / (h * h),
      ...[mixed, mixed],
      (v(0, 1) - 2 * v(0, 0) + v(0, -1)) / (h * h),
    );
    const convex = nearestConvex(bent, 2);
    expect(Math.max(...convex.map(Math.abs))).toBeGreaterThan(0.1);
    [0, 1].forEach((i) => {
      [0, 1].forEach((j) => {
        expect(Math.abs((end?.curvature[i * 3 + j] ?? 0) - (convex[i * 2 + j] ?? 0))).toBeLessThan(0.05);
      });
    });
    await Promise.all([expansion.dispose(), program.dispose()]);
  });
});

describe('proposals', () => {
  const far: TaskFile = { name: 'far', reward: 'position', termination: '', maxSteps: 100 };
  /** Options with which a planner finds nothing by itself. */
  const BLIND: Record<PlannerName, Record<string, unknown>> = {
    mppi: { candidates: 4, iterations: 1, noise: 1e-4, temperature: 1e-3 },
    cem: { candidates: 10, iterations: 1, initialStd: 1e-4, eliteShare: 0.1, momentum: 0 },
    icem: { candidates: 10, iterations: 1, initialStd: 1e-4, eliteShare: 0.1, momentum: 0 },
    'random-shooting': { candidates: 4 },
    'gradient-shooting': { candidates: 4, iterations: 1, learningRate: 1e-6, initialStd: 1e-4 },
    ilqr: { iterations: 1, lineSearch: 6, regularisation: 1e6 },
  };

  it.each(PLANNERS)('are tried by %s, which takes what is better than all it has', async (method) => {
    const model = pointMass({ gain: 0.2 });
    const policy = alwaysDoing(guideFor(model, far), 4);
    const planner = { method, ...BLIND[method] };
    const pushes = async (proposals: number) => {
      const { actions } = await planWith(setupOf({ ...planner, proposals }, { task: far }), model, policy);
      return Math.min(...actions.map(([action]) => action ?? Number.NaN));
    };
    expect(await pushes(0)).toBeLessThan(0.9);
    expect(await pushes(1)).toBeGreaterThan(0.99);
  });

  it('go through the model: the policy sees what its own actions lead to', async () => {
    const model = pointMass({ gain: 0.5 });
    const policy = guideFor(model, far, { activation: 'relu' });
    for (const [name, { values }] of policy.arrays) if (name.startsWith('actor/')) values.fill(0);
    // It pushes by the velocity that it sees, and a start at rest stays there.
    const kernel = policy.arrays.get('actor/layer0/kernel')?.values as Float32Array;
    kernel[8] = 1;
    const last = policy.arrays.get('actor/layer1/kernel')?.values as Float32Array;
    last[0] = 1;
    const setup = setupOf(
      { method: 'random-shooting', candidates: 2, proposals: 1 },
      { task: { ...far, reward: 'velocity' } },
    );
    const session = await PlanSession.compile(setup, model, engine, policy);
    const { actions } = await session.plan({
      ...{ id: 1, observation: [0, 1], observedStep: 0, pending: [], fresh: true, draw: false },
    });
    await session.close();
    let velocity = 1;
    for (const [action = Number.NaN] of actions) {
      expect(action).toBeCloseTo(Math.tanh(velocity), 4);
      velocity += 0.5 * action;
    }
  });
});

describe('a policy that does not fit a planner', () => {
  const model = pointMass({ gain: 0.2 });
  const asked = { terminalValue: true, proposals: 0 };
  const rig = {
    ...{ channels: model.summary, layout: modelLayout(model.summary), task: FLAT },
    actionLimits: [[-1, 1]] as [number, number][],
  };
  const fitting = () => guideFor(model, FLAT);
  const refused = (policy: Policy | null, more: Partial<typeof rig> = {}, options = asked): string => {
    try {
      guideOf(options, policy, { ...rig, ...more });
    } catch (thrown) {
      return (thrown as Error).message;
    }
    throw new Error('it was not refused');
  };

  it('is asked for nothing where the planner wants nothing of it', () => {
    expect(guideOf({ terminalValue: false, proposals: 0 }, null, rig)).toBeNull();
    expect(guideOf(asked, fitting(), rig)?.value?.discount).toBe(0.9);
  });

  it('is refused with what is wrong', () => {
    expect(refused(null)).toContain('no policy was chosen');
    expect(refused({ ...fitting(), value: null })).toContain('has no value of a state');
    const other = { ...FLAT, reward: 'position' };
    expect(refused(fitting(), { task: other })).toContain('in the reward of its own task "flat"');
    expect(refused(fitting(), { actionLimits: [[-2, 2]] })).toContain('"action" as a share of -1 … 1');
    expect(refused(fitting(), { layout: { ...rig.layout, history: 3 } })).toContain(
      'sees 1 observation at a time, and the model predicts from 3 observations',
    );
    const strange = guideFor(randomModel(CARTPOLE_CHANNELS, {}), FLAT);
    expect(refused(strange)).toContain(
      'as observation 1 it has "cart_position", and the planner has "position"',
    );
  });

  it('may propose for another task, whose value it has not learned', () => {
    const options = { terminalValue: false, proposals: 3 };
    expect(
      guideOf(options, { ...fitting(), value: null }, { ...rig, task: { ...FLAT, reward: '2' } }),
    ).not.toBeNull();
  });

  it('is of no use on a simulator, and that is said', async () => {
    const simulator = await loadRig('pendulum');
    const setup = setupOf({ method: 'cem', proposals: 2 }, { simulator, task: simulator.file.task });
    await expect(PlanSession.open(setup)).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining('this plan is on the simulator'),
    });
  });
});
