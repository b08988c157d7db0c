import { plainNormaliser } from '../../src/main/policy/normaliser';
import { initialActor } from '../../src/main/policy/representation/actor';
import { policyHash } from '../../src/main/policy/representation/policy-file';
import { policySpace } from '../../src/main/policy/representation/space';
import type { Arrays, Policy } from '../../src/main/policy/representation/types';
import { loadRig } from '../../src/main/rig';
import { type ActorShape, AlgorithmOptions, PolicySummary } from '../../src/shared/policy';
import { Random } from '../../src/shared/random';
import { rigChannels } from '../../src/shared/rig-channels';

/**
 * A policy of a rig that learned nothing: small, and the same for the same seed.
 * @param how.values the only ones that its actions shall have
 */
export async function untrainedPolicy(
  rigName: string,
  {
    kind = 'gaussian',
    values = null,
    history = 1,
    seed = 1,
    value = null,
    ...more
  }: {
    kind?: ActorShape['kind'];
    values?: number[] | null;
    value?: Arrays | null;
  } & Partial<PolicySummary> = {},
): Promise<Policy> {
  const { file } = await loadRig(rigName);
  const actor: ActorShape = { kind, hiddenLayers: 2, hiddenUnits: 8, activation: 'tanh' };
  const { observations, periodSeconds } = rigChannels(file);
  const actions = file.actions.map(({ name, unit, limits }) => ({
    name,
    unit,
    limits,
    values,
    angle: false,
  }));
  const space = policySpace({ observations, actions }, history);
  const arrays = new Map([...initialActor(space, actor, new Random(seed)), ...plainNormaliser(space)]);
  const summary: PolicySummary = {
    ...{ hash: '', name: 'untrained', createdAt: 1_700_000_000_000, rig: file.name, seed, history, actor },
    algorithm: AlgorithmOptions.parse({ name: 'sac', hiddenUnits: 8 }),
    ...{ observations, actions, periodSeconds, task: file.task, learnedIn: 'simulation' },
    ...{ steps: 0, updates: 0, episodes: [], model: null, from: null, curve: [], evaluation: null },
    ...{ trainSeconds: 0, notes: [], eyes: null },
    ...more,
  };
  const policy: Policy = { summary: PolicySummary.parse(summary), arrays, value };
  policy.summary.hash = policyHash(policy);
  return policy;
}
