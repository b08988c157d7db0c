import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BudgetGovernor, budgetSizes } from '../../../src/main/plan/budget/governor';
import { Random } from '../../../src/shared/random';

/** Plans take `fixed` + `each` · candidates ms, times a factor between 1 and 1 + noise. */
interface Computer {
  fixed: number;
  each: number;
  noise: number;
}

const TARGET_MS = 12;
const SIZES = budgetSizes(1000);

function work(governor: BudgetGovernor, computer: Computer, plans: number, random: Random) {
  const taken: { ms: number; size: number }[] = [];
  for (let i = 0; i < plans; i++) {
    const size = governor.next();
    const ms = (computer.fixed + computer.each * size) * (1 + computer.noise * random.uniform());
    governor.report(ms, size);
    taken.push({ ms, size });
  }
  return taken;
}

const late = (taken: { ms: number }[]) => taken.filter(({ ms }) => ms > TARGET_MS).length;

const computers = fc.record({
  fixed: fc.double({ min: 0.1, max: 5, noNaN: true }),
  each: fc.double({ min: 0.005, max: 0.5, noNaN: true }),
  noise: fc.double({ min: 0, max: 0.5, noNaN: true }),
});

describe('sizes', () => {
  it('descend strictly from what fits to two, each a fifth smaller at most by rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20_000 }), (most) => {
        const sizes = budgetSizes(most);
        expect(sizes[0]).toBe(most);
        expect(sizes.at(-1)).toBe(2);
        for (let i = 1; i < sizes.length; i++) {
          expect(sizes[i]).toBeLessThan(sizes[i - 1]);
          expect(sizes[i]).toBeGreaterThanOrEqual(sizes[i - 1] * 0.6);
        }
      }),
    );
  });
});

describe('the budget governor', () => {
  it('takes a size away at the first late plan', () => {
    const governor = new BudgetGovernor([100, 80, 64], TARGET_MS);
    expect(governor.next()).toBe(100);
    governor.report(TARGET_MS + 1, 100);
    expect(governor.next()).toBe(80);
  });

  it('takes half away when a second plan is much too late soon after', () => {
    const governor = new BudgetGovernor(SIZES, TARGET_MS);
    governor.report(10 * TARGET_MS, 1000);
    governor.report(10 * TARGET_MS, 800);
    expect(governor.next()).toBeLessThanOrEqual(400);
    expect(governor.next()).toBeGreaterThan(300);
  });

  it('never leaves its sizes, whatever it is told', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 500 }), (times) => {
        const governor = new BudgetGovernor(SIZES, TARGET_MS);
        for (const ms of times) {
          governor.report(ms, governor.next());
          expect(SIZES).toContain(governor.next());
        }
      }),
    );
  });

  it('is in time after twenty plans and stays there but for one plan in twenty, on any computer that can be', () => {
    fc.assert(
      fc.property(computers, fc.integer(), (computer, seed) => {
        fc.pre((computer.fixed + 2 * computer.each) * (1 + computer.noise) < 0.8 * TARGET_MS);
        const random = new Random(seed);
        const governor = new BudgetGovernor(SIZES, TARGET_MS);
        work(governor, computer, 20, random);
        expect(late(work(governor, computer, 1000, random))).toBeLessThanOrEqual(50);
      }),
    );
  });

  it('uses at least two fifths of what would fit after a while', () => {
    fc.assert(
      fc.property(computers, fc.integer(), (computer, seed) => {
        fc.pre((computer.fixed + 4 * computer.each) * (1 + computer.noise) < 0.7 * TARGET_MS);
        const random = new Random(seed);
        // Begun at the smallest size, it has to grow through all of them.
        const governor = new BudgetGovernor(SIZES, TARGET_MS, 2);
        work(governor, computer, 20 * 8 * SIZES.length, random);
        const fits = (TARGET_MS / (1 + computer.noise) - computer.fixed) / computer.each;
        expect(governor.next()).toBeGreaterThanOrEqual(0.4 * Math.min(1000, fits) - 1);
      }),
    );
  });

  it('gives way within ten plans when the computer becomes four times slower, and comes back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.3, noNaN: true }), fc.integer(), (noise, seed) => {
        const random = new Random(seed);
        const quick = { fixed: 0.5, each: 0.01, noise };
        const slow = { fixed: 2, each: 0.04, noise };
        const governor = new BudgetGovernor(SIZES, TARGET_MS);
        const before = work(governor, quick, 500, random).at(-1)?.size ?? 0;
        work(governor, slow, 10, random);
        expect(late(work(governor, slow, 100, random))).toBeLessThanOrEqual(10);
        work(governor, quick, 4000, random);
        expect(governor.next()).toBeGreaterThanOrEqual(0.5 * before);
      }),
    );
  });

  it('loses one size, not half, to a single plan that was held up', () => {
    const governor = new BudgetGovernor(SIZES, TARGET_MS, 512);
    const random = new Random(0);
    work(governor, { fixed: 1, each: 0.015, noise: 0.1 }, 10, random);
    governor.report(20 * TARGET_MS, governor.next());
    expect(governor.next()).toBeGreaterThanOrEqual(0.75 * 512);
  });
});
