import { verdict } from '../../shared/verdict';
import { useLive, useSlow } from '../live/live';
import { useCurrentRig, useModels, usePolicies, useRig } from '../store/queries';
import { useUi } from '../store/ui-state';
import { useChannelTitles } from '../ui/ChannelName';
import { hasSimulator, horizonOf, useRunForm } from './run-form';
import { offered } from './start';

/** What the next run will be started with, from the form, the models there are and the rig in hand. */
export function useSetup() {
  const { name } = useCurrentRig();
  const rig = useRig(name).data?.file;
  const models = useModels().data ?? [];
  const policies = usePolicies().data ?? [];
  const chosen = useUi((s) => s.model);
  const chosenPolicy = useUi((s) => s.policy);
  const form = useRunForm();
  const titled = useChannelTitles(name);
  if (!rig) return null;
  const { fitting, others } = offered(models, rig);
  const ownPolicies = offered(policies, rig);
  const policy = policies.find(({ hash }) => hash === chosenPolicy) ?? ownPolicies.fitting[0];
  const meant = models.find(({ hash }) => hash === chosen) ?? fitting[0];
  // A policy needs no model; it is imagined in one where that is wanted and where there is one of this rig.
  const spared = form.driver === 'policy' && (!form.imagined || !meant || !fitting.includes(meant));
  const model = spared ? undefined : meant;
  // A form that was filled for another rig may ask for what this one does not have.
  const dynamics = hasSimulator(rig) && form.driver === 'planner' ? form.dynamics : 'model';
  const judged =
    dynamics === 'model' && model ? verdict(model.evaluation, model.periodSeconds, titled) : null;
  return {
    ...{ rig, form, fitting, others, model, dynamics, judged, horizon: horizonOf(form, judged) },
    ...{ policy, policies: ownPolicies },
  };
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
