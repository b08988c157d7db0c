import { AlgorithmOptions, PolicySummary } from '../../src/shared/policy';

/** A policy that nobody has evaluated, changed by `parts`. */
export const policy = (parts: Partial<PolicySummary> = {}): PolicySummary =>
  PolicySummary.parse({
    hash: 'd'.repeat(64),
    name: 'balancer',
    createdAt: 0,
    rig: 'cartpole-balance',
    algorithm: AlgorithmOptions.parse({ name: 'sac' }),
    actor: { kind: 'gaussian', hiddenLayers: 2, hiddenUnits: 64, activation: 'relu' },
    seed: 0,
    observations: [],
    actions: [],
    history: 1,
    periodSeconds: 0.02,
    task: { name: 'balance', reward: '1', maxSteps: 200 },
    learnedIn: 'simulation',
    steps: 4000,
    updates: 4000,
    episodes: [],
    model: null,
    from: null,
    curve: [],
    evaluation: null,
    trainSeconds: 9,
    notes: [],
    ...parts,
  });
