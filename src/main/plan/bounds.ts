import type { RigFile } from '../../shared/rig';
import type { PlanSetup } from './types';

/** What a planner must know of a rig: limits, values, period. */
export function planBounds({
  actions,
  observations,
  periodSeconds,
}: Pick<RigFile, 'actions' | 'observations' | 'periodSeconds'>): Required<
  Pick<PlanSetup, 'actionLimits' | 'holdAction' | 'actionValues' | 'observationLimits' | 'periodSeconds'>
> {
  return {
    actionLimits: actions.map((channel) => channel.limits),
    holdAction: actions.map((channel) => channel.hold),
    actionValues: actions.map((channel) => channel.values ?? null),
    observationLimits: observations.map((channel) => channel.limits ?? null),
    periodSeconds,
  };
}
