import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileTerritory, knownTerritoryOf } from '../../src/main/dynamics/known-territory';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../../src/main/dynamics/types';
import { requireObjective, scoresOf } from '../../src/main/plan/objective';
import { returnParts } from '../../src/main/plan/session/insight';
import { PlanSession } from '../../src/main/plan/session/session';
import type { PlanRequest, PlanSetup } from '../../src/main/plan/types';
import { type Engine, openEngine } from '../../src/main/tensor';
import { TrainOptions } from '../../src/shared/model-options';
import { PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import { driftModel, LINE } from '../dynamics/models';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const judging = (some: Partial<PropagationOptions>): PropagationOptions => PropagationOptions.parse(some);
const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('an objective', () => {
  const futures = fc.record({
    returns: fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 6, maxLength: 6 }), {
      minLength: 1,
      maxLength: 8,
    }),
    weight: fc.integer({ min: 0, max: 9 }),
    risk: fc.integer({ min: 1, max: 6 }),
  });
  const scores = (returns: number[][], some: Partial<PropagationOptions>) =>
    scoresOf(
      {
        returns: Float64Array.from(returns.flat()),
        rounding: new Float64Array(returns.flat().length),
        variance: Float32Array.from(returns, (_, i) => i + 1),
        violation: Float32Array.from(returns, (_, i) => i),
      },
      { candidates: returns.length, members: 3 },
      judging(some),
    ).values;

  it('is what its formula says, penalty for limits taken off', () => {
    fc.assert(
      fc.property(futures, ({ returns, weight, risk }) => {
        const [mean, pessimistic, worst, cvar] = (
          ['mean', 'pessimistic', 'worst-member', 'cvar'] as const
        ).map((objective) =>
          scores(returns, { objective, pessimism: weight, risk: risk / 6, limitPenalty: weight }),
        );
        returns.forEach((own, i) => {
          const penalty = weight * i;
          expect(mean?.[i]).toBeCloseTo(average(own) - penalty, 2);
          expect(pessimistic?.[i]).toBeCloseTo(average(own) - weight * (i + 1) - penalty, 2);
          const members = [0, 1, 2].map((m) => average([own[m] ?? 0, own[m + 3] ?? 0]));
          expect(worst?.[i]).toBeCloseTo(Math.min(...members) - penalty, 2);
          const lowest = own.toSorted((a, b) => a - b).slice(0, risk);
          expect(cvar?.[i]).toBeCloseTo(average(lowest) - penalty, 2);
        });
      }),
    );
  });

  it.each(['mean', 'pessimistic', 'worst-member', 'cvar'] as const)(
    'thinks nothing worse than a future that diverged: %s',
    (objective) => {
      for (const diverged of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const [first, second] = scores(
          [
            [1, 2, 3, 4, 5, diverged],
            [-1, -1, -1, -1, -1, -1],
          ],
          { objective },
        );
        expect(first).toBe(Number.NEGATIVE_INFINITY);
        expect(second).toBeGreaterThan(Number.NEGATIVE_INFINITY);
      }
    },
  );

  it.each([
    [{ objective: 'worst-member', members: 'step', particles: 4 }, /fixed/],
    [{ objective: 'worst-member', members: 'fixed', particles: 6 }, /4 particles or a multiple/],
    [{ objective: 'cvar', particles: 1 }, /2 particles or more/],
    [{ objective: 'pessimistic', particles: 1 }, /2 particles or more/],
    [{ objective: 'pessimistic', members: 'once', particles: 4 }, /noise/],
    [{ members: 'moment', particles: 1 }, /multiple of the 4 members/],
  ] as const)('that these futures cannot be judged by is refused with what to choose: %j', (some, next) => {
    expect(() => requireObjective(judging(some), { members: 4 })).toThrow(
      expect.objectContaining({ code: 'wrong-use', next: expect.stringMatching(next) }),
    );
  });

  it.each([
    { objective: 'worst-member', members: 'fixed', particles: 8 },
    { objective: 'cvar', particles: 2 },
    { objective: 'cvar', particles: 1, risk: 1 },
    { objective: 'pessimistic', members: 'once', sampleNoise: true, particles: 2 },
    { members: 'moment', particles: 2 },
  ] as const)('that they can is not: %j', (some) => {
    expect(() => requireObjective(judging(some), { members: 4 })).not.toThrow();
  });
});

