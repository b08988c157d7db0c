import { describe, expect, it } from 'vitest';
import type { Evaluate, Plan, PlanSpace } from '../../src/main/plan/method';
import { create, nearTo, plan, planOnAndOn, SPACE, scored, scoresFrom } from './sampling';

const SIZE = 8;
const nearTarget = nearTo([0.5, 1, -0.5, 4, 0.25, 3, 0, 2]);
const METHODS = [{ method: 'cem' }, { method: 'icem' }];

describe.each(METHODS)('%j', (options) => {
  it('comes closer with every iteration', async () => {
    const errors: number[] = [];
    for (const iterations of [1, 4, 12]) {
      const { actions } = await plan(create({ ...options, iterations }), scored(nearTarget));
      errors.push(-nearTarget(actions));
    }
    expect(errors[1]).toBeLessThan((errors[0] ?? 0) / 2);
    expect(errors[2]).toBeLessThan((errors[1] ?? 0) / 2);
  });

  it('gives out the mean of its elites, never the best sequence that it tried', async () => {
    const tried: Float32Array[] = [];
    const { actions } = await plan(
      create({ ...options, iterations: 1, momentum: 0, eliteShare: 0.1, candidates: 50 }),
      scored((candidate) => {
        tried.push(candidate.slice());
        return nearTarget(candidate);
      }),
    );
    const elites = tried.sort((a, b) => nearTarget(b) - nearTarget(a)).slice(0, 5);
    for (let j = 0; j < SIZE; j++) {
      const mean = elites.reduce((sum, elite) => sum + (elite[j] ?? 0), 0) / 5;
      expect(actions[j]).toBeCloseTo(mean, 5);
    }
    expect(actions).not.toEqual(elites[0]);
  });

  it('has as many elites as its share says: 7 of 100 with 0.07', async () => {
    const tried: number[] = [];
    const { actions } = await plan(
      create({ ...options, iterations: 1, momentum: 0, eliteShare: 0.07, candidates: 100 }),
      scored((candidate) => {
        tried.push(candidate[0]);
        return candidate[0];
      }),
    );
    const best = tried.sort((a, b) => b - a).slice(0, 7);
    expect(actions[0]).toBeCloseTo(best.reduce((sum, a) => sum + a, 0) / 7, 5);
  });

  it('is not led astray by one candidate that the model overrates', async () => {
    const fluke = scored((candidate, i) => (i === 7 ? 1e6 : nearTarget(candidate)));
    const { actions } = await plan(create({ ...options, iterations: 6 }), fluke);
    expect(nearTarget(actions)).toBeGreaterThan(-0.5);
  });

  it('leaves the plan as it is when all scores are equal', async () => {
    const previous: Plan = { firstStep: 0, actions: Float32Array.of(0.1, 1, 0.2, 2, 0.3, 3, 0.4, 4) };
    const { actions } = await plan(
      create(options),
      scored(() => 25),
      { previous },
    );
    expect(actions).toEqual(previous.actions);
  });

  it('counts every candidate in that is as good as its last elite', async () => {
    const survivors: number[] = [];
    let tried = 0;
    const balanced = scored((candidate) => {
      tried++;
      const survives = (candidate[0] ?? 0) > -0.2;
      if (survives) survivors.push(candidate[0] ?? 0);
      return survives ? 25 : 3;
    });
    const { actions } = await plan(create({ ...options, iterations: 1, momentum: 0 }), balanced);
    expect(tried).toBe(200);
    // Ten per cent of the candidates, chosen among equals, would have another mean.
    expect(actions[0]).toBeCloseTo(survivors.reduce((sum, a) => sum + a, 0) / survivors.length, 4);
  });

  it('starts from the previous plan, moved on to the step it plans for, as wide as ever', async () => {
    const previous: Plan = { firstStep: 5, actions: Float32Array.of(0.1, 1, 0.2, 2, 0.3, 3, 0.4, 4) };
    let mean = 0;
    let squares = 0;
    const watching: Evaluate = async (candidates) => {
      const first = Array.from({ length: 2000 }, (_, i) => candidates[i * SIZE] ?? 0);
      mean = first.reduce((sum, a) => sum + a, 0) / 2000;
      squares = first.reduce((sum, a) => sum + (a - 0.3) ** 2, 0) / 2000;
      return scoresFrom(new Float64Array(2000));
    };
    await plan(create({ ...options, iterations: 1, candidates: 2000, initialStd: 0.3 }), watching, {
      previous,
      step: 7,
    });
    expect(mean).toBeCloseTo(0.3, 1);
    expect(Math.sqrt(squares)).toBeGreaterThan(0.2);
    expect(Math.sqrt(squares)).toBeLessThan(0.35);
  });

  it('takes momentum from the old distribution', async () => {
    const still = await plan(create({ ...options, iterations: 1, momentum: 0.99 }), scored(nearTarget));
    const moved = await plan(create({ ...options, iterations: 1, momentum: 0 }), scored(nearTarget));
    const change = (a: Plan) => Math.abs((a.actions[3] ?? 0) - 2.5);
    expect(change(still)).toBeLessThan(change(moved) / 20);
  });
});

