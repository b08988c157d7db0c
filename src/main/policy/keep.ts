import { latentRigFile } from '../../shared/eyes';
import type { PolicySummary } from '../../shared/policy';
import type { RigFile } from '../../shared/rig';
import { rigChannels } from '../../shared/rig-channels';
import type { Eyes } from '../dynamics/types';
import { policyHash } from './representation/policy-file';
import type { Policy } from './representation/types';
import type { Learned } from './types';

/** Of a summary what is neither the rig's nor what a training came to. */
export type AboutTraining = Pick<
  PolicySummary,
  'name' | 'algorithm' | 'seed' | 'history' | 'task' | 'learnedIn' | 'episodes' | 'model' | 'from'
> &
  Pick<PolicySummary, 'curve' | 'trainSeconds' | 'notes' | 'known'>;

/**
 * A policy as it is kept, of the rig that it was learned for; not evaluated yet.
 * @param eyes of one that acts by pictures
 */
export function keptPolicy(
  rig: Pick<RigFile, 'name' | 'observations' | 'actions' | 'periodSeconds'>,
  { actor, value, steps, updates }: Learned,
  about: AboutTraining,
  eyes?: Eyes,
): Policy {
  const { observations, actions, periodSeconds } = rigChannels(eyes ? latentRigFile(rig, eyes.summary) : rig);
  const summary: PolicySummary = {
    ...{ ...about, eyes: eyes?.summary ?? null },
    ...{ hash: '', createdAt: Date.now(), rig: rig.name, actor: actor.shape, steps, updates },
    ...{ observations, periodSeconds, evaluation: null },
    actions: actions.map((channel, i) => {
      const { limits, values = null } = rig.actions[i] as RigFile['actions'][number];
      return { ...channel, limits, values };
    }),
  };
  const policy: Policy = { summary, arrays: actor.arrays, value, ...(eyes && { eyes }) };
  summary.hash = policyHash(policy);
  return policy;
}