describe("a plan's return", () => {
  it('is as uncertain as disagreement and noise make it together', () => {
    const random = new Random(0);
    const [members, futures] = [5, 4000];
    const offsets = [-2, -1, 0, 1, 2];
    const returns = Float64Array.from(
      { length: members * futures },
      (_, i) => 10 + (offsets[i % members] ?? 0) + 3 * random.normal(),
    );
    const parts = returnParts(returns, members);
    expect(parts.expectedReturn).toBeCloseTo(10, 0);
    expect(parts.returnStd).toBeCloseTo(Math.sqrt(2 + 9), 1);
    expect(parts.disagreement).toBeCloseTo(2 / 11, 1);
  });

  it('has no share of disagreement where members differ by their noise only', () => {
    const random = new Random(1);
    const shares = Array.from({ length: 300 }, () => {
      const { disagreement } = returnParts(Float64Array.from(random.fillNormal(new Float32Array(16))), 4);
      return disagreement ?? Number.NaN;
    });
    // Not exactly none: what is below zero is cut off.
    expect(average(shares)).toBeLessThan(0.15);
  });

  it('says nothing where nobody can tell', () => {
    expect(returnParts(Float64Array.of(3), 1)).toEqual({
      ...{ expectedReturn: 3, returnStd: null, disagreement: null },
    });
    expect(returnParts(Float64Array.of(3, Number.NaN), 2)).toEqual({
      ...{ expectedReturn: null, returnStd: null, disagreement: null },
    });
  });
});

