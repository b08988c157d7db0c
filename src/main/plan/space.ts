import type { PlanSpace } from './method';
import type { PlanSetup } from './types';

/** What the planner may choose from. */
export function planSpace(setup: PlanSetup): PlanSpace {
  const limits = setup.actionLimits;
  return {
    horizon: setup.planner.horizon,
    low: Float64Array.from(limits, ([low]) => low),
    high: Float64Array.from(limits, ([, high]) => high),
    hold: Float64Array.from(limits, ([low, high], a) =>
      Math.min(high, Math.max(low, setup.holdAction[a] ?? 0)),
    ),
    values: limits.map((_, a) => {
      const values = setup.actionValues?.[a];
      return values ? Float64Array.from(values).sort() : null;
    }),
  };
}
