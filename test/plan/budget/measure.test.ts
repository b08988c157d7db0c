import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetKnob, measureBudget, withSize } from '../../../src/main/plan/budget/measure';
import { PlannerOptions } from '../../../src/shared/plan';
import { Random } from '../../../src/shared/random';

const KNOB = budgetKnob(PlannerOptions.parse({ method: 'mppi' }));

/** A computer on which a plan takes fixed + each · size ms, up to `noise` more, and compiling 100 ms. */
function computer(fixed: number, each: number, noise: number, seed = 0) {
  const random = new Random(seed);
  let time = 0;
  const open = new Set<number>();
  const sizes: number[] = [];
  return {
    now: () => time,
    open,
    sizes,
    planner: async (size: number) => {
      time += 100;
      sizes.push(size);
      open.add(size);
      return {
        time: async () => {
          const ms = (fixed + each * size) * (1 + noise * random.uniform());
          time += ms;
          return ms;
        },
        close: async () => {
          open.delete(size);
        },
      };
    },
  };
}

const parameters = fc.record({
  fixed: fc.double({ min: 0.2, max: 6, noNaN: true }),
  each: fc.double({ min: 0.0005, max: 1, noNaN: true }),
  noise: fc.double({ min: 0, max: 0.2, noNaN: true }),
  seed: fc.integer(),
});
const TARGET_MS = 12;

describe('measuring what fits', () => {
  it('finds a size whose plans are in time by their median, if there is one', async () => {
    await fc.assert(
      fc.asyncProperty(parameters, async ({ fixed, each, noise, seed }) => {
        fc.pre((fixed + 2 * each) * (1 + noise) < 0.8 * TARGET_MS);
        const machine = computer(fixed, each, noise, seed);
        const { size } = await measureBudget(machine.planner, TARGET_MS, KNOB, machine.now);
        expect(fixed + each * size).toBeLessThanOrEqual(TARGET_MS);
        expect(size).toBeGreaterThanOrEqual(2);
        expect(size).toBeLessThanOrEqual(20_000);
      }),
    );
  });

  it('goes back to a size that fitted when a disturbed timing led too far', async () => {
    // The second size is timed as if it were nearly free.
    const machine = computer(1, 0.1, 0);
    let opened = 0;
    const planner = async (size: number) => {
      const sized = await machine.planner(size);
      opened++;
      const disturbed = opened === 2;
      return { ...sized, time: async () => (await sized.time()) * (disturbed ? 0.3 : 1) };
    };
    const { size, planMs } = await measureBudget(
      planner,
      TARGET_MS,
      { ...KNOB, measuringMs: 350 },
      machine.now,
    );
    expect(planMs).toBeLessThanOrEqual(TARGET_MS);
    expect(1 + 0.1 * size).toBeLessThanOrEqual(TARGET_MS);
  });

  it('uses most of what fits, where plans grow with their size', async () => {
    await fc.assert(
      fc.asyncProperty(parameters, async ({ fixed, each, seed }) => {
        fc.pre(
          fixed < 0.5 * TARGET_MS && (TARGET_MS - fixed) / each > 10 && (TARGET_MS - fixed) / each < 1500,
        );
        const machine = computer(fixed, each, 0.02, seed);
        const { size } = await measureBudget(machine.planner, TARGET_MS, KNOB, machine.now);
        expect(size).toBeGreaterThan((0.5 * (TARGET_MS - fixed)) / each - 1);
      }),
    );
  });

  it('leaves the planner of that size open and closes all others', async () => {
    const machine = computer(1, 0.02, 0);
    const { size } = await measureBudget(machine.planner, TARGET_MS, KNOB, machine.now);
    expect([...machine.open]).toEqual([size]);
    expect(machine.sizes.length).toBeGreaterThan(1);
  });

  it('takes no more than a second and a half, however slow the computer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.1, max: 20, noNaN: true }), async (fixed) => {
        const machine = computer(fixed, 0.05, 0.1);
        await measureBudget(machine.planner, TARGET_MS, KNOB, machine.now);
        expect(machine.now()).toBeLessThan(1500);
      }),
    );
  });

  it('closes what it opened when a plan fails', async () => {
    const machine = computer(1, 0.02, 0);
    const failing = async (size: number) => ({
      ...(await machine.planner(size)),
      time: () => Promise.reject(new Error('out of memory')),
    });
    await expect(measureBudget(failing, TARGET_MS, KNOB, machine.now)).rejects.toThrow('out of memory');
    expect(machine.open.size).toBe(0);
  });
});

describe('what is traded for time', () => {
  it('is the number of candidates, or the iterations of a planner that differentiates', () => {
    const cem = PlannerOptions.parse({ method: 'cem' });
    expect(withSize(cem, 77)).toEqual({ ...cem, candidates: 77 });
    const ilqr = PlannerOptions.parse({ method: 'ilqr' });
    expect(withSize(ilqr, 9)).toEqual({ ...ilqr, iterations: 9 });
  });
});
