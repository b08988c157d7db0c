import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PilotName } from '../../src/shared/plan';
import { ManualClock } from '../control/manual-clock';
import { PERIOD_MS, runSlowly, type SlowRun } from './slow-planner';

const run = (periods: number, how: Partial<Parameters<typeof runSlowly>[1]>) =>
  runSlowly(new ManualClock(), {
    takesMs: () => periods * PERIOD_MS,
    warmPlanMs: periods * PERIOD_MS,
    ...how,
  });
const missed = ({ ticks }: SlowRun) => ticks.filter((tick) => tick.missed).length;
/** Rows from the first that anybody decided on, and not the last, from which nothing is executed. */
const decided = ({ by }: SlowRun) =>
  by.slice(
    by.findIndex((pilot) => pilot !== null),
    -1,
  );

describe('who drives changes between two ticks', () => {
  it('from the planner to the policy and back, at the steps that are told, without a step that nobody decided', async () => {
    const swapped = await run(1.8, { switches: { 50: 'policy', 120: 'planner' } });
    expect(swapped).toMatchObject({ steps: 200, endedBy: 'the step limit' });
    expect(missed(swapped)).toBe(0);
    const [[toPolicy, first] = ['planner', 0], [toPlanner, second] = ['policy', 0]] = swapped.drove;
    expect([toPolicy, toPlanner]).toEqual(['policy', 'planner']);
    expect(first).toBe(51);
    // The planner's first plan takes its time, and the policy drives until then.
    expect(second).toBeGreaterThan(121);
    expect(swapped.by.slice(first, second).every((pilot) => pilot === 'policy')).toBe(true);
    expect(swapped.by.slice(second, -1).every((pilot) => pilot === 'planner')).toBe(true);
  });

  it('whenever it is wanted and however long plans take: never a gap, never a plan that is late for it', async () => {
    const driver = fc.constantFrom<PilotName>('planner', 'policy');
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.2, max: 3, noNaN: true }),
        driver,
        fc.dictionary(fc.integer({ min: 5, max: 180 }).map(String), driver, { maxKeys: 8 }),
        fc.boolean(),
        async (periods, first, switches, beside) => {
          const swapped = await run(periods, { driver: first, switches, beside });
          expect(swapped.steps).toBe(200);
          expect(missed(swapped)).toBe(0);
          expect(decided(swapped)).not.toContain(null);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('not when it is called back before the other one has taken over', async () => {
    const stayed = await run(3, { driver: 'policy', switches: { 50: 'planner', 51: 'policy' } });
    expect(stayed.drove).toEqual([]);
    expect(decided(stayed)).not.toContain('planner');
  });
});

describe('who does not drive', () => {
  it('is not asked, unless it is to think along; then nothing of what it says moves the rig', async () => {
    const alone = await run(0.4, { driver: 'policy' });
    expect(alone.requests).toEqual([]);
    const both = await run(0.4, { driver: 'policy', beside: true });
    expect(both.requests.length).toBeGreaterThan(150);
    expect(decided(both)).not.toContain('planner');
    expect(both.ticks.map(({ action }) => action)).toEqual(alone.ticks.map(({ action }) => action));
  });
});
