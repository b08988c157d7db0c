import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { backwardPass } from '../../src/main/plan/derivatives/backward-pass';
import { boxQuadratic } from '../../src/main/plan/derivatives/box-quadratic';
import { compileExpansion, type Expansion } from '../../src/main/plan/derivatives/expansion';
import { compileTrial } from '../../src/main/plan/derivatives/forward-pass';
import { derivativeProblem } from '../../src/main/plan/derivatives/problem';
import type { Plan, PlanContext, PlanSpace } from '../../src/main/plan/method';
import { ilqr } from '../../src/main/plan/methods/ilqr';
import { PlanSession } from '../../src/main/plan/session/session';
import type { PlanSetup } from '../../src/main/plan/types';
import { type Engine, openEngine } from '../../src/main/tensor';
import { nearestConvex, symmetricEigen } from '../../src/shared/linear-algebra/eigen';
import { IlqrOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';
import { driftModel, LINE, randomModel } from '../dynamics/models';
import { CARTPOLE_CHANNELS, CARTPOLE_TASK } from './cartpole';
import { scoresFrom } from './sampling';
import { pendulum, pendulumStep, pointMass, spaceOf } from './smooth-models';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

interface Given {
  planner?: object;
  propagation?: object;
  space?: PlanSpace;
  limits?: PlanSetup['observationLimits'];
}
const taskOf = (reward: string, termination = ''): TaskFile => ({
  name: 'test',
  reward,
  termination,
  maxSteps: 100,
});

function prepared(model: DynamicsModel, task: TaskFile, { planner, propagation, space, limits }: Given) {
  const options = IlqrOptions.parse({ method: 'ilqr', horizon: 6, ...planner });
  const all = space ?? spaceOf(options.horizon, model.summary.actions.length);
  const setup: PlanSetup = {
    modelFile: '',
    task,
    planner: options,
    propagation: PropagationOptions.parse(propagation ?? {}),
    actionLimits: [...all.low].map((low, a) => [low, all.high[a]]),
    holdAction: [...all.hold],
    ...(limits ? { observationLimits: limits } : {}),
    threads: 1,
    seed: 0,
  };
  return { options, space: all, derivable: { engine, model, setup } };
}
function methodOf(model: DynamicsModel, task: TaskFile, given: Given = {}) {
  const { options, space, derivable } = prepared(model, task, given);
  return ilqr(options, space, derivable);
}
function problemOf(model: DynamicsModel, task: TaskFile, given: Given = {}) {
  const { options, space, derivable } = prepared(model, task, given);
  return derivativeProblem(options, space, derivable);
}
const ask = (start: number[], some: Partial<PlanContext> = {}): PlanContext => ({
  step: 0,
  previous: null,
  evaluate: async () => scoresFrom([]),
  random: new Random(some.step ?? 0),
  start: Float32Array.from(start),
  before: new Float64Array(1),
  ...some,
});
const wide = (horizon: number, limit: number): PlanSpace => ({
  ...spaceOf(horizon, 1),
  low: Float64Array.of(-limit),
  high: Float64Array.of(limit),
});
const gainsOf = ({ memory }: Plan): Float32Array => (memory as { gains: Float32Array }).gains;

/** Score of a plan, computed apart from planners: for models of the point mass, in float64. */
function rollOut(
  actions: ArrayLike<number>,
  gain: number,
  reward: (p: number, v: number, u: number) => number,
) {
  return (start: [number, number]) => {
    let [[p, v], sum] = [start, 0];
    for (const u of Array.from(actions)) {
      [p, v] = [p + v, v + gain * u];
      sum += reward(p, v, u);
    }
    return sum;
  };
}

describe('iLQR on a linear-quadratic problem', () => {
  const [q1, q2, r, gain, horizon] = [1, 0.2, 0.5, 0.5, 8];
  const task = taskOf(`-(${q1} * position^2 + ${q2} * velocity^2 + ${r} * action^2)`);

  /** Riccati's recursion by hand for position' = position + velocity, velocity' = velocity + gain · u. */
  function riccati(): [number, number][] {
    let [a, b, c] = [0, 0, 0];
    const gains: [number, number][] = [];
    for (let t = horizon - 1; t >= 0; t--) {
      const [s11, s12, s22] = [a + q1, b, c + q2];
      // BᵀS = gain · [s12, s22], A = [1 1; 0 1].
      const down = r + gain ** 2 * s22;
      const k: [number, number] = [(gain * s12) / down, (gain * (s12 + s22)) / down];
      gains.unshift(k);
      // AᵀSA − AᵀSB·k
      a = s11 - gain * s12 * k[0];
      b = s11 + s12 - gain * s12 * k[1];
      c = s11 + 2 * s12 + s22 - gain * (s12 + s22) * k[1];
    }
    return gains;
  }

  it('is at the solution of the Riccati equation after one iteration, gains included', async () => {
    const given = {
      planner: { horizon, iterations: 1, regularisation: 1e-9 },
      space: wide(horizon, 5),
    };
    const method = await methodOf(pointMass({ gain }), task, given);
    const plan = await method(ask([1, -0.5]));
    let [p, v] = [1, -0.5];
    riccati().forEach(([kp, kv], t) => {
      const u = -(kp * p + kv * v);
      expect(plan.actions[t]).toBeCloseTo(u, 3);
      [p, v] = [p + v, v + gain * u];
      const row = gainsOf(plan).subarray(t * 3, t * 3 + 3);
      expect(row[0]).toBeCloseTo(-kp, 3);
      expect(row[1]).toBeCloseTo(-kv, 3);
      expect(row[2]).toBeCloseTo(0, 5);
    });
    await method.close?.();
  });

  it('keeps within the limits, and is the best that can be done within them', async () => {
    const limit = 0.3;
    const method = await methodOf(pointMass({ gain }), task, {
      planner: { horizon, iterations: 20 },
      space: wide(horizon, limit),
    });
    const { actions } = await method(ask([1, 0.4]));
    expect(Math.max(...actions.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(actions[0]).toBeCloseTo(-limit, 5);
    const score = (u: ArrayLike<number>) =>
      rollOut(u, gain, (p, v, a) => -(q1 * p * p + q2 * v * v + r * a * a))([1, 0.4]);
    // The problem is convex: what no single action can improve within the limits is the solution.
    for (const [t, u] of actions.entries()) {
      for (const by of [-0.02, 0.02]) {
        if (Math.abs(u + by) > limit) continue;
        expect(score(actions.with(t, u + by))).toBeLessThan(score(actions));
      }
    }
    await method.close?.();
  });

  it('knows what smoothing and a rate penalty do to its actions', async () => {
    const [smoothing, ratePenalty] = [0.5, 3];
    const method = await methodOf(pointMass({ gain }), task, {
      planner: { horizon, iterations: 3, smoothing, ratePenalty, regularisation: 1e-9 },
      space: wide(horizon, 5),
    });
    const before = 0.7;
    const { actions } = await method(ask([1, -0.5], { before: Float64Array.of(before) }));
    const score = (u: ArrayLike<number>) => {
      let [last, penalty] = [before, 0];
      const executed = Array.from(u, (one) => {
        const next = smoothing * last + (1 - smoothing) * one;
        penalty += ratePenalty * ((next - last) / 10) ** 2;
        last = next;
        return next;
      });
      return (
        rollOut(executed, gain, (p, v, a) => -(q1 * p * p + q2 * v * v + r * a * a))([1, -0.5]) - penalty
      );
    };
    for (const [t, u] of actions.entries()) {
      for (const by of [-0.02, 0.02]) expect(score(actions.with(t, u + by))).toBeLessThan(score(actions));
    }
    await method.close?.();
  });
});

describe('derivatives along a trajectory', () => {
  const networks = { hiddenLayers: 2, hiddenUnits: 24 };
  const reward =
    'cos(pole_angle) - 0.1 * cart_position^2 - 0.05 * force^2 + 0.3 * before(cart_velocity) * force + 0.2 * pole_velocity * before(pole_angle)';
  const kinds: [string, object, Given][] = [
    ['an ensemble', { class: { name: 'ensemble', ...networks } }, {}],
    ['one network', { class: { name: 'gaussian', ...networks, activation: 'tanh' } }, {}],
    ['a model with a history', { class: { name: 'ensemble', ...networks }, history: 3 }, {}],
    [
      'the learned reward',
      { class: { name: 'ensemble', ...networks }, rewardHead: true },
      { propagation: { reward: 'learned' } },
    ],
  ];
  it.each(kinds)('are what finite differences say: %s', async (_, train, given) => {
    const model = randomModel(CARTPOLE_CHANNELS, train, 3);
    model.normaliser.targetMean.fill(0, 4);
    model.normaliser.targetStd.fill(3, 4);
    const problem = await problemOf(model, taskOf(reward), { ...given, planner: { horizon: 2 } });
    const graph = await compileExpansion(engine, problem, { noise: true, threads: 1 });
    const one = { ...problem, horizon: 1 };
    const trial = await compileTrial(engine, one, { rows: 1, noise: false, threads: 1 });
    // The state after one step is the first of two.
    const two = await compileTrial(engine, problem, { rows: 1, noise: false, threads: 1 });
    const { width, actions } = problem;
    const n = width + actions;
    const random = new Random(7);
    const z = random
      .fillNormal(new Float32Array(n))
      .map((x) => 0.4 * x)
      .fill(0.3, width);
    const roll = async (at: Float32Array) => {
      const state = at.subarray(0, width);
      const act = at.subarray(width);
      const zeros = (horizon: number) => ({
        ...{ start: state, before: act, feedback: Float32Array.of(0), limitPenalty: 0 },
        states: new Float32Array(horizon * width),
        executed: new Float32Array(horizon * actions),
        gains: new Float32Array(horizon * actions * n),
        noiseCost: new Float32Array(horizon * problem.observations),
      });
      const { scores } = await trial.run({ ...zeros(1), actions: act });
      const { states } = await two.run({ ...zeros(2), actions: Float32Array.of(...act, ...act) });
      return { reward: scores[0], next: states.subarray(width) };
    };
    const twice = (x: Float32Array) => Float32Array.of(...x, ...x);
    const expansion = await graph.at(twice(z.subarray(0, width)), twice(z.subarray(width)), 0);
    const [f, l] = [expansion.dynamics[0] as Float64Array, expansion.gradient[0] as Float64Array];
    const step = 0.1;
    let [error, norm, slopeError, slopeNorm] = [0, 0, 0, 0];
    for (let j = 0; j < n; j++) {
      const at = (by: number) => roll(z.with(j, z[j] + by));
      const [p2, p1, m1, m2] = [await at(2 * step), await at(step), await at(-step), await at(-2 * step)];
      const slope = (of: (x: typeof p1) => number) =>
        (8 * (of(p1) - of(m1)) - (of(p2) - of(m2))) / (12 * step);
      for (let i = 0; i < width; i++) {
        const difference = slope(({ next }) => next[i]);
        error += (difference - f[i * n + j]) ** 2;
        norm += difference ** 2;
      }
      const difference = -slope((x) => x.reward);
      slopeError += (difference - l[j]) ** 2;
      slopeNorm += difference ** 2;
    }
    expect(Math.sqrt(error / norm)).toBeLessThan(1e-3);
    expect(Math.sqrt(slopeError / slopeNorm)).toBeLessThan(1e-3);
    await Promise.all([graph.dispose(), trial.dispose(), two.dispose()]);
  });

  it('have the curvature of the reward by state, action and next state', async () => {
    // r = −(o + 2u)² − 3 o'², o' = o + v: by hand, the cost's curvature in (o, v, u).
    const task = taskOf('-(before(position) + 2 * action)^2 - 3 * position^2');
    const problem = await problemOf(pointMass({ gain: 1 }), task, { planner: { horizon: 2 } });
    const graph = await compileExpansion(engine, problem, { noise: false, threads: 1 });
    const { hessian, gradient } = await graph.at(new Float32Array(4).fill(1), new Float32Array(2), 0);
    expect([...(hessian[0] as Float64Array)].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([
      ...[2 + 6, 6, 4],
      ...[6, 6, 0],
      ...[4, 0, 8],
    ]);
    expect([...(gradient[1] as Float64Array)].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([2 + 12, 12, 4]);
    await graph.dispose();
  });

  it('have a curvature that has a minimum also where the reward bends the other way', async () => {
    const problem = await problemOf(pointMass({ gain: 1 }), taskOf('cos(position) - action^2'), {
      planner: { horizon: 1 },
    });
    const graph = await compileExpansion(engine, problem, { noise: false, threads: 1 });
    const { hessian } = await graph.at(Float32Array.of(Math.PI, 0), new Float32Array(1), 0);
    const { values } = symmetricEigen(hessian[0] as Float64Array, 3);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1e-9);
    expect(Math.max(...values)).toBeCloseTo(2, 4);
    await graph.dispose();
  });
});

describe("iLQG, with the model's noise", () => {
  const task = taskOf('-(position^2 + 0.1 * velocity^2 + 0.01 * action^2)');
  const planner = { horizon: 6, iterations: 15 };
  const plan = async (noise: 'ignore' | 'model', logVariance: number[][]) => {
    const method = await methodOf(pointMass({ gain: 1, noise: logVariance }), task, {
      planner: { ...planner, noise },
      space: wide(6, 2),
    });
    const made = await method(ask([1, 0]));
    await method.close?.();
    return made;
  };
  const size = ({ actions }: Plan) => Math.hypot(...actions);

  it('acts less where the noise grows with the action', async () => {
    // ln variance of the velocity's noise: 0.8 u − 2 and so on.
    const growing = [
      [0, 0, 0, -20],
      [0, 0, -2, -2],
    ];
    const [without, withNoise] = [await plan('ignore', growing), await plan('model', growing)];
    // A negative action is what brings the mass back, and a negative action is what is noisy.
    expect(without.actions[0]).toBeLessThan(-0.4);
    expect(withNoise.actions[0]).toBeGreaterThan(without.actions[0] + 0.1);
    expect(size(withNoise)).toBeLessThan(size(without));
  });

  it('has the gains of iLQR where the noise is the same everywhere', async () => {
    const constant = [
      [0, 0, 0, -2],
      [0, 0, 0, -2],
    ];
    const [without, withNoise] = [await plan('ignore', constant), await plan('model', constant)];
    // Two programs in single precision, one with the noise's slopes in it: a thousandth apart.
    gainsOf(without).forEach((gain, i) => {
      expect(gainsOf(withNoise)[i]).toBeCloseTo(gain, 2);
    });
    without.actions.forEach((action, t) => {
      expect(withNoise.actions[t]).toBeCloseTo(action, 3);
    });
  });
});

describe('iLQR', () => {
  const rough = taskOf('cos(pole_angle) - 0.1 * cart_position^2 - 0.05 * force^2');
  const model = () =>
    randomModel(CARTPOLE_CHANNELS, { class: { name: 'ensemble', hiddenLayers: 2, hiddenUnits: 16 } }, 5);

  it('never makes a plan worse, however often it goes on', async () => {
    const problem = await problemOf(model(), rough);
    const trial = await compileTrial(engine, problem, { rows: 1, noise: false, threads: 1 });
    const start = [0.2, 0, 1, 0];
    const score = async (actions: Float32Array) => {
      const { scores } = await trial.run({
        ...{ start: Float32Array.from(start), before: Float32Array.of(0), feedback: Float32Array.of(0) },
        ...{ actions, states: new Float32Array(24), executed: new Float32Array(6), limitPenalty: 0 },
        ...{ gains: new Float32Array(30), noiseCost: new Float32Array(24) },
      });
      return scores[0];
    };
    const method = await methodOf(model(), rough, { planner: { iterations: 1 } });
    let previous: Plan = { firstStep: 0, actions: new Float32Array(6) };
    let before = await score(previous.actions);
    const first = before;
    for (let i = 0; i < 10; i++) {
      previous = await method(ask(start, { previous }));
      const now = await score(previous.actions);
      expect(now).toBeGreaterThanOrEqual(before - 1e-5 * Math.abs(before));
      before = now;
    }
    expect(before).toBeGreaterThan(first);
    await Promise.all([method.close?.(), trial.dispose()]);
  });

  it('repeats itself with the same random numbers', async () => {
    const method = await methodOf(model(), rough);
    const [a, b] = [await method(ask([0, 0, 1, 0])), await method(ask([0, 0, 1, 0]))];
    expect(a.actions).toEqual(b.actions);
    await method.close?.();
  });

  it('corrects the previous plan by its feedback where the state is another', async () => {
    const task = taskOf('-(position^2 + 0.1 * velocity^2 + 0.1 * action^2)');
    const given = { planner: { horizon: 6, iterations: 1, regularisation: 1e-9 }, space: wide(6, 5) };
    const method = await methodOf(pointMass({ gain: 0.5 }), task, given);
    const first = await method(ask([1, 0]));
    const second = await method(ask([1.3, 0.2], { previous: first, step: 1 }));
    const fresh = await method(ask([1.3, 0.2], { step: 1 }));
    second.actions.forEach((action, t) => {
      expect(action).toBeCloseTo(fresh.actions[t], 2);
    });
    await method.close?.();
  });

  it('swings a pendulum up, which takes several swings', async () => {
    const task = taskOf('cos(angle) - 0.01 * velocity^2 - 0.001 * torque^2');
    const method = await methodOf(pendulum(), task, {
      planner: { horizon: 30, iterations: 5 },
    });
    let state: [number, number] = [Math.PI, 0];
    let previous: Plan | null = null;
    let upright = 0;
    for (let t = 0; t < 100; t++) {
      previous = await method(ask(state, { step: t, previous }));
      state = pendulumStep(state, previous.actions[0]);
      upright = Math.cos(state[0]) > 0.95 ? upright + 1 : 0;
    }
    expect(upright).toBeGreaterThan(20);
    await method.close?.();
  });

  it('keeps out of the limits of an observation when it costs enough', async () => {
    const task = taskOf('-(position - 1)^2 - 0.01 * action^2');
    const limits: Given['limits'] = [[-0.5, 0.5], null];
    const highest = async (limitPenalty: number) => {
      const method = await methodOf(pointMass({ gain: 0.3 }), task, {
        ...{ planner: { horizon: 8, iterations: 20 }, limits, propagation: { limitPenalty } },
      });
      const { actions } = await method(ask([0, 0]));
      await method.close?.();
      let [[p, v], most] = [[0, 0], 0];
      for (const u of actions) {
        [p, v] = [p + v, v + 0.3 * u];
        most = Math.max(most, p);
      }
      return most;
    };
    expect(await highest(0)).toBeGreaterThan(0.8);
    expect(await highest(20)).toBeLessThan(0.55);
  });

  it('plans in a session, and obeys a limit penalty that is raised while it runs', async () => {
    const task = taskOf('-(position - 1)^2 - 0.01 * action^2');
    const { derivable } = prepared(pointMass({ gain: 0.3 }), task, {
      planner: { horizon: 8, iterations: 20 },
      limits: [[-0.5, 0.5], null],
    });
    const session = await PlanSession.compile(derivable.setup, derivable.model, engine);
    const highest = async () => {
      const request = { id: 1, observation: [0, 0], observedStep: 0, pending: [], fresh: true, draw: false };
      const { mean } = await session.plan(request);
      return Math.max(...mean.filter((_, i) => i % 2 === 0));
    };
    expect(await highest()).toBeGreaterThan(0.8);
    expect(await session.adjust({ limitPenalty: 20 })).toBe(true);
    expect(await highest()).toBeLessThan(0.55);
    await session.close();
  });

  it('does not plan beyond the end of an episode', async () => {
    // Going on to the right would be worth much, but the episode is over at 1.
    const task = taskOf('-action^2 + (position > 1) * 0 + 0.5 * position', 'position > 1');
    const method = await methodOf(pointMass({ gain: 0.3 }), task, { planner: { horizon: 8, iterations: 5 } });
    const { actions } = await method(ask([0.9, 0.2]));
    expect([...actions.slice(1)].every((u) => Math.abs(u) < 0.02)).toBe(true);
    await method.close?.();
  });

  it('leaves the plan as it was where every prediction diverges', async () => {
    const method = await methodOf(driftModel([1e30, 1e30]), taskOf('x * x'), { planner: { horizon: 3 } });
    const previous = { firstStep: 0, actions: Float32Array.of(0.1, 0.2, 0.3) };
    const plan = await method(ask([0], { previous, step: 1 }));
    expect([...plan.actions]).toEqual([...Float32Array.of(0.2, 0.3, 0)]);
    await method.close?.();
  });

  it('says which planners can do what it cannot', async () => {
    const line = randomModel(LINE, { class: { name: 'deterministic', hiddenUnits: 8 } });
    const discrete = { ...spaceOf(6, 1), values: [Float64Array.of(-1, 1)] };
    await expect(methodOf(line, taskOf('-x^2'), { space: discrete })).rejects.toMatchObject({
      code: 'wrong-use',
      next: expect.stringContaining('cem'),
    });
    for (const objective of ['pessimistic', 'cvar', 'worst-member']) {
      await expect(methodOf(line, taskOf('-x^2'), { propagation: { objective } })).rejects.toMatchObject({
        code: 'wrong-use',
        message: expect.stringContaining(objective),
      });
    }
    await expect(methodOf(model(), CARTPOLE_TASK)).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining('no slope'),
    });
  });
});

describe('the algebra of a step', () => {
  const square = (n: number) =>
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n * n, maxLength: n * n });

  it('finds the minimum of a quadratic in a box', () => {
    const n = 3;
    const vector = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n, maxLength: n });
    fc.assert(
      fc.property(square(n), vector, (m, g) => {
        const h = Float64Array.from({ length: n * n }, (_, i) => {
          const [r, c] = [Math.floor(i / n), i % n];
          let sum = r === c ? 0.1 : 0;
          for (let k = 0; k < n; k++) sum += m[r * n + k] * m[c * n + k];
          return sum;
        });
        const found = boxQuadratic(
          h,
          Float64Array.from(g),
          new Float64Array(n).fill(-0.5),
          new Float64Array(n).fill(1),
        );
        // Karush–Kuhn–Tucker: no slope inside, none that leads away from a bound that holds.
        found?.x.forEach((x, i) => {
          const slope = h
            .subarray(i * n, i * n + n)
            .reduce((sum, value, j) => sum + value * found.x[j], g[i]);
          if (x === -0.5) expect(slope).toBeGreaterThan(-1e-6);
          else if (x === 1) expect(slope).toBeLessThan(1e-6);
          else expect(Math.abs(slope)).toBeLessThan(1e-6);
        });
        expect(found).toBeDefined();
      }),
    );
  });

  it('says where a quadratic has no minimum', () => {
    const [low, high] = [Float64Array.of(-1), Float64Array.of(1)];
    expect(boxQuadratic(Float64Array.of(-1), Float64Array.of(0), low, high)).toBeUndefined();
  });

  it('makes a matrix convex by leaving out what bends the other way', () => {
    fc.assert(
      fc.property(square(4), (m) => {
        const a = Float64Array.from(m, (x, i) => (x + m[(i % 4) * 4 + Math.floor(i / 4)]) / 2);
        const [before, after] = [symmetricEigen(a, 4), symmetricEigen(nearestConvex(a, 4), 4)];
        const kept = [...before.values].map((x) => Math.max(0, x)).sort((x, y) => x - y);
        const sorted = [...after.values].sort((x, y) => x - y);
        sorted.forEach((value, i) => {
          expect(Math.abs(value - kept[i])).toBeLessThan(1e-8);
        });
      }),
    );
  });

  it('asks for more damping where a step has no minimum', async () => {
    const problem = await problemOf(pointMass({ gain: 1 }), taskOf('-position^2'), {
      planner: { horizon: 1 },
    });
    const concave: Expansion = {
      dynamics: [Float64Array.of(1, 1, 0, 0, 1, 1)],
      gradient: [new Float64Array(3)],
      hessian: [Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, -2)],
      ...{ noise: null, scale: 1, end: null },
    };
    const nominal = {
      actions: Float32Array.of(0),
      before: Float32Array.of(0),
      alive: Float32Array.of(1),
      goesOn: true,
    };
    expect(backwardPass(problem, concave, nominal, 1)).toBeUndefined();
    expect(backwardPass(problem, concave, nominal, 3)).toBeDefined();
  });
});
