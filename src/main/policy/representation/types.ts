import type { ActorShape, PolicySummary } from '../../../shared/policy';
import type { Eyes, NamedArray } from '../../dynamics/types';

export type Arrays = Map<string, NamedArray>;

/**
 * A policy as it acts. `arrays`: the actor's network "actor/layer<n>/kernel" [1, inputs, units] and "actor/layer<n>/bias" [1, 1,
 * units] (dynamics/mlp.ts), and the normaliser of its inputs "input/mean", "input/scale" [1, 1, inputs] (scale: 1 / standard deviation).
 */
export interface Actor {
  shape: ActorShape;
  arrays: Arrays;
}

/** How to act next without anybody else: by random motion, or by a policy, with as much exploration as it has of itself. */
export type OwnBehaviour =
  | { kind: 'random' }
  | {
      kind: 'actor';
      actor: Actor;
      explore: boolean;
      /** Standard deviation of Gaussian noise on its actions, in units of half the range; 0 for none (TD3). */
      noise?: number;
      /** Largest deviation from what it would do without exploring, in units of half the range. */
      limit?: number;
    };

/** A policy as it is kept (policy-file.ts). */
export interface Policy {
  summary: PolicySummary;
  arrays: Arrays;
  /** "value/…" arrays of a state value V(s) that was learned beside it, for a planner's horizon; null without one. */
  value: Arrays | null;
  /** Of one that acts by pictures: what its latent states are inferred with. */
  eyes?: Eyes;
}
