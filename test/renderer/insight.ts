import type { PlanInsight } from '../../src/shared/plan';

/** An insight that says nothing, for tests that are about something else. */
export const NO_INSIGHT: PlanInsight = {
  expectedReturn: 0,
  returnStd: 0,
  disagreement: null,
  knownSteps: null,
  stepsOutside: 0,
  limitPenalty: 0,
  ratePenalty: 0,
  candidates: 1,
  iterations: 1,
  particles: 1,
};
