import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../../src/main/dynamics/types';
import { PlanSession } from '../../../src/main/plan/session/session';
import type { PlanRequest, PlanSetup } from '../../../src/main/plan/types';
import { type Engine, openEngine } from '../../../src/main/tensor';
import { PlannerOptions, PropagationOptions } from '../../../src/shared/plan';
import { driftModel, randomModel } from '../../dynamics/models';
import { CARTPOLE_CHANNELS, CARTPOLE_TASK } from '../cartpole';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const setup = (some: Partial<PlanSetup> = {}, planner: Record<string, unknown> = {}): PlanSetup => ({
  modelFile: '',
  task: CARTPOLE_TASK,
  planner: PlannerOptions.parse({ method: 'mppi', candidates: 50, horizon: 6, ...planner }),
  propagation: PropagationOptions.parse({}),
  actionLimits: [[-1, 1]],
  holdAction: [0],
  threads: 1,
  seed: 0,
  ...some,
});
const request = (some: Partial<PlanRequest> = {}): PlanRequest => ({
  id: 1,
  observation: [0, 0, 0, 0],
  observedStep: 0,
  pending: [],
  fresh: true,
  draw: false,
  ...some,
});
const drift = (
  increments: number[],
  some: Partial<PlanSetup> = {},
  planner: Record<string, unknown> = {},
) => {
  const task = { name: 'far', reward: 'x', termination: '', maxSteps: 100 };
  return PlanSession.compile(setup({ task, ...some }, planner), driftModel(increments), engine);
};

