import { z } from 'zod';
import { FittedValueOptions } from './fitted-value';
import { CloneOptions, DistilOptions } from './imitation';
import { MbpoOptions, ModelGradientOptions } from './in-model';
import { CrossQOptions, SacOptions, Td3Options } from './off-policy';
import { ReinforceOptions } from './on-policy';

export * from './fitted-value';
export * from './imitation';
export * from './in-model';
export * from './off-policy';
export * from './on-policy';

/**
 * Options of every algorithm that learns a policy, with defaults and ranges. The window's forms, the command line's flags and
 * experiment files are made from these schemas (shared/option-fields.ts). An algorithm is a schema in ALGORITHM_OPTIONS; the
 * compiler then asks for its traits (ALGORITHMS, below) and for its loop (main/policy/algorithms/index.ts), and it appears
 * everywhere.
 */
export const ALGORITHM_OPTIONS = [
  ReinforceOptions,
  SacOptions,
  Td3Options,
  CrossQOptions,
  MbpoOptions,
  ModelGradientOptions,
  FittedValueOptions,
  CloneOptions,
  DistilOptions,
] as const;
export const AlgorithmOptions = z.discriminatedUnion('name', [...ALGORITHM_OPTIONS]);
export type AlgorithmOptions = z.infer<typeof AlgorithmOptions>;
export type AlgorithmName = AlgorithmOptions['name'];
export type AlgorithmOptionsOf<Name extends AlgorithmName> = Extract<AlgorithmOptions, { name: Name }>;

/** What kind of algorithm it is: what it needs beside its options, and what it may be given. */
export interface AlgorithmTraits {
  /** Can it learn from recorded episodes alone? */
  offline: boolean;
  /** Can it learn while a rig moves? It must act by itself: recorded episodes or a teacher are not there. */
  onRig: boolean;
  /** Must it have acted by itself on what it learns from? Then recorded episodes are of no use to it. */
  onPolicy: boolean;
  /**
   * What is a model of the rig to it? required: it must be given one; itself: it trains its own beside, and may begin with one;
   * planner: its planner plans on one where its options say so; none: of use only as a world to act in.
   */
  model: 'none' | 'required' | 'itself' | 'planner';
  /** Does a planner teach it? */
  planner: boolean;
  /** Can it go on from the weights of another policy? Left out, it cannot. */
  goesOn?: true;
}

export const ALGORITHMS: Record<AlgorithmName, AlgorithmTraits> = {
  'model-gradient': {
    ...{ offline: true, onRig: true, onPolicy: false, model: 'itself', planner: false },
    goesOn: true,
  },
  mbpo: { offline: true, onRig: true, onPolicy: false, model: 'itself', planner: false },
  'fitted-value': { offline: true, onRig: false, onPolicy: false, model: 'required', planner: false },
  reinforce: { offline: false, onRig: true, onPolicy: true, model: 'none', planner: false },
  clone: { offline: true, onRig: false, onPolicy: false, model: 'none', planner: false },
  distil: { offline: true, onRig: false, onPolicy: false, model: 'planner', planner: true },
  sac: { offline: true, onRig: true, onPolicy: false, model: 'none', planner: false },
  td3: { offline: true, onRig: true, onPolicy: false, model: 'none', planner: false },
  crossq: { offline: true, onRig: true, onPolicy: false, model: 'none', planner: false },
};
