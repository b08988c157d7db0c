import { plainNormaliser } from '../../src/main/policy/normaliser';
import { initialActor } from '../../src/main/policy/representation/actor';
import { policyHash } from '../../src/main/policy/representation/policy-file';
import { policySpace } from '../../src/main/policy/representation/space';
import type { Arrays, Policy } from '../../src/main/policy/representation/types';
import { loadRig } from '../../src/main/rig';
import { type ActorShape, AlgorithmOptions, PolicySummary } from '../../src/shared/policy';
import { Random } from '../../src/shared/random';

/** A policy of a rig that learned nothing: small, and the same for the same seed. */
export async function untrainedPolicy(
  rigName: string,
  {
    kind = 'gaussian',
    history = 1,
    seed = 1,
    value = null,
    ...more
  }: { kind?: ActorShape['kind']; history?: number; value?: Arrays | null } & Partial<PolicySummary> = {},
): Promise<Policy> {
  const { file } = await loadRig(rigName);
  const actor: ActorShape = { kind, hiddenLayers: 2, hiddenUnits: 8, activation: 'tanh' };
  const space = policySpace(file, history);
  const arrays = new Map([...initialActor(space, actor, new Random(seed)), ...plainNormaliser(space)]);
  const summary: PolicySummary = {
    ...{ hash: '', name: 'untrained', createdAt: 1_700_000_000_000, rig: file.name, seed, history, actor },
    algorithm: AlgorithmOptions.parse({ name: 'sac', hiddenUnits: 8 }),
    observations: file.observations.map(({ name, unit, angle, limits }) => ({
      ...{ name, unit, angle, limits: limits ?? null },
    })),
    actions: file.actions.map(({ name, unit, limits, values }) => ({
      ...{ name, unit, limits, values: values ?? null, angle: false },
    })),
    ...{ periodSeconds: file.periodSeconds, task: file.task, learnedIn: 'simulation' },
    ...{ steps: 0, updates: 0, episodes: [], model: null, from: null, curve: [], evaluation: null },
    ...{ trainSeconds: 0, notes: [] },
    ...more,
  };
  const policy: Policy = { summary: PolicySummary.parse(summary), arrays, value };
  policy.summary.hash = policyHash(policy);
  return policy;
}
