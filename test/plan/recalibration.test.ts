import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { compileRollout } from '../../src/main/plan/rollout/rollouts';
import { PlanSession } from '../../src/main/plan/session/session';
import type { RolloutChoice } from '../../src/main/plan/source';
import type { PlanSetup } from '../../src/main/plan/types';
import { type Engine, openEngine } from '../../src/main/tensor';
import { PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import { driftModel } from '../dynamics/models';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

const TASK = { name: 'far', reward: 'x', termination: '', maxSteps: 9 };
const HORIZON = 4;
/** Two members that part by 2 a step, with noise; `factor` is what was found on steps that are new to them. */
function model(factor: number | null, noise: number): DynamicsModel {
  const drifting = driftModel([1, 3], noise);
  drifting.summary.recalibration = factor === null ? null : [factor];
  return drifting;
}

describe('a factor of three on the deviation', () => {
  const evaluated = async (factor: number | null, noise: boolean) => {
    const choice: RolloutChoice = {
      ...{ candidates: 1, particles: 40, horizon: HORIZON, members: 'fixed', noise },
      ...{ variance: true, limits: false, trajectories: true, learnedReward: false },
    };
    const given = { engine, model: model(factor, 0.5), task: TASK, threads: 1 };
    const rollout = await compileRollout(given, choice);
    const result = await rollout.evaluate([0], new Float32Array(HORIZON), new Random(1));
    await rollout.dispose();
    return result;
  };
  const noiseOf = (states: Float32Array, quiet: Float32Array) =>
    [...states].map((value, i) => value - (quiet[i] ?? 0));

  it('makes the disagreement that pessimism looks at nine times the variance', async () => {
    const [plain, wider] = [await evaluated(null, false), await evaluated(3, false)];
    expect((wider.variance?.[0] ?? 0) / (plain.variance?.[0] ?? 1)).toBeCloseTo(9, 4);
    // Where the model says that it will go is as before.
    expect(wider.states).toEqual(plain.states);
  });

  it('widens the noise that is drawn', async () => {
    const quiet = (await evaluated(null, false)).states ?? new Float32Array();
    const [plain, wider] = [await evaluated(null, true), await evaluated(3, true)].map(({ states }) =>
      noiseOf(states ?? new Float32Array(), quiet),
    );
    wider?.forEach((noise, i) => {
      expect(noise).toBeCloseTo(3 * (plain?.[i] ?? Number.NaN), 4);
    });
  });

  it('widens the band around a plan, and the deviation of its return by noise', async () => {
    const setup: PlanSetup = {
      ...{ modelFile: '', task: TASK, actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
      planner: PlannerOptions.parse({ method: 'mppi', candidates: 20, horizon: HORIZON }),
      propagation: PropagationOptions.parse({}),
    };
    const planned = async (factor: number | null) => {
      const session = await PlanSession.compile(setup, model(factor, 0.5), engine);
      const request = { id: 1, observation: [0], observedStep: 0, pending: [], fresh: true, draw: false };
      const plan = await session.plan(request);
      await session.close();
      return plan;
    };
    const [plain, wider] = [await planned(null), await planned(3)];
    expect(plain.std.at(-1)).toBeGreaterThan(1);
    wider.std.forEach((deviation, i) => {
      expect(deviation).toBeCloseTo(3 * (plain.std[i] ?? Number.NaN), 4);
    });
    expect([...wider.mean]).toEqual([...plain.mean]);
    expect(wider.insight.disagreement ?? 1).toBeLessThan(plain.insight.disagreement ?? 0);
  });
});
