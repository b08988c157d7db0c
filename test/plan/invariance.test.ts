import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import type { Evaluate } from '../../src/main/plan/method';
import { compileRollout } from '../../src/main/plan/rollout/rollouts';
import { PlanSession } from '../../src/main/plan/session/session';
import type { PlanSetup } from '../../src/main/plan/types';
import { loadRig } from '../../src/main/rig';
import { type Engine, openEngine } from '../../src/main/tensor';
import {
  type Objective,
  PLANNER_OPTIONS,
  PlannerOptions,
  PropagationOptions,
  plannerTraits,
} from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';
import { driftModel, LINE, randomModel } from '../dynamics/models';
import { CARTPOLE_CHANNELS } from './cartpole';
import { create, METHODS, nearTo, planOnAndOn, scored } from './sampling';
import { linearModel } from './smooth-models';

const SIZE = 8;
const nearTarget = nearTo([0.5, 1, -0.5, 4, 0.25, 3, 0, 2]);
/** Closer than this plans are the same: what rounding leaves. */
const SAME = 1e-4;
const apart = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));

describe.each(METHODS)('scores in other units, here %j', (options) => {
  it('change no plan: neither a constant nor a positive factor', async () => {
    const usual = await planOnAndOn(create(options), scored(nearTarget), 3);
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -1e7, max: 1e7, noNaN: true }),
        fc.integer({ min: -20, max: 20 }),
        async (offset, doublings) => {
          const moved = scored((actions) => (nearTarget(actions) + offset) * 2 ** doublings);
          const evaluate: Evaluate = async (tried) => ({ ...(await moved(tried)), resolution: 0 });
          const plans = await planOnAndOn(create(options), evaluate, 3);
          plans.forEach((one, i) => {
            expect(apart(one.actions, usual[i].actions)).toBeLessThan(SAME);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('change no plan in whatever order candidates are told to have been tried, not by a bit', async () => {
    // Some candidates are equally good, so that ties are there as well.
    const rough = (actions: Float32Array) => Math.round(3 * nearTarget(actions)) / 3;
    /** The planner's own candidates, in another order. */
    const shuffling = (seed: number): Evaluate => {
      const random = new Random(seed);
      return async (tried) => {
        const rows = Array.from({ length: tried.length / SIZE }, (_, i) =>
          tried.slice(i * SIZE, (i + 1) * SIZE),
        );
        random.shuffle(rows).forEach((row, i) => {
          tried.set(row, i * SIZE);
        });
        return scored(rough)(tried);
      };
    };
    const usual = await planOnAndOn(create(options), scored(rough), 3);
    for (let seed = 0; seed < 10; seed++) {
      const plans = await planOnAndOn(create(options), shuffling(seed), 3);
      expect(plans.map(({ actions }) => [...actions])).toEqual(usual.map(({ actions }) => [...actions]));
    }
  });
});

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const REWARD = 'cos(pole_angle) - 0.1 * square(cart_position) - 0.01 * square(force)';
const taskOf = (reward: string, termination = ''): TaskFile => ({
  ...{ name: 'test', reward, termination, maxSteps: 100 },
});

/** Actions of three plans, one after the other. */
async function plansOf(
  model: DynamicsModel | null,
  task: TaskFile,
  some: Partial<PlanSetup> & Pick<PlanSetup, 'planner'>,
  observation = [0.1, 0, 0.3, 0],
): Promise<number[]> {
  const setup: PlanSetup = {
    modelFile: '',
    task,
    propagation: PropagationOptions.parse({}),
    ...{ actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 3 },
    ...some,
  };
  const session = model ? await PlanSession.compile(setup, model, engine) : await PlanSession.open(setup);
  const actions: number[] = [];
  for (let step = 0; step < 3; step++) {
    const request = {
      id: step,
      observation,
      observedStep: step,
      pending: [],
      fresh: step === 0,
      draw: false,
    };
    actions.push(...(await session.plan(request)).actions.flat());
  }
  await session.close();
  return actions;
}

const ensemble = randomModel(
  CARTPOLE_CHANNELS,
  {
    class: { name: 'ensemble', members: 2, elites: 2, hiddenLayers: 1, hiddenUnits: 16, activation: 'silu' },
    rewardHead: true,
  },
  // Whose learned reward is not best at a limit all along.
  1,
);
const plannerOf = (method: string) =>
  PlannerOptions.parse({ method, horizon: 8, ...(method === 'ilqr' ? {} : { candidates: 24 }) });
const JUDGED: (Partial<PropagationOptions> & { objective: Objective })[] = [
  { objective: 'mean' },
  { objective: 'pessimistic', pessimism: 0.5 },
  { objective: 'worst-member' },
  { objective: 'cvar', risk: 0.5 },
];
/** Every planner with every objective that it can plan for. */
const CASES = PLANNER_OPTIONS.flatMap(({ shape }) => {
  const method = shape.method.value;
  const { objectives } = plannerTraits(method);
  return JUDGED.filter(({ objective }) => objectives.includes(objective)).map((objective) => ({
    method,
    ...objective,
  }));
});
const judged = (some: Partial<PropagationOptions>) =>
  PropagationOptions.parse({ particles: 4, members: 'fixed', ...some });

describe.each(CASES)(
  'a reward in other units on a model, here $method, $objective',
  ({ method, ...objective }) => {
    const planned = (reward: string, some: Partial<PropagationOptions> = {}) =>
      plansOf(ensemble, taskOf(reward), {
        planner: plannerOf(method),
        propagation: judged({ ...objective, ...some }),
      });

    it('is planned for alike: with a constant and with a factor, to the bit', async () => {
      const usual = await planned(REWARD);
      expect(new Set(usual).size).toBeGreaterThan(3);
      expect(await planned(`1e7 + ${REWARD}`)).toEqual(usual);
      // λ is in units of the reward: it goes with it.
      const pessimism = (objective.pessimism ?? 1) / 1024;
      expect(await planned(`(${REWARD}) / 1024 - 1e6`, { pessimism })).toEqual(usual);
    });
  },
);

describe.each(PLANNER_OPTIONS.map(({ shape }) => ({ method: shape.method.value })))(
  'a reward that the model has learned, here $method',
  ({ method }) => {
    it('is planned for alike, whatever its mean was', async () => {
      const moved = structuredClone(ensemble);
      const means = moved.normaliser.targetMean;
      means[means.length - 1] += 1e7;
      const planned = (model: DynamicsModel) =>
        plansOf(model, taskOf('0'), {
          planner: plannerOf(method),
          propagation: PropagationOptions.parse({ reward: 'learned' }),
        });
      const usual = await planned(ensemble);
      expect(new Set(usual).size).toBeGreaterThan(3);
      expect(await planned(moved)).toEqual(usual);
    });
  },
);

describe.each(METHODS)('a reward with a constant on the simulator, here %j', (options) => {
  it('is planned for as without it', async () => {
    const simulator = await loadRig('pendulum');
    const planner = PlannerOptions.parse({ ...options, candidates: 20, horizon: 15 });
    const { reward } = simulator.file.task;
    const planned = (what: string) =>
      plansOf(
        null,
        { ...simulator.file.task, reward: what },
        { simulator, planner, actionLimits: [[-2, 2]] },
        [3, 0.1],
      );
    const usual = await planned(reward);
    expect(new Set(usual).size).toBeGreaterThan(3);
    expect(await planned(`1e7 + (${reward})`)).toEqual(usual);
  });
});

describe('what every step pays, where an episode may end', () => {
  it('counts for every step that there is, and hides nothing of what else they pay', async () => {
    // Walks 1 or 2 a step, and ends beyond 4.5: after five steps or after three.
    const rollout = await compileRollout(
      { engine, model: driftModel([1, 2], 1e-4), task: taskOf('1e7 + 1e-3 * x', 'x > 4.5'), threads: 1 },
      {
        ...{ horizon: 6, candidates: 1, particles: 2, members: 'fixed', noise: false },
        ...{ learnedReward: false, variance: false, limits: false, trajectories: false },
      },
    );
    const { returns } = await rollout.evaluate([0], new Float32Array(6), new Random(0));
    expect(rollout.baseline).toBe(6e7);
    expect(returns[0] + 1e7).toBeCloseTo(1e-3 * (1 + 2 + 3 + 4 + 5), 6);
    expect(returns[1] + 3e7).toBeCloseTo(1e-3 * (2 + 4 + 6), 6);
    await rollout.dispose();
  });

  it.each(PLANNER_OPTIONS.map(({ shape }) => shape.method.value))(
    'lets %s go as far as it can without ending it',
    async (method) => {
      const planner = plannerOf(method);
      // x' = x + 0.3 u, so that full speed ends the episode after four of eight steps.
      const actions = await plansOf(
        linearModel(LINE, [[0, 0.3]]),
        taskOf('1e7 + x', 'x > 1'),
        { planner: 'candidates' in planner ? { ...planner, candidates: 100 } : planner },
        [0],
      );
      let x = 0;
      const states = actions.slice(0, 8).map((action) => {
        x += 0.3 * action;
        return x;
      });
      // The last step may end it: it pays as well.
      expect(Math.max(...states.slice(0, -1))).toBeLessThan(1.001);
      // To weights that are shares of the spread, all that survive are equally good.
      if (method === 'mppi') return;
      expect(states.reduce((sum, state) => sum + state, 0)).toBeGreaterThan(0.8);
    },
  );
});

it('what a plan says of itself has the constant in it again', async () => {
  const setup: PlanSetup = {
    ...{ modelFile: '', task: taskOf('1000 + x'), propagation: PropagationOptions.parse({}) },
    planner: PlannerOptions.parse({ method: 'mppi', horizon: 4, candidates: 10 }),
    ...{ actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
  };
  const session = await PlanSession.compile(setup, driftModel([1, 1], 1e-4), engine);
  const request = { id: 0, observation: [0], observedStep: 0, pending: [], fresh: true, draw: true };
  const { expectedReturn, insight, candidates } = await session.plan(request);
  expect(expectedReturn).toBeCloseTo(4010, 3);
  expect(insight.expectedReturn).toBeCloseTo(4010, 1);
  for (const candidate of candidates) expect(candidate.return).toBeCloseTo(4010, 3);
  await session.close();
});