describe('a planning session', () => {
  it('predicts its plan through all elites: mean, spread and expected return', async () => {
    const session = await drift([1, 3]);
    const result = await session.plan(request({ observation: [10] }));
    expect(result.actions).toHaveLength(6);
    expect([...result.mean]).toEqual([10, 12, 14, 16, 18, 20, 22]);
    expect([...result.std]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(result.expectedReturn).toBeCloseTo(12 + 14 + 16 + 18 + 20 + 22, 4);
    expect(result.candidates).toEqual([]);
    expect(result.graphMs).toBeGreaterThan(0);
    expect(result.planMs).toBeGreaterThanOrEqual(result.graphMs);
    await session.close();
  });

  it('carries the observation through actions already decided, with the mean of the elites', async () => {
    const session = await drift([1, 3]);
    const result = await session.plan(request({ observation: [10], observedStep: 5, pending: [[0], [0]] }));
    expect(result.firstStep).toBe(7);
    expect([...result.mean.slice(0, 2)]).toEqual([14, 16]);
    expect(result.std[0]).toBe(0);
    await session.close();
  });

  it('with the same draws for every plan depends on where it begins, else on when, too', async () => {
    const task = { ...CARTPOLE_TASK, reward: '-square(force - 0.3)' };
    const plans = async (sameDraws: boolean) => {
      const model = randomModel(CARTPOLE_CHANNELS, { class: { name: 'ensemble', hiddenUnits: 8 } });
      const session = await PlanSession.compile(setup({ sameDraws, task }), model, engine);
      const first = await session.plan(request({ observedStep: 0 }));
      const later = await session.plan(request({ observedStep: 7 }));
      await session.close();
      return [first.actions, later.actions];
    };
    const [first, later] = await plans(true);
    expect(later).toEqual(first);
    const [one, other] = await plans(false);
    expect(other).not.toEqual(one);
  });

  it('returns the wanted number of candidates to draw, each with its trajectory', async () => {
    const session = await drift([1, 3], {}, { drawCandidates: 7 });
    const { candidates } = await session.plan(request({ observation: [10], draw: true }));
    expect(candidates).toHaveLength(7);
    for (const { trajectory } of candidates) {
      expect(trajectory[0]).toBe(10);
      expect([16, 28]).toContain(trajectory[6]);
    }
    await session.close();
  });

  it('plans and says the same of its plan whether or not somebody watches', async () => {
    const model = randomModel(CARTPOLE_CHANNELS, { class: { name: 'ensemble', hiddenUnits: 8 } });
    const planned = async (draw: boolean, drawCandidates: number) => {
      const session = await PlanSession.compile(setup({}, { drawCandidates }), model, engine);
      const first = await session.plan(request({ draw, observation: [0.1, 0, 0.02, 0] }));
      const second = await session.plan(request({ draw, fresh: false, observedStep: 1 }));
      await session.close();
      return [first, second];
    };
    const [alone, watched, fewer] = [await planned(false, 7), await planned(true, 7), await planned(true, 2)];
    for (const [i, one] of alone.entries()) {
      expect(one.candidates).toEqual([]);
      expect(watched[i]?.candidates).toHaveLength(7);
      expect(fewer[i]?.candidates).toHaveLength(2);
      for (const other of [watched[i], fewer[i]]) {
        expect(other?.actions).toEqual(one.actions);
        // Another number of rows may be summed in another order.
        expect(other?.expectedReturn).toBeCloseTo(one.expectedReturn, 4);
        expect(other?.insight.returnStd).toBeCloseTo(one.insight.returnStd ?? Number.NaN, 4);
        expect(other?.insight.disagreement).toBeCloseTo(one.insight.disagreement ?? Number.NaN, 4);
        one.mean.forEach((value, at) => {
          expect(other?.mean[at]).toBeCloseTo(value, 4);
          expect(other?.std[at]).toBeCloseTo(one.std[at] ?? Number.NaN, 4);
        });
      }
    }
  });

  it('draws a candidate no further than the end of its episode', async () => {
    const task = { name: 'near', reward: '1', termination: 'x > 12.5', maxSteps: 100 };
    const session = await drift([1, 1], { task });
    const { candidates, mean } = await session.plan(request({ observation: [10], draw: true }));
    expect([...(candidates[0]?.trajectory ?? [])]).toEqual([10, 11, 12, 13, 13, 13, 13]);
    expect([...mean]).toEqual([10, 11, 12, 13, 14, 15, 16]);
    await session.close();
  });

  it('does not hand out drawings of candidates that diverged, and says that the plan did', async () => {
    const session = await drift([1e30, 1e30], {
      task: { name: 'far', reward: 'x * x', termination: '', maxSteps: 9 },
    });
    const result = await session.plan(request({ observation: [0], draw: true }));
    expect(result.candidates).toEqual([]);
    expect(result.expectedReturn).toBe(Number.POSITIVE_INFINITY);
    expect(result.actions.flat()).toEqual([0, 0, 0, 0, 0, 0]);
    await session.close();
  });

  it('plans even where the reward depends on nothing', async () => {
    const session = await drift([1, 1], {
      task: { name: 'idle', reward: '2', termination: '', maxSteps: 9 },
    });
    expect((await session.plan(request({ observation: [0] }))).expectedReturn).toBe(12);
    await session.close();
  });

  it.each(['mppi', 'random-shooting'])(
    'repeats itself bit for bit with the same seed: %s',
    async (method) => {
      const model: DynamicsModel = randomModel(CARTPOLE_CHANNELS, {
        class: { name: 'ensemble', hiddenUnits: 32 },
      });
      const task = { ...CARTPOLE_TASK, reward: 'cos(pole_angle) - cart_position^2', termination: '' };
      const planner = { method, candidates: 60, horizon: 8 };
      const propagation = PropagationOptions.parse({ particles: 2, sampleNoise: true });
      const run = async (seed: number) => {
        const session = await PlanSession.compile(setup({ task, seed, propagation }, planner), model, engine);
        const actions: number[][][] = [];
        for (const step of [0, 1, 2, 4]) {
          const result = await session.plan(
            request({ observedStep: step, fresh: step === 0, draw: step === 2 }),
          );
          actions.push(result.actions);
        }
        await session.close();
        return actions;
      };
      const first = await run(1);
      expect(await run(1)).toEqual(first);
      expect(await run(2)).not.toEqual(first);
    },
  );

  it('open loop hands out the rest of its plan, then holds where nothing is planned', async () => {
    const planner = { method: 'random-shooting', replan: 'open-loop' };
    const session = await drift([1, 1], { holdAction: [0.25] }, planner);
    const first = await session.plan(request({ observation: [0] }));
    const later = await session.plan(request({ observation: [2], observedStep: 2, fresh: false }));
    expect(later.actions.slice(0, 4)).toEqual(first.actions.slice(2));
    expect(later.actions.slice(4)).toEqual([[0.25], [0.25]]);
    await session.close();
  });
});