const setup = (some: Partial<PlanSetup>, planner: Record<string, unknown> = {}): PlanSetup => ({
  ...{ modelFile: '', actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
  task: { name: 'far', reward: 'x', termination: '', maxSteps: 100 },
  planner: PlannerOptions.parse({ method: 'mppi', candidates: 20, horizon: 4, ...planner }),
  propagation: PropagationOptions.parse({}),
  ...some,
});
const request = (some: Partial<PlanRequest> = {}): PlanRequest => ({
  ...{ id: 1, observation: [0], observedStep: 0, pending: [], fresh: true, draw: false },
  ...some,
});

describe('what a plan says of itself', () => {
  it('tells disagreement from noise', async () => {
    const insightOf = async (increments: number[], noise: number) => {
      const session = await PlanSession.compile(setup({}), driftModel(increments, noise), engine);
      const { insight } = await session.plan(request());
      await session.close();
      return insight;
    };
    const apart = await insightOf([1, 3], 1e-4);
    expect(apart.disagreement).toBeGreaterThan(0.99);
    expect(apart.expectedReturn).toBeCloseTo(2 + 4 + 6 + 8, 1);
    expect(apart.returnStd).toBeCloseTo(10, 1);
    const noisy = await insightOf([1, 1], 1);
    expect(noisy.returnStd).toBeGreaterThan(1);
    expect(noisy.disagreement).toBeLessThan(0.9);
    expect((await insightOf([1], 1)).disagreement).toBeNull();
  });

  it('counts steps outside the limits and what is taken off for them and for rates', async () => {
    const session = await PlanSession.compile(
      setup(
        { observationLimits: [[-2.5, 2.5]], propagation: judging({ limitPenalty: 10 }) },
        { ratePenalty: 4 },
      ),
      driftModel([1, 1], 1e-4),
      engine,
    );
    const { insight, actions } = await session.plan(request());
    expect(insight.stepsOutside).toBe(2);
    expect(insight.limitPenalty).toBeCloseTo(10 * (1 + 0.1 + 1 + 0.3), 3);
    const rates = actions.reduce((sum, [a = 0], t) => sum + ((a - (actions[t - 1]?.[0] ?? 0)) / 2) ** 2, 0);
    expect(insight.ratePenalty).toBeCloseTo(4 * rates, 4);
    expect(insight).toMatchObject({ candidates: 20, iterations: 2, particles: 1, knownSteps: null });
    await session.close();
  });

  it('computes fewer candidates where a method tries fewer', async () => {
    const session = await PlanSession.compile(
      setup({}, { method: 'icem', candidates: 40, decay: 2, iterations: 3, horizon: 1 }),
      driftModel([1, 1]),
      engine,
    );
    const { insight } = await session.plan(request());
    expect(insight).toMatchObject({ candidates: 40, iterations: 3 });
    await session.close();
  });
});

describe('an adjustment', () => {
  const open = (propagation: Partial<PropagationOptions>) =>
    PlanSession.compile(
      setup({ propagation: judging(propagation), observationLimits: [[-1.5, 1.5]] }),
      driftModel([1, 3], 1e-3),
      engine,
    );

  it('of how futures are judged is made in place, and the next plan knows it', async () => {
    const session = await open({
      ...{ particles: 4, members: 'fixed', objective: 'pessimistic', limitPenalty: 1 },
    });
    for (const change of [
      { limitPenalty: 7 },
      { objective: 'pessimistic', pessimism: 3 },
      { objective: 'cvar', risk: 0.5 },
      { objective: 'worst-member' },
    ] as const) {
      expect(await session.adjust(change)).toBe(true);
    }
    const { insight } = await session.plan(request());
    expect(insight.limitPenalty).toBeGreaterThan(0);
    await session.close();
  });

  it('that is compiled in needs another session, and changes nothing', async () => {
    const session = await open({ particles: 4 });
    expect(await session.adjust({ particles: 8, risk: 0.5 })).toBe(false);
    expect(await session.adjust({ limitPenalty: 5 })).toBe(false);
    expect(await session.adjust({ objective: 'pessimistic' })).toBe(false);
    const other = { name: 'other', reward: '-x', termination: '', maxSteps: 9 };
    expect(await session.adjust({ task: other, limitPenalty: 5 })).toBe(false);
    expect((await session.plan(request())).insight.limitPenalty).toBe(0);
    expect(await session.adjust({ task: setup({}).task, objective: 'cvar' })).toBe(true);
    await session.close();
  });

  it('that cannot be is refused', async () => {
    const session = await open({ particles: 4 });
    await expect(session.adjust({ objective: 'worst-member' })).rejects.toMatchObject({ code: 'wrong-use' });
    await session.close();
  });
});

describe('known territory', () => {
  /** x' = x + 0.2 u + 0.3 sin 2x, wherever the episode is. */
  const step = (x: number, u: number) => x + 0.2 * u + 0.3 * Math.sin(2 * x);
  const episode = (id: number, random: Random): TrainingEpisode => {
    const observations: number[] = [random.uniformIn(-1, 1)];
    const actions: number[] = [];
    for (let t = 0; t < 30; t++) {
      const x = observations[t] ?? 0;
      // Held near zero: what lies beyond 2 is never seen.
      const u = Math.max(-1, Math.min(1, random.uniformIn(-1, 1) - (Math.abs(x) > 1 ? Math.sign(x) : 0)));
      actions.push(u);
      observations.push(Math.max(-1.6, Math.min(1.6, step(x, u))));
    }
    return {
      id,
      columns: {
        rows: 31,
        observations: Float64Array.from(observations),
        actions: Float64Array.from([...actions, Number.NaN]),
      },
    };
  };

  let model: DynamicsModel;
  let episodes: TrainingEpisode[];
  beforeAll(async () => {
    const random = new Random(3);
    episodes = Array.from({ length: 12 }, (_, id) => episode(id, random));
    const classOptions = { name: 'ensemble', members: 5, elites: 5, hiddenLayers: 2, hiddenUnits: 32 };
    model = await trainModel({
      ...{ name: 'part', rig: 'line', channels: LINE, episodes },
      options: TrainOptions.parse({ class: classOptions, epochs: 60 }),
    });
    model.summary.knownTerritory = await knownTerritoryOf(engine, model, episodes, 1);
  });

  it('has all but one in a hundred of the training transitions in it, and not what lies far outside', async () => {
    const limit = model.summary.knownTerritory ?? Number.NaN;
    expect(limit).toBeGreaterThan(0);
    const territory = await compileTerritory(engine, model, { rows: 360, limit });
    const states = Float32Array.from(
      episodes.flatMap(({ columns }) => [...columns.observations.subarray(0, 30)]),
    );
    const actions = Float32Array.from(
      episodes.flatMap(({ columns }) => [...columns.actions.subarray(0, 30)]),
    );
    const inside = await territory.deviations(states, actions);
    const beyond = inside.filter((d) => d > limit).length;
    expect(beyond).toBeGreaterThanOrEqual(1);
    expect(beyond).toBeLessThanOrEqual(0.02 * 360);
    const far = await territory.deviations(new Float32Array(360).fill(8), new Float32Array(360));
    expect(far[0]).toBeGreaterThan(limit);
    await territory.dispose();
  });

  it('ends where a plan leaves it', async () => {
    const known = async (x: number) => {
      const session = await PlanSession.compile(
        setup({ task: { name: 'still', reward: '-u^2', termination: '', maxSteps: 9 } }),
        model,
        engine,
      );
      const { insight } = await session.plan(request({ observation: [x] }));
      await session.close();
      return insight.knownSteps;
    };
    expect(await known(0.2)).toBe(4);
    expect(await known(12)).toBe(0);
  });

  it('is unknown to a single member', async () => {
    expect(await knownTerritoryOf(engine, driftModel([1]), episodes, 1)).toBeNull();
  });
});
