import type { PlanView } from '../../shared/telemetry';

/**
 * The plans of the episode in hand, newest last, so that what was imagined can be laid over what then happened.
 * A plan that takes effect at step k holds the prediction for step k + h in row h.
 */
export class PlanHistory {
  private plans: PlanView[] = [];

  constructor(private readonly keep = 400) {}

  get newest(): PlanView | null {
    return this.plans.at(-1) ?? null;
  }

  /** In the order of their steps, the newest last. */
  get all(): readonly PlanView[] {
    return this.plans;
  }

  push(plan: PlanView): void {
    const last = this.newest;
    if (last && (plan.episode !== last.episode || plan.step < last.step)) this.plans = [];
    this.plans.push(plan);
    if (this.plans.length > this.keep) this.plans = this.plans.slice(-Math.ceil(this.keep / 2));
  }

  clear(): void {
    this.plans = [];
  }

  /** Visits predictions made `ahead` steps early for the steps from `fromStep` on, in the order of steps. */
  forecasts(
    ahead: number,
    fromStep: number,
    visit: (step: number, mean: readonly number[], std: readonly number[]) => void,
  ): void {
    for (let i = this.firstFrom(fromStep - ahead); i < this.plans.length; i++) {
      const plan = this.plans[i];
      const mean = plan?.mean[ahead];
      const std = plan?.std[ahead];
      if (plan && mean && std) visit(plan.step + ahead, mean, std);
    }
  }

  /** Position of the first plan that takes effect at `step` or later. */
  private firstFrom(step: number): number {
    let at = this.plans.length;
    while (at > 0 && (this.plans[at - 1]?.step ?? step) >= step) at -= 1;
    return at;
  }
}
