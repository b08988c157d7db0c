import { describe, expect, it } from 'vitest';
import { Patience } from '../../../../src/main/rig/drivers/servo-bus/patience';

const knowing = (seconds: readonly number[]): Patience => {
  const patience = new Patience(1_000_000);
  for (const one of seconds) patience.answered(one);
  return patience;
};
const times = (count: number, seconds: number): number[] => Array.from({ length: count }, () => seconds);

describe('how long an answer is waited for', () => {
  it('is long before anything is known', () => {
    expect(knowing([]).seconds(0)).toBeCloseTo(0.05, 9);
    expect(knowing([]).gapSeconds()).toBeGreaterThanOrEqual(0.05);
  });

  it('goes by the slowest, and between answers to one question by what is usual: a late one now and then has no lost one waited for', () => {
    const patience = knowing([...times(60, 0.001), ...times(4, 0.03)]);
    expect(patience.seconds(0)).toBeCloseTo(0.09, 9);
    expect(patience.gapSeconds()).toBeLessThan(0.005);
  });

  it('is long between answers that an adapter collects', () => {
    expect(knowing(times(64, 0.016)).gapSeconds()).toBeGreaterThan(0.03);
  });

  it('grows while answers stay away', () => {
    const patience = knowing(times(64, 0.004));
    const before = patience.seconds(0);
    for (let i = 0; i < 20; i++) patience.unanswered();
    expect(patience.seconds(0)).toBeGreaterThan(2 * before);
  });
});
