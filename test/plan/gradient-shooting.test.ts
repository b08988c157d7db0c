import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { derivativeProblem } from '../../src/main/plan/derivatives/problem';
import { compileReturn } from '../../src/main/plan/derivatives/return-gradient';
import type { Plan, PlanSpace } from '../../src/main/plan/method';
import { gradientShooting } from '../../src/main/plan/methods/gradient-shooting';
import { PlanSession } from '../../src/main/plan/session/session';
import type { PlanSetup } from '../../src/main/plan/types';
import { type Engine, openEngine } from '../../src/main/tensor';
import { TrainOptions } from '../../src/shared/model-options';
import { GradientShootingOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';
import { driftModel, LINE, randomModel } from '../dynamics/models';
import {
  CARTPOLE_CHANNELS,
  CARTPOLE_TASK,
  cartpoleEpisode,
  cartpoleStart,
  cartpoleStep,
  type State,
} from './cartpole';
import { scoresFrom } from './sampling';
import { disagreeing, pointMass, spaceOf } from './smooth-models';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const SMOOTH: TaskFile = {
  name: 'smooth',
  reward: 'cos(pole_angle) - 0.1 * cart_position^2 - 0.05 * force^2 + 0.1 * before(cart_velocity)',
  termination: '',
  maxSteps: 100,
};

type Given = { propagation?: object; limits?: PlanSetup['observationLimits']; task?: TaskFile };
function setupOf(
  options: GradientShootingOptions,
  space: PlanSpace,
  { propagation = {}, limits, task = SMOOTH }: Given,
): PlanSetup {
  return {
    modelFile: '',
    task,
    planner: options,
    propagation: PropagationOptions.parse(propagation),
    actionLimits: [...space.low].map((low, a) => [low, space.high[a]]),
    holdAction: [...space.hold],
    ...(limits ? { observationLimits: limits } : {}),
    threads: 1,
    seed: 0,
  };
}
const optionsOf = (some: object = {}) =>
  GradientShootingOptions.parse({ method: 'gradient-shooting', horizon: 6, candidates: 4, ...some });

async function methodOf(model: DynamicsModel, planner: object = {}, given: Given = {}, space?: PlanSpace) {
  const options = optionsOf(planner);
  const all = space ?? spaceOf(options.horizon, model.summary.actions.length);
  return gradientShooting(options, all, { engine, model, setup: setupOf(options, all, given) });
}
const noScores = async () => scoresFrom([]);
const ask = (start: number[], previous: Plan | null = null, step = 0, actions = 1) => ({
  step,
  previous,
  evaluate: noScores,
  random: new Random(step),
  start: Float32Array.from(start),
  before: new Float64Array(actions),
});

/** Relative error of the whole gradient against central differences of the scores of the same graph. */
async function gradientError(
  model: DynamicsModel,
  planner: object,
  given: Given,
  seed: number,
): Promise<number> {
  const options = optionsOf({ ...planner, candidates: 2 });
  const space = spaceOf(options.horizon, model.summary.actions.length);
  const setup = setupOf(options, space, given);
  const derivable = { engine, model, setup };
  const problem = await derivativeProblem(options, space, derivable);
  const size = options.horizon * space.low.length;
  const pessimistic = setup.propagation.objective === 'pessimistic';
  const graph = await compileReturn(engine, problem, { starts: 2, pessimistic, threads: 1 });
  const random = new Random(seed);
  const start = random.fillNormal(new Float32Array(problem.width)).map((x) => 0.3 * x);
  const before = Float64Array.from(space.low, () => random.uniformIn(-0.5, 0.5));
  const actions = Float32Array.from({ length: 2 * size }, () => random.uniformIn(-0.9, 0.9));
  const { gradient, scores } = await graph.gradient(start, before, actions, setup.propagation);
  const step = 0.2;
  const differences = new Float64Array(2 * size);
  for (let j = 0; j < size; j++) {
    const moving = async (by: number) => {
      const moved = Float32Array.from(actions);
      for (const i of [j, size + j]) moved[i] = moved[i] + by;
      return graph.scores(start, before, moved, setup.propagation);
    };
    const [two, one, minusOne, minusTwo] = [
      await moving(2 * step),
      await moving(step),
      await moving(-step),
      await moving(-2 * step),
    ];
    // Five points: the error is of fourth order, so that a step can be taken that float32 resolves.
    for (const i of [0, 1]) {
      const at = (x: Float64Array) => x[i];
      differences[i * size + j] = (8 * (at(one) - at(minusOne)) - (at(two) - at(minusTwo))) / (12 * step);
    }
  }
  await graph.dispose();
  let [error, norm] = [0, 0];
  differences.forEach((d, j) => {
    error += (d - gradient[j]) ** 2;
    norm += d ** 2;
  });
  // What float32 resolves of a score cannot be told from its slope.
  const rounding = (2 ** -22 * Math.abs(scores[0]) * Math.sqrt(2 * size)) / step;
  return Math.max(0, Math.sqrt(error) - rounding) / Math.sqrt(norm);
}

describe('the gradient of the return', () => {
  const networks = { hiddenLayers: 2, hiddenUnits: 24 };
  const kinds: [string, object, object, Given][] = [
    ['an ensemble', { class: { name: 'ensemble', ...networks } }, {}, {}],
    ['one network', { class: { name: 'deterministic', ...networks, activation: 'tanh' } }, {}, {}],
    ['a model with a history', { class: { name: 'ensemble', ...networks }, history: 3 }, {}, {}],
    [
      'smoothing and a rate penalty',
      { class: { name: 'ensemble', ...networks } },
      { smoothing: 0.6, ratePenalty: 2 },
      {},
    ],
    [
      "the members' variance",
      { class: { name: 'ensemble', ...networks } },
      {},
      { propagation: { objective: 'pessimistic', pessimism: 3 } },
    ],
    [
      'the learned reward',
      { class: { name: 'ensemble', ...networks }, rewardHead: true },
      {},
      { propagation: { reward: 'learned' } },
    ],
  ];
  it('is what finite differences say: a Gaussian process, a diffusion model', {}, async () => {
    const random = new Random(2);
    const episodes = Array.from({ length: 3 }, (_, id) => {
      const states: State[] = [cartpoleStart(random)];
      const actions = Array.from({ length: 20 }, () => random.uniformIn(-1, 1));
      for (const action of actions) states.push(cartpoleStep(states.at(-1) as State, action));
      return cartpoleEpisode(id, states, actions);
    });
    for (const name of ['gaussian-process', 'diffusion'] as const) {
      const options = TrainOptions.parse({ class: { name }, epochs: 2 });
      const channels = CARTPOLE_CHANNELS;
      const model = await trainModel({ name, rig: 'cartpole', channels, episodes, options });
      const task = { ...SMOOTH, reward: '10 * cart_velocity - 10 * pole_velocity^2' };
      expect(await gradientError(model, {}, { task }, 1)).toBeLessThan(2e-3);
    }
  });

  it.each(kinds)('is what finite differences say: %s', async (_, train, planner, given) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), async (seed) => {
        const model = randomModel(CARTPOLE_CHANNELS, train, seed);
        // A learned reward that differs enough from step to step to be seen in a sum of float32.
        model.normaliser.targetMean.fill(0, 4);
        model.normaliser.targetStd.fill(3, 4);
        expect(await gradientError(model, planner, given, seed)).toBeLessThan(1e-3);
      }),
      { numRuns: 3 },
    );
  });

  it("takes the members' variance over those whose episode goes on", async () => {
    // Members at 1, 2, 3 and at 3, 6, 9: the second one's episode ends with its second step.
    const task = { name: 'far', reward: 'x * 0.1', termination: 'x > 5', maxSteps: 9 };
    const options = optionsOf({ horizon: 3, candidates: 2 });
    const setup = setupOf(options, spaceOf(3, 1), { task, propagation: { objective: 'pessimistic' } });
    const model = driftModel([1, 3]);
    const problem = await derivativeProblem(options, spaceOf(3, 1), { engine, model, setup });
    const graph = await compileReturn(engine, problem, { starts: 2, pessimistic: true, threads: 1 });
    const scores = async (pessimism: number) =>
      (
        await graph.scores(Float32Array.of(0), Float64Array.of(0), new Float32Array(6), {
          ...{ pessimism, limitPenalty: 0 },
        })
      )[0];
    const spread = model.normaliser.inputStd[0];
    expect(await scores(0)).toBeCloseTo((0.1 * (1 + 2 + 3 + 3 + 6)) / 2, 4);
    expect((await scores(0)) - (await scores(2))).toBeCloseTo((2 * (1 + 4 + 0)) / spread ** 2, 3);
    await graph.dispose();
  });

  it('counts rewards up to the end of an episode only', async () => {
    const options = optionsOf({ horizon: 4 });
    const model = pointMass({ gain: 1 });
    const space = spaceOf(4, 1);
    const task = { name: 'line', reward: 'position', termination: 'position > 0.5', maxSteps: 9 };
    const setup = setupOf(options, space, { task });
    const problem = await derivativeProblem(options, space, { engine, model, setup });
    const graph = await compileReturn(engine, problem, { starts: 1, pessimistic: false, threads: 1 });
    // position' = position + velocity, velocity' = velocity + action.
    const { scores, gradient } = await graph.gradient(
      Float32Array.of(0.25, 0.2),
      Float64Array.of(0),
      Float32Array.of(0, 0, 0, 0),
      setup.propagation,
    );
    expect(scores[0]).toBeCloseTo(0.45 + 0.65, 5);
    expect([...gradient].map((g) => Math.round(g * 1e5) / 1e5)).toEqual([1, 0, 0, 0]);
    await graph.dispose();
  });

  it('takes the limit penalty from the score, and sees its slope outside of the limits', async () => {
    const model = pointMass({ gain: 1 });
    const options = optionsOf({ horizon: 3 });
    const space = spaceOf(3, 1);
    const task = { name: 'line', reward: '-velocity^2', termination: '', maxSteps: 9 };
    const setup = setupOf(options, space, { task, limits: [[-1, 1], null] });
    const problem = await derivativeProblem(options, space, { engine, model, setup });
    const graph = await compileReturn(engine, problem, { starts: 1, pessimistic: false, threads: 1 });
    const run = (limitPenalty: number) =>
      graph.gradient(Float32Array.of(2, 0), Float64Array.of(0), new Float32Array(3), {
        pessimism: 0,
        limitPenalty,
      });
    const [free, held] = [await run(0), await run(10)];
    // Three steps at position 2, outside by half of the range.
    expect(free.scores[0] - held.scores[0]).toBeCloseTo(10 * 3 * 1.5, 3);
    // Position of steps 2 and 3 by the first action, of step 3 by the second: 1 + 2 and 1 steps, each 10 / 2.
    expect([...held.gradient].map((g) => Math.round(g))).toEqual([-15, -5, 0]);
    await graph.dispose();
  });
});

