import type { PlanMessage } from './messages';

type Plan = Omit<PlanMessage, 'type' | 'episode'>;

/** What a controller asks for at one step, and where it came from. */
export interface Decision {
  /** [actions], before the guard. */
  requested: readonly number[];
  /** -1 without a plan. */
  planId: number;
  /** How far into its plan: 0 is the plan's first action. */
  planOffset: number;
  /** NaN without a plan. */
  planMs: number;
  /** The plan was not made for this step: the one that was is late. */
  missed: boolean;
  /** The rig is to hold instead: why, as a sentence. */
  hold?: string;
}

/**
 * The plans of one episode. A step is served by the newest plan that covers it; it counts as missed when that plan
 * was only good for steps before it (`goodForSteps`, 1 for MPC), because then the plan made for this step is late.
 */
export class PlanBook {
  private plans: Plan[] = [];

  add(plan: Plan): void {
    this.plans.push(plan);
  }

  /** Undefined when no plan covers the step. Steps are asked for in order; plans that end before are dropped. */
  choose(step: number): Decision | undefined {
    this.plans = this.plans.filter((plan) => plan.firstStep + plan.actions.length > step);
    return this.foresee(step);
  }

  /** What `choose` will say of this step unless a newer plan comes; nothing is dropped. */
  foresee(step: number): Decision | undefined {
    let newest: Plan | undefined;
    for (const plan of this.plans) {
      const covers = plan.firstStep <= step && step < plan.firstStep + plan.actions.length;
      if (covers && (newest === undefined || plan.planId > newest.planId)) newest = plan;
    }
    if (newest === undefined) return undefined;
    const planOffset = step - newest.firstStep;
    return {
      requested: newest.actions[planOffset] ?? [],
      planId: newest.planId,
      planOffset,
      planMs: newest.planMs,
      missed: planOffset >= (newest.goodForSteps ?? 1),
    };
  }
}
