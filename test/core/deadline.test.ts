import { describe, expect, it } from 'vitest';
import { Random } from '../../src/shared/random';
import { ManualClock } from '../control/manual-clock';
import { type LateCamera, PERIOD_MS, runSlowly, type SlowRun, shownBy } from './slow-planner';

/** One episode with plans of so many control periods, on a clock that is turned by hand. */
const run = (periods: number, change: { compensates?: boolean; seed?: number } = {}) =>
  runSlowly(new ManualClock(), {
    takesMs: () => periods * PERIOD_MS,
    warmPlanMs: periods * PERIOD_MS,
    ...change,
  });

const missed = ({ ticks }: SlowRun) => ticks.filter((tick) => tick.missed).length;
const sway = ({ ticks }: SlowRun) =>
  Math.sqrt(ticks.reduce((sum, tick) => sum + (tick.observation[2] ?? 0) ** 2, 0) / ticks.length);

describe('a pole, planned for by a planner that takes', () => {
  for (const periods of [0.4, 1, 1.8, 3]) {
    it(`${periods} control periods, stays up for 200 steps, and no plan counts as missed`, async () => {
      const balanced = await run(periods);
      expect(balanced).toMatchObject({ steps: 200, endedBy: 'the step limit' });
      expect(missed(balanced)).toBe(0);
    });
  }

  it('one period a plan, still gets a plan of its own for every step', async () => {
    const { ticks, requests } = await run(1);
    expect(requests.length).toBeGreaterThan(190);
    expect(ticks.slice(10, -1).every((tick) => tick.planOffset === 0)).toBe(true);
  });

  it('several periods a plan, plans for the step at which each takes effect, from what the rig will have done', async () => {
    const { ticks, requests } = await run(3);
    const settled = requests.slice(2, -2);
    for (const { observedStep, pending } of settled) {
      const executed = ticks.slice(observedStep, observedStep + pending.length).map((tick) => tick.action);
      expect(pending).toEqual(executed);
      expect(ticks[observedStep + pending.length]?.planOffset).toBe(0);
    }
  });

  it('now more, now less than a period, misses few plans and stays up', async () => {
    const random = new Random(5);
    const balanced = await runSlowly(new ManualClock(), {
      takesMs: () => random.uniformIn(0.5, 1.6) * PERIOD_MS,
      warmPlanMs: PERIOD_MS,
    });
    expect(balanced.steps).toBe(200);
    expect(missed(balanced)).toBeLessThan(20);
  });

  it('longer than it took to warm up, is late a few times, and then knows', async () => {
    const surprised = await runSlowly(new ManualClock(), { takesMs: () => 2.5 * PERIOD_MS, warmPlanMs: 1 });
    expect(surprised.steps).toBe(200);
    expect(missed(surprised)).toBeGreaterThan(0);
    expect(surprised.ticks.slice(20).filter((tick) => tick.missed)).toEqual([]);
  });
});

describe('without carrying the state to when a plan takes effect', () => {
  it('the pole sways more with plans of 1.8 periods, and falls with plans of five', async () => {
    expect(sway(await run(1.8, { compensates: false }))).toBeGreaterThan(sway(await run(1.8)));
    const [blind, seeing] = [await run(5, { compensates: false }), await run(5)];
    expect(blind.endedBy).toBe('falling');
    expect(seeing.steps).toBe(200);
  });
});

describe('a planner that sees by a camera whose pictures come late', () => {
  const seeing = (camera: LateCamera) =>
    runSlowly(new ManualClock(), { takesMs: () => 0.4 * PERIOD_MS, warmPlanMs: 0.4 * PERIOD_MS, camera });

  it('decides by pictures of two steps in a row however late they are, and by what was done since', async () => {
    const { ticks, requests, steps } = await seeing({ periods: 2 });
    expect(steps).toBe(200);
    const settled = requests.slice(3);
    expect(settled.length).toBeGreaterThan(150);
    for (const { observedStep, pending, pictures, past, observation } of settled) {
      const shown = pictures!.map((picture) => shownBy(picture));
      const rows = ticks.slice(observedStep - 1, observedStep + 1);
      expect(shown).toEqual(rows.map((row) => [row.observation[0], row.observation[2]]));
      expect(observation).toEqual(rows[1]!.observation);
      expect(past!.actions).toEqual([rows[0]!.action]);
      expect(pending.length).toBeGreaterThan(2);
      const executed = ticks.slice(observedStep, observedStep + pending.length).map((tick) => tick.action);
      expect(pending).toEqual(executed);
    }
  });

  it('plans for the step at which it can take effect where it has to wait for its picture', async () => {
    const { ticks, requests, steps } = await seeing({ periods: 0, share: 0.9 });
    expect(steps).toBe(200);
    expect(requests.slice(3).every(({ pending }) => pending.length === 2)).toBe(true);
    expect(ticks.slice(20, -1).filter((tick) => tick.missed)).toEqual([]);
  });

  it('bridges pictures that are lost', async () => {
    const { steps, requests } = await seeing({ periods: 1, isLost: (step) => step % 5 === 4 });
    expect(steps).toBe(200);
    // A step whose picture was lost saw the one before, as it does in a recording.
    expect(new Set(requests.slice(3).map(({ observedStep }) => observedStep % 5)).has(0)).toBe(true);
  });

  it('makes no plan when no picture has come for two periods, and the rig holds', async () => {
    const { steps, requests, endedBy } = await seeing({ periods: 1, isLost: (step) => step > 50 });
    expect(Math.max(...requests.map(({ observedStep }) => observedStep))).toBe(50);
    expect(steps).toBeLessThan(100);
    expect(endedBy).not.toBe('the step limit');
  });
});

describe('a plan that takes longer than it reaches', () => {
  it('leaves nothing to follow, which brings the rig to hold after the configured number of steps', async () => {
    const held = await run(50);
    expect(held.endedBy).toBe('Ended by a hold: 10 plans in a row came late.');
    expect(missed(held)).toBe(10);
  });
});
