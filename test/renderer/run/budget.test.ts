import { describe, expect, test } from 'vitest';
import { budgetOf, missedInRow, timesOf } from '../../../src/renderer/run/budget';

describe('the planning budget', () => {
  test('is good with room, tight close to the deadline, over beyond it', () => {
    expect(budgetOf([8, 9, 10], 20)?.tone).toBe('good');
    expect(budgetOf([8, 9, 18], 20)?.tone).toBe('tight');
    expect(budgetOf([8, 9, 30], 20)?.tone).toBe('over');
  });
  test('tells the newest plan as a share of the period', () => {
    expect(budgetOf([3, 5], 20)).toMatchObject({ newest: 5, share: 0.25, p50: 4 });
  });
  test('is nothing before the first plan or without a period', () => {
    expect(budgetOf([], 20)).toBeNull();
    expect(budgetOf([5], 0)).toBeNull();
  });
});

test('late plans in a row end with the first one in time', () => {
  const rows = (...missed: number[]) => missed.map((m) => ({ missed: m === 1 }));
  expect(missedInRow(rows(1, 1, 0))).toBe(0);
  expect(missedInRow(rows(0, 1, 0, 1, 1))).toBe(2);
  expect(missedInRow(rows(1, 1, 1))).toBe(3);
  expect(missedInRow([])).toBe(0);
});

test('a plan that decided several rows counts once', () => {
  const rows = [null, 5, 5, 5, 7, null, 5].map((planMs) => ({ planMs }));
  expect(timesOf(rows)).toEqual([5, 7, 5]);
});
