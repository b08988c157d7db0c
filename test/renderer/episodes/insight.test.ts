import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { insightStrips, receivedReturns } from '../../../src/renderer/episodes/insight';
import type { EpisodeView, InsightSeries } from '../../../src/shared/contract';

const plan = (firstStep: number, horizon: number) => ({ firstStep, horizon });

describe('what came of a plan', () => {
  test('is the sum of the rewards over the steps that it looked ahead', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (rewards, horizon) => {
          const reward = [0, ...rewards];
          const plans = reward.map((_, row) => plan(row, horizon));
          const received = receivedReturns({ reward, plans, summary: { terminated: false } });
          received.forEach((value, row) => {
            const steps = reward.slice(row + 1, row + 1 + horizon);
            expect(value).toBe(steps.length < horizon ? null : steps.reduce((a, b) => a + b, 0));
          });
        },
      ),
    );
  });

  test('is what there was when the task ended the episode, which a plan could foresee', () => {
    const reward = [0, 1, 1, 1];
    const plans = reward.map((_, row) => plan(row, 10));
    expect(receivedReturns({ reward, plans, summary: { terminated: true } })).toEqual([3, 2, 1, 0]);
  });

  test('is not known where a reward within it is not', () => {
    const reward = [0, 1, null, 4, 8, 16];
    const plans = reward.map((_, row) => plan(row, 2));
    const received = receivedReturns({ reward, plans, summary: { terminated: false } });
    expect(received).toEqual([null, null, 12, 24, null, null]);
  });

  test('counts from the step that a late plan was for, and is nothing without a plan', () => {
    const reward = [0, 1, 2, 4, 8];
    const plans = [plan(0, 2), plan(0, 2), null, plan(2, 2)];
    expect(receivedReturns({ reward, plans, summary: { terminated: false } })).toEqual([
      3,
      3,
      null,
      12,
      null,
    ]);
  });
});

describe('strips of what plans said', () => {
  const none = [null, null];
  const series = (parts: Partial<InsightSeries>): InsightSeries => ({
    ...{ expectedReturn: none, returnStd: none, disagreement: none, knownSteps: none },
    ...{ stepsOutside: none, limitPenalty: none, ratePenalty: none },
    ...{ candidates: none, iterations: none, particles: none },
    ...parts,
  });
  const view = (insight: InsightSeries | undefined) =>
    ({ reward: [0, 1], plans: [plan(0, 1), null], insight, summary: { terminated: false } }) as EpisodeView;
  const keys = (insight: InsightSeries | undefined) => insightStrips(view(insight)).map(({ key }) => key);

  test('are none for an episode that nobody planned', () => {
    expect(keys(undefined)).toEqual([]);
  });

  test('leave out what the model could not tell', () => {
    expect(keys(series({ expectedReturn: [1, null] }))).toEqual(['return']);
    expect(keys(series({ expectedReturn: [1, null], knownSteps: [4, null] }))).toEqual(['return', 'known']);
  });
});
