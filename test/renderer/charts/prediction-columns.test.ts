import '../window';
import { beforeEach, expect, test } from 'vitest';
import { fillPrediction, predictionColumns } from '../../../src/renderer/charts/prediction-columns';
import { forgetEverything, takeBatch } from '../../../src/renderer/live/live';
import type { PlanView } from '../../../src/shared/telemetry';
import { NO_INSIGHT } from '../insight';

const sample = (step: number) => ({
  ...{ seconds: step, episode: 7, step, observation: [step, 10 * step], action: [0] },
  ...{ reward: null, latenessMs: null, planMs: null, missed: false },
});
/** A plan of one channel over so many steps, each predicted as its step and half. */
const plan = (step: number, horizon: number): PlanView => ({
  ...{ episode: 7, step, planMs: 1, periodMs: 20, expectedReturn: 0, actions: [], candidates: [] },
  ...{ pilot: 'planner', insight: NO_INSIGHT, ahead: 1 },
  mean: Array.from({ length: horizon + 1 }, (_, h) => [step + h + 0.5]),
  std: Array.from({ length: horizon + 1 }, () => [0.25]),
});
/** What a column says by step relative to now. */
const said = (columns: ReturnType<typeof predictionColumns>, column: number) =>
  (columns[column] ?? []).flatMap((value, i) => (value === null ? [] : [[columns[0]?.[i], value]]));

beforeEach(() => {
  forgetEverything();
  takeBatch({ samples: [3, 4, 5].map(sample), events: [], plan: plan(4, 3) });
});

test('what was measured, what had been predicted for it and what is expected next lie on one axis of steps', () => {
  const columns = predictionColumns();
  fillPrediction(columns, 0, 1);
  expect(said(columns, 1)).toEqual([
    [-2, 3],
    [-1, 4],
    [0, 5],
  ]);
  expect([said(columns, 2), said(columns, 3), said(columns, 4)]).toEqual([[[0, 5.5]], [[0, 5]], [[0, 6]]]);
  expect(said(columns, 5)).toEqual([
    [-1, 4.5],
    [0, 5.5],
    [1, 6.5],
    [2, 7.5],
  ]);
});

test('nothing of the picture before is left in the next one, though its lists are used again', () => {
  const columns = predictionColumns();
  fillPrediction(columns, 0, 1);
  const lists = [...columns];
  takeBatch({ samples: [sample(6)], events: [], plan: plan(6, 1) });
  fillPrediction(columns, 0, 1);
  expect(columns.every((list, i) => list === lists[i])).toBe(true);
  expect(new Set(columns.map((list) => list.length))).toEqual(new Set([150 + 1 + 2]));
  expect(said(columns, 5)).toEqual([
    [0, 6.5],
    [1, 7.5],
  ]);
  forgetEverything();
  fillPrediction(columns, 0, 1);
  expect(columns.every((list) => list.length === 0)).toBe(true);
});
