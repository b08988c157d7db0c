import type { ActionView, PlanView } from '../../shared/telemetry';
import { live } from '../live/live';

/** A plan with futures to draw, or one without: in latent states, or of a policy that nobody foresees. */
export type Planned = PlanView | ActionView;

/** The newest word of the one that drives; null where there is none. */
export const newestPlan = (): Planned | null => newer(live.plan, live.acted.at(-1) ?? null);

/** Of two words the one for the later step of the later episode. */
function newer(one: Planned | null, other: Planned | null): Planned | null {
  if (one === null || other === null) return one ?? other;
  const later = one.episode === other.episode ? one.step > other.step : one.episode > other.episode;
  return later ? one : other;
}
