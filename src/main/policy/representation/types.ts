import type { ActorShape, PolicySummary } from '../../../shared/policy';
import type { NamedArray } from '../../dynamics/types';

export type Arrays = Map<string, NamedArray>;

/**
 * A policy as it acts. `arrays`: the actor's network "actor/layer<n>/kernel" [1, inputs, units] and "actor/layer<n>/bias" [1, 1,
 * units] (dynamics/mlp.ts), and the normaliser of its inputs "input/mean", "input/scale" [1, 1, inputs] (scale: 1 / standard deviation).
 */
export interface Actor {
  shape: ActorShape;
  arrays: Arrays;
}

/** A policy as it is kept (policy-file.ts). */
export interface Policy {
  summary: PolicySummary;
  arrays: Arrays;
  /** "value/…" arrays of a state value V(s) that was learned beside it, for a planner's horizon; null without one. */
  value: Arrays | null;
}
