import { describe, expect, test } from 'vitest';
import { PlanHistory } from '../../../src/renderer/live/forecast';
import type { PlanView } from '../../../src/shared/telemetry';
import { NO_INSIGHT } from '../insight';

const plan = (episode: number, step: number, horizon = 3): PlanView => ({
  pilot: 'planner',
  episode,
  step,
  planMs: step,
  periodMs: 20,
  expectedReturn: 0,
  mean: Array.from({ length: horizon + 1 }, (_, h) => [100 * step + h]),
  std: Array.from({ length: horizon + 1 }, (_, h) => [h]),
  actions: [],
  insight: NO_INSIGHT,
  ahead: 1,
  candidates: [],
});

const forecasts = (history: PlanHistory, ahead: number, from: number) => {
  const out: { step: number; mean: readonly number[]; std: readonly number[] }[] = [];
  history.forecasts(ahead, from, (step, mean, std) => out.push({ step, mean, std }));
  return out;
};

describe('what had been predicted', () => {
  const history = new PlanHistory();
  for (const step of [10, 12, 14]) history.push(plan(1, step));

  test('is laid at the step it was for, not at the step it was made', () => {
    expect(forecasts(history, 2, 0)).toEqual([
      { step: 12, mean: [1002], std: [2] },
      { step: 14, mean: [1202], std: [2] },
      { step: 16, mean: [1402], std: [2] },
    ]);
  });

  test('leaves out steps before the window and horizons that no plan reached', () => {
    expect(forecasts(history, 2, 15).map((f) => f.step)).toEqual([16]);
    expect(forecasts(history, 9, 0)).toEqual([]);
  });
});

test('a new episode or a step back begins anew', () => {
  const history = new PlanHistory();
  history.push(plan(1, 10));
  history.push(plan(2, 0));
  expect(forecasts(history, 0, 0).map((f) => f.step)).toEqual([0]);
  history.push(plan(2, 5));
  history.push(plan(2, 1));
  expect(forecasts(history, 0, 0).map((f) => f.step)).toEqual([1]);
});

test('the history is bounded and keeps the newest', () => {
  const history = new PlanHistory(10);
  for (let step = 0; step < 1000; step++) history.push(plan(1, step));
  expect(forecasts(history, 0, 0).length).toBeLessThanOrEqual(10);
  expect(history.newest?.step).toBe(999);
});
