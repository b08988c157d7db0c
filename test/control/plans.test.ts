import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanMessage } from '../../src/main/control/messages';
import { PlanBook } from '../../src/main/control/plans';

function plan(planId: number, firstStep: number, horizon: number, goodForSteps?: number): PlanMessage {
  return {
    type: 'plan',
    episode: 1,
    planId,
    firstStep,
    // An action that says which plan and which step it is for.
    actions: Array.from({ length: horizon }, (_, i) => [planId * 1000 + firstStep + i]),
    planMs: planId,
    ...(goodForSteps === undefined ? {} : { goodForSteps }),
  };
}

describe('plans', () => {
  it('gives every step the action that the newest plan covering it has for exactly that step', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            arrives: fc.integer({ min: 0, max: 30 }),
            firstStep: fc.integer({ min: 0, max: 30 }),
            horizon: fc.integer({ min: 1, max: 8 }),
          }),
          { maxLength: 20 },
        ),
        (made) => {
          const book = new PlanBook();
          const there: PlanMessage[] = [];
          for (let step = 0; step < 32; step++) {
            for (const [i, { arrives, firstStep, horizon }] of made.entries()) {
              if (arrives !== step) continue;
              const next = plan(i, firstStep, horizon);
              there.push(next);
              book.add(next);
            }
            const covering = there.filter(
              (p) => p.firstStep <= step && step < p.firstStep + p.actions.length,
            );
            const newest = covering.sort((a, b) => b.planId - a.planId)[0];
            const decision = book.choose(step);
            expect(decision?.planId).toBe(newest?.planId);
            if (newest) expect(decision?.requested).toEqual([newest.planId * 1000 + step]);
          }
        },
      ),
    );
  });

  it('calls a step missed when the plan that serves it was made for an earlier one', () => {
    const book = new PlanBook();
    book.add(plan(1, 1, 5));
    expect(book.choose(1)).toMatchObject({ planId: 1, planOffset: 0, missed: false });
    expect(book.choose(2)).toMatchObject({ planId: 1, planOffset: 1, missed: true });
    book.add(plan(2, 2, 5));
    expect(book.choose(3)).toMatchObject({ planId: 2, planOffset: 1, missed: true });
  });

  it('calls no step missed that an open-loop plan was made for', () => {
    const book = new PlanBook();
    book.add(plan(1, 0, 5, 5));
    for (let step = 0; step < 5; step++) expect(book.choose(step)).toMatchObject({ missed: false });
    expect(book.choose(5)).toBeUndefined();
  });
});
