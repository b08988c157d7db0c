import { verdict } from '../../shared/verdict';
import { useLive, useSlow } from '../live/live';
import { useCurrentRig, useModels, useRig } from '../store/queries';
import { useUi } from '../store/ui-state';
import { useChannelTitles } from '../ui/ChannelName';
import { hasSimulator, horizonOf, useRunForm } from './run-form';
import { offeredModels } from './start';

/** What the next run will be started with, from the form, the models there are and the rig in hand. */
export function useSetup() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const models = useModels().data ?? [];
  const chosen = useUi((s) => s.model);
  const form = useRunForm();
  const titled = useChannelTitles(name);
  if (!rig) return null;
  const { fitting, others } = offeredModels(models, rig);
  const model = models.find(({ hash }) => hash === chosen) ?? fitting[0];
  // A form that was filled for another rig may ask for what this one does not have.
  const dynamics = hasSimulator(rig) ? form.dynamics : 'model';
  const judged =
    dynamics === 'model' && model ? verdict(model.evaluation, model.periodSeconds, titled) : null;
  return { rig, form, fitting, others, model, dynamics, judged, horizon: horizonOf(form, judged) };
}

/** What the room is about now. */
export function useView(): 'setup' | 'running' | 'ended' {
  return useLive((s) => (s.activity?.kind === 'running' ? 'running' : s.ran ? 'ended' : 'setup'));
}

/** Steps between a prediction and what it is laid over: as chosen, and no farther than the newest plan looks. */
export function useAhead(horizon: () => number): number {
  const wanted = useRunForm((s) => s.ahead);
  return Math.max(1, Math.min(wanted, useSlow(horizon)));
}
