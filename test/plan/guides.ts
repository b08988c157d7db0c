import type { DynamicsModel } from '../../src/main/dynamics/types';
import { plainNormaliser } from '../../src/main/policy/normaliser';
import { initialActor } from '../../src/main/policy/representation/actor';
import { policySpace } from '../../src/main/policy/representation/space';
import type { Arrays, Policy } from '../../src/main/policy/representation/types';
import { initialValue } from '../../src/main/policy/representation/value';
import { type ActorShape, AlgorithmOptions, PolicySummary } from '../../src/shared/policy';
import { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';

const LIFT = 16;

/** A policy of a model's own channels that learned nothing, with a value that is as random, and γ as it is said. */
export function guideFor(
  model: DynamicsModel,
  task: TaskFile,
  {
    discount = 0.9,
    seed = 1,
    activation = 'tanh',
    ...more
  }: {
    discount?: number;
    seed?: number;
    activation?: ActorShape['activation'];
  } & Partial<PolicySummary> = {},
): Policy {
  const { observations, actions, periodSeconds, options } = model.summary;
  const actor: ActorShape = { kind: 'gaussian', hiddenLayers: 1, hiddenUnits: 8, activation };
  const limited = actions.map((channel) => ({
    ...channel,
    limits: channel.limits ?? ([-1, 1] as [number, number]),
    values: null,
  }));
  const space = policySpace({ observations, actions: limited }, options.history);
  const random = new Random(seed);
  const summary: PolicySummary = {
    ...{ hash: '', name: 'guide', createdAt: 0, rig: 'somewhere', seed, history: options.history, actor },
    algorithm: AlgorithmOptions.parse({ name: 'sac', discount }),
    ...{ observations, actions: limited, periodSeconds, task, learnedIn: 'simulation' },
    ...{ steps: 0, updates: 0, episodes: [], model: null, from: null, curve: [], evaluation: null },
    ...{ trainSeconds: 0, notes: [], eyes: null },
    ...more,
  };
  return {
    summary: PolicySummary.parse(summary),
    arrays: new Map([...initialActor(space, actor, random.fork('actor')), ...plainNormaliser(space)]),
    value: initialValue(space, actor, random.fork('value')),
  };
}

function numbers(arrays: Arrays | null, name: string): Float32Array {
  const found = arrays?.get(name)?.values;
  if (!found) throw new Error(`no array "${name}"`);
  return found;
}

/** The value becomes `slope` times the first input, exactly where that is within ±10. The policy must have been made with relu. */
export function worthOfFirst(policy: Policy, slope: number): Policy {
  for (const { values } of policy.value?.values() ?? []) values.fill(0);
  numbers(policy.value, 'value/layer0/kernel')[0] = 1;
  numbers(policy.value, 'value/layer0/bias')[0] = LIFT;
  numbers(policy.value, 'value/layer1/kernel')[0] = slope;
  numbers(policy.value, 'value/layer1/bias')[0] = -LIFT * slope;
  return policy;
}

/** The policy does the same everywhere: its first action is tanh(`before`), with hardly any exploration. */
export function alwaysDoing(policy: Policy, before: number): Policy {
  for (const [name, { values }] of policy.arrays) if (name.startsWith('actor/')) values.fill(0);
  const bias = numbers(policy.arrays, 'actor/layer1/bias');
  bias[0] = before;
  bias[policy.summary.actions.length] = -10;
  return policy;
}
