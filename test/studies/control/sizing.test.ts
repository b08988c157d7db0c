import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTime } from '../../../src/main/studies/control/sizing';
import { PlannerOptions } from '../../../src/shared/plan';

const cem = PlannerOptions.parse({ method: 'cem', candidates: 9999 });

describe('a size that fills a wall time', () => {
  it('is found within a tenth of it for any computer whose plans take some time and some more a candidate', async () => {
    const computer = fc.record({
      fixedMs: fc.double({ min: 0, max: 12, noNaN: true }),
      eachMs: fc.double({ min: 0.004, max: 0.1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(computer, async ({ fixedMs, eachMs }) => {
        const takes = (planner: PlannerOptions) =>
          fixedMs + eachMs * (planner.method === 'cem' ? planner.candidates : 0);
        let tried = 0;
        const found = await fillTime(
          cem,
          20,
          async (planner) => {
            tried++;
            return takes(planner);
          },
          () => 0,
        );
        expect(tried).toBeLessThanOrEqual(6);
        expect(Math.abs(takes(found) - 20)).toBeLessThan(2);
      }),
    );
  });

  it('is the least one where even that takes longer', async () => {
    const found = await fillTime(PlannerOptions.parse({ method: 'ilqr' }), 20, async () => 90);
    expect(found).toMatchObject({ method: 'ilqr', iterations: 1 });
  });

  it('is not looked for with more than three sizes where that takes seconds', async () => {
    let now = 0;
    let tried = 0;
    await fillTime(
      cem,
      20,
      async () => {
        now += 5000;
        tried++;
        return 5000 / tried;
      },
      () => now,
    );
    expect(tried).toBeLessThanOrEqual(3);
  });
});