describe('gradient shooting', () => {
  it('finds the best actions of a linear-quadratic problem', async () => {
    const task = { name: 'reach', reward: '-(velocity - 0.3)^2', termination: '', maxSteps: 9 };
    const method = await methodOf(pointMass({ gain: 1 }), { horizon: 3, iterations: 50 }, { task });
    const { actions } = await method(ask([0, 0]));
    expect(actions[0]).toBeCloseTo(0.3, 1);
    expect(actions[1]).toBeCloseTo(0, 1);
    expect(actions[2]).toBeCloseTo(0, 1);
    await method.close?.();
  });

  it('goes to the limit of the action and not beyond', async () => {
    const task = { name: 'far', reward: 'velocity', termination: '', maxSteps: 9 };
    const space = { ...spaceOf(3, 1), low: Float64Array.of(-0.2), high: Float64Array.of(0.4) };
    const method = await methodOf(pointMass({ gain: 1 }), { horizon: 3, iterations: 30 }, { task }, space);
    const { actions } = await method(ask([0, 0]));
    for (const action of actions) {
      expect(action).toBeCloseTo(0.4, 6);
      expect(action).toBeLessThanOrEqual(0.4);
    }
    await method.close?.();
  });

  it('is never worse than the plan before, and keeps it where it is the best there is', async () => {
    const task = { name: 'still', reward: '-velocity^2 - action^2', termination: '', maxSteps: 9 };
    const method = await methodOf(pointMass({ gain: 1 }), { horizon: 4, iterations: 5 }, { task });
    const first = await method(ask([0, 0]));
    expect([...first.actions]).toEqual([0, 0, 0, 0]);
    const next = await method(ask([0, 0], first, 1));
    expect([...next.actions]).toEqual([0, 0, 0, 0]);
    await method.close?.();
  });

  it('repeats itself with the same random numbers and uses fewer steps where time is short', async () => {
    const model = randomModel(CARTPOLE_CHANNELS, { class: { name: 'ensemble', hiddenUnits: 16 } });
    const method = await methodOf(
      model,
      { iterations: 8, candidates: 8 },
      { task: { ...SMOOTH, reward: 'cos(pole_angle) + cart_velocity - 0.01 * force^2' } },
    );
    const start = [0.1, 0, 0.2, 0];
    const plans = [await method(ask(start)), await method(ask(start))];
    expect(plans[0]?.actions).toEqual(plans[1]?.actions);
    const hurried = await method({ ...ask(start), candidates: 1 });
    expect(hurried.actions).not.toEqual(plans[0]?.actions);
    await method.close?.();
  });

  it('leaves the plan as it was where every prediction diverges', async () => {
    const task = { name: 'far', reward: 'x * x', termination: '', maxSteps: 9 };
    const method = await methodOf(driftModel([1e30, 1e30]), { horizon: 3 }, { task });
    const previous = { firstStep: 0, actions: Float32Array.of(0.1, 0.2, 0.3) };
    const plan = await method(ask([0], previous, 1));
    expect([...plan.actions]).toEqual([...Float32Array.of(0.2, 0.3, 0)]);
    await method.close?.();
  });

  it('plans in a session, with a pessimism that is turned while it runs', async () => {
    // The action moves x; how far, the members do not agree about, the more so the larger it is.
    const model = disagreeing([0.5, 1.5]);
    const task = { name: 'far', reward: 'x', termination: '', maxSteps: 9 };
    const options = optionsOf({ horizon: 3, iterations: 30 });
    const setup = setupOf(options, spaceOf(3, 1), {
      task,
      propagation: { objective: 'pessimistic', pessimism: 0 },
    });
    const session = await PlanSession.compile(setup, model, engine);
    const first = async () => {
      const request = { id: 1, observation: [0], observedStep: 0, pending: [], fresh: true, draw: false };
      return (await session.plan(request)).actions[0]?.[0];
    };
    expect(await first()).toBeCloseTo(1, 3);
    expect(await session.adjust({ pessimism: 100 })).toBe(true);
    expect(Math.abs(await first())).toBeLessThan(0.3);
    await session.close();
  });

  it('says which planners can do what it cannot', async () => {
    const model = randomModel(LINE, { class: { name: 'deterministic', hiddenUnits: 8 } });
    const task = { name: 'x', reward: '-x^2', termination: '', maxSteps: 9 };
    const discrete = { ...spaceOf(6, 1), values: [Float64Array.of(-1, 1)] };
    await expect(methodOf(model, {}, { task }, discrete)).rejects.toMatchObject({
      code: 'wrong-use',
      next: expect.stringContaining('cem'),
    });
    for (const objective of ['cvar', 'worst-member']) {
      await expect(methodOf(model, {}, { task, propagation: { objective } })).rejects.toMatchObject({
        code: 'wrong-use',
        message: expect.stringContaining(objective),
        next: expect.stringContaining('mppi'),
      });
    }
    await expect(methodOf(model, {}, { task, propagation: { reward: 'learned' } })).rejects.toMatchObject({
      message: expect.stringContaining('has not learned the reward'),
    });
  });

  it('refuses a reward that only jumps', async () => {
    const model = randomModel(CARTPOLE_CHANNELS, { class: { name: 'deterministic', hiddenUnits: 8 } });
    await expect(methodOf(model, {}, { task: CARTPOLE_TASK })).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining('no slope'),
    });
  });
});
