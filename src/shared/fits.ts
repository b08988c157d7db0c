import type { ModelSummary } from './model';
import type { RigFile } from './rig';

/** What a model was learned on and a rig does not have. */
export interface Misfit {
  what: 'observations' | 'actions' | 'control period';
  learned: string;
  has: string;
}

/** Why a model cannot plan for a rig: its channels, their units and its control period must be the rig's. Null: it can. */
export function misfit(
  model: Pick<ModelSummary, 'observations' | 'actions' | 'periodSeconds'>,
  rig: Pick<RigFile, 'observations' | 'actions' | 'periodSeconds'>,
): Misfit | null {
  const words = (list: readonly { name: string; unit: string }[]) =>
    list.map((channel) => `${channel.name} (${channel.unit})`).join(', ');
  const pairs: Misfit[] = [
    { what: 'observations', learned: words(model.observations), has: words(rig.observations) },
    { what: 'actions', learned: words(model.actions), has: words(rig.actions) },
    { what: 'control period', learned: `${model.periodSeconds} s`, has: `${rig.periodSeconds} s` },
  ];
  return pairs.find(({ learned, has }) => learned !== has) ?? null;
}
