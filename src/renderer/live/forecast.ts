import type { PlanView } from '../../shared/telemetry';

/** What was predicted for one step, `ahead` steps before it. */
export interface Forecast {
  step: number;
  mean: readonly number[];
  std: readonly number[];
}

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

  /** Predictions made `ahead` steps early for the steps from `fromStep` on, in the order of steps. */
  forecasts(ahead: number, fromStep: number): Forecast[] {
    const out: Forecast[] = [];
    for (const plan of this.plans) {
      const mean = plan.mean[ahead];
      const std = plan.std[ahead];
      if (mean && std && plan.step + ahead >= fromStep) out.push({ step: plan.step + ahead, mean, std });
    }
    return out;
  }
}