describe.each(METHODS)('%j at a limit', (options) => {
  it('turns round within four steps when full drive to the other side becomes best', async () => {
    const horizon = 25;
    const space: PlanSpace = {
      ...{ horizon, low: Float64Array.of(-1), high: Float64Array.of(1) },
      ...{ hold: Float64Array.of(0), values: [null] },
    };
    /** A mass that is far from where it shall be. */
    const driving = (side: number) =>
      scored((actions) => {
        let [x, v, total] = [0, 0, 0];
        for (const action of actions) {
          v += 0.2 * action;
          x += 0.05 * v;
          total -= (x - side * 1000) ** 2;
        }
        return total;
      }, space);
    const method = create({ ...options, candidates: 75 }, space);
    const before = (await planOnAndOn(method, driving(1), 30)).at(-1);
    expect(before?.actions[0]).toBeGreaterThan(0.95);
    let [previous, step] = [before ?? null, 30];
    for (; previous && previous.actions[0] > 0 && step < 60; step++) {
      previous = await plan(method, driving(-1), { previous, step, seed: step });
    }
    expect(step - 30).toBeLessThanOrEqual(4);
  });
});

describe('CEM', () => {
  it('draws no further than to a limit where its mean is near one, but for half of its first deviation', async () => {
    const near: Plan = { firstStep: 0, actions: Float32Array.of(0.5, 2.5, 0, 2.5, 0, 2.5, 0, 2.5) };
    let furthest = 0;
    await plan(
      create({ method: 'cem', iterations: 1, candidates: 2000 }),
      scored((candidate) => {
        furthest = Math.max(furthest, Math.abs((candidate[0] ?? 0) - 0.5));
        return 0;
      }),
      { previous: near },
    );
    expect(furthest).toBeLessThanOrEqual(0.5 + 1e-6);
    expect(furthest).toBeGreaterThan(0.45);
  });
});

describe('iCEM', () => {
  /** Candidates of every evaluation, by iteration. */
  const watched = async (options: Record<string, unknown>, steps = 1) => {
    const seen: Float32Array[] = [];
    const evaluate: Evaluate = async (candidates) => {
      seen.push(candidates.slice());
      return scored(nearTarget)(candidates);
    };
    const plans = await planOnAndOn(create({ method: 'icem', ...options }), evaluate, steps);
    return { seen, plans, counts: seen.map((candidates) => candidates.length / SIZE) };
  };
  const rows = (candidates: Float32Array) =>
    Array.from({ length: candidates.length / SIZE }, (_, i) => [
      ...candidates.subarray(i * SIZE, (i + 1) * SIZE),
    ]);
  const best = (candidates: Float32Array, count: number) =>
    rows(candidates)
      .sort((a, b) => nearTarget(Float32Array.from(b)) - nearTarget(Float32Array.from(a)))
      .slice(0, count);

  it('tries fewer candidates in every iteration, never fewer than twice its elites', async () => {
    const { counts } = await watched({ candidates: 100, decay: 2, eliteShare: 0.1, iterations: 5 });
    expect(counts).toEqual([100, 50, 25, 20, 20]);
  });

  it('tries the best elites again in the next iteration', async () => {
    const { seen } = await watched({ candidates: 100, eliteShare: 0.1, keepShare: 0.5, iterations: 2 });
    const [first, second] = seen as [Float32Array, Float32Array];
    expect(rows(second)).toEqual(expect.arrayContaining(best(first, 5)));
  });

  it('tries the elites of the step before, shifted, with new ends', async () => {
    const { seen } = await watched({ candidates: 100, eliteShare: 0.1, keepShare: 0.3, iterations: 1 }, 2);
    const [before, now] = seen as [Float32Array, Float32Array];
    const shifted = best(before, 3).map((elite) => elite.slice(2));
    const tried = rows(now).map((row) => row.slice(0, SIZE - 2));
    expect(tried).toEqual(expect.arrayContaining(shifted));
  });

  it('tries its mean in the last iteration', async () => {
    const { seen } = await watched({ candidates: 100, eliteShare: 0.1, momentum: 0.1, iterations: 2 });
    const [first, second] = seen as [Float32Array, Float32Array];
    const elites = best(first, 10);
    const mean = Array.from({ length: SIZE }, (_, j) => {
      const ofElites = elites.reduce((sum, elite) => sum + (elite[j] ?? 0), 0) / 10;
      return 0.1 * (SPACE.hold[j % 2] ?? 0) + 0.9 * ofElites;
    });
    const nearest = Math.min(
      ...rows(second).map((row) => Math.max(...row.map((a, j) => Math.abs(a - (mean[j] ?? 0))))),
    );
    expect(nearest).toBeLessThan(1e-5);
  });

  it('goes on from the plan of another planner, which remembers no elites', async () => {
    const previous: Plan = { firstStep: 0, actions: new Float32Array(SIZE), memory: { elites: 3 } };
    const { actions } = await plan(create({ method: 'icem' }), scored(nearTarget), { previous, step: 1 });
    expect(nearTarget(actions)).toBeGreaterThan(-0.5);
  });
});
