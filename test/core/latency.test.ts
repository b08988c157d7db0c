import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPlan, PlanLatency, TickPhase } from '../../src/main/core/latency';

const PERIOD_MS = 20;
const HORIZON = 25;

describe('the next plan of a planner that is free', () => {
  const next = (ageMs: number, tripMs: number, change: { planned?: number; atTick?: boolean } = {}) =>
    nextPlan({ observed: 10, planned: 9, ageMs, atTick: false, ...change }, tripMs, PERIOD_MS, HORIZON);

  it('takes effect at the first tick by which it is there', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 19.9, noNaN: true }),
        fc.double({ min: 0.1, max: 300, noNaN: true }),
        (age, trip) => {
          const { begins, firstStep } = next(age, trip);
          // Ticks of step s are at s · period; the observation of step 10 is `age` old.
          const begun = begins ? 10 * PERIOD_MS + age : 11 * PERIOD_MS;
          expect(firstStep * PERIOD_MS).toBeGreaterThanOrEqual(begun + trip - 1e-9);
          expect((firstStep - 1) * PERIOD_MS).toBeLessThan(begun + trip + 1e-9);
        },
      ),
    );
  });

  it('begins in the middle of a period exactly when it is in force a step earlier than one that waits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 19.9, noNaN: true }),
        fc.double({ min: 0.1, max: 300, noNaN: true }),
        (age, trip) => {
          const now = 10 + Math.ceil((age + trip) / PERIOD_MS);
          const waiting = 11 + Math.ceil(trip / PERIOD_MS);
          expect(next(age, trip)).toEqual({ begins: now < waiting, firstStep: Math.min(now, waiting) });
        },
      ),
    );
  });

  it('begins with every tick, and never twice from the same observation', () => {
    expect(next(3, 19, { atTick: true })).toEqual({ begins: true, firstStep: 12 });
    expect(next(3, 5, { planned: 10 })).toEqual({ begins: false, firstStep: 12 });
  });

  it('looks no further ahead than a plan reaches', () => {
    expect(next(0, 1000, { atTick: true }).firstStep).toBe(10 + HORIZON);
  });
});

describe('how long plans take', () => {
  it('is at first what the planner took to warm up, then what nineteen of twenty took', () => {
    const latency = new PlanLatency(30);
    const slack = latency.estimateMs - 30;
    expect(slack).toBeGreaterThan(0);
    latency.report(10);
    expect(latency.estimateMs).toBeCloseTo(30 + slack);
    for (let i = 0; i < 40; i++) latency.report(10);
    expect(latency.estimateMs).toBeCloseTo(10 + slack);
    latency.report(200);
    expect(latency.estimateMs).toBeCloseTo(10 + slack);
    for (let i = 0; i < 4; i++) latency.report(25);
    expect(latency.estimateMs).toBeGreaterThanOrEqual(20 + slack);
  });

  it('believes a slow plan at once while there are few', () => {
    const latency = new PlanLatency(5);
    latency.report(40);
    expect(latency.estimateMs).toBeGreaterThan(40);
  });

  it('begins anew with another planner', () => {
    const latency = new PlanLatency(5);
    for (let i = 0; i < 40; i++) latency.report(5);
    latency.restart(50);
    expect(latency.estimateMs).toBeGreaterThan(50);
  });
});

describe("the rig's ticks, seen from the core", () => {
  it('are where the earliest messages say, however late others come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 11 }),
        (late) => {
          const phase = new TickPhase(PERIOD_MS);
          phase.push(0, 1000);
          late.forEach((ms, i) => {
            phase.push(i + 1, 1000 + (i + 1) * PERIOD_MS + ms);
          });
          expect(phase.at(late.length)).toBeCloseTo(1000 + late.length * PERIOD_MS, 6);
        },
      ),
    );
  });

  it('move when the rig has skipped a period', () => {
    const phase = new TickPhase(PERIOD_MS);
    for (let step = 0; step < 20; step++) phase.push(step, step * PERIOD_MS);
    for (let step = 20; step < 40; step++) phase.push(step, (step + 1) * PERIOD_MS);
    expect(phase.at(40)).toBe(41 * PERIOD_MS);
  });
});
