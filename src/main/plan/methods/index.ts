import { type PLANNERS, type PlannerName, type PlannerOptions, plannerTraits } from '../../../shared/plan';
import type { Derivable } from '../derivatives/derivable';
import type { PlanMethod, PlanSpace } from '../method';
import { cem } from './cem';
import { gradientShooting } from './gradient-shooting';
import { icem, icemPopulations } from './icem';
import { ilqr } from './ilqr';
import { mppi } from './mppi';
import { randomShooting } from './random-shooting';

type Of<M extends PlannerName> = Extract<PlannerOptions, { method: M }>;
type Named<Differentiates extends boolean> = {
  [M in PlannerName]: (typeof PLANNERS)[M]['differentiates'] extends Differentiates ? M : never;
}[PlannerName];
/** Of planners that only try sequences: they work on whatever can say what would happen. */
export type SamplingOptions = Of<Named<false>>;
/** Of planners that need the model's derivatives. */
type DerivativeOptions = Of<Named<true>>;

interface Entry<Options, Create> {
  create: Create;
  /** Sequences that it evaluates in one call, at most. */
  candidates(options: Options): number;
  /** Smaller numbers of sequences that it will evaluate too; left out where there are none. */
  populations?(options: Options): number[];
  /** Sequences that it evaluates for a plan, rollouts and nothing else; null where that does not tell what a plan costs. */
  rollouts(options: Options): number | null;
}
type SamplingEntry<Options> = Entry<Options, (options: Options, space: PlanSpace) => PlanMethod>;
type DerivativeEntry<Options> = Entry<
  Options,
  (options: Options, space: PlanSpace, model: Derivable) => Promise<PlanMethod>
>;

/** Every planner there is, by the name in its options (shared/planners.ts). */
export const METHODS: {
  [M in PlannerName]: M extends Named<false> ? SamplingEntry<Of<M>> : DerivativeEntry<Of<M>>;
} = {
  mppi: {
    create: mppi,
    candidates: ({ candidates }) => candidates,
    rollouts: ({ candidates, iterations }) => candidates * iterations,
  },
  cem: {
    create: cem,
    candidates: ({ candidates }) => candidates,
    rollouts: ({ candidates, iterations }) => candidates * iterations,
  },
  icem: {
    create: icem,
    candidates: ({ candidates }) => candidates,
    populations: icemPopulations,
    rollouts: () => null,
  },
  'random-shooting': {
    create: randomShooting,
    candidates: ({ candidates }) => candidates,
    rollouts: ({ candidates }) => candidates,
  },
  'gradient-shooting': {
    create: gradientShooting,
    candidates: ({ candidates }) => candidates,
    rollouts: () => null,
  },
  ilqr: { create: ilqr, candidates: ({ lineSearch }) => lineSearch, rollouts: () => null },
};

/** The entry of these options' planner, which takes them: both have the same name. */
const entryOf = <E>({ method }: PlannerOptions): E => METHODS[method] as E;

export const isSampling = (options: PlannerOptions): options is SamplingOptions =>
  !plannerTraits(options.method).differentiates;

export const samplingMethod = (options: SamplingOptions, space: PlanSpace): PlanMethod =>
  entryOf<SamplingEntry<SamplingOptions>>(options).create(options, space);

export const derivativeMethod = (
  options: DerivativeOptions,
  space: PlanSpace,
  model: Derivable,
): Promise<PlanMethod> => entryOf<DerivativeEntry<DerivativeOptions>>(options).create(options, space, model);

/** Sequences that a planner evaluates in one call at most. */
export const candidatesOf = (options: PlannerOptions): number =>
  entryOf<SamplingEntry<PlannerOptions>>(options).candidates(options);

/** As in its entry; empty where there is one number only. */
export const populationsOf = (options: PlannerOptions): number[] =>
  entryOf<SamplingEntry<PlannerOptions>>(options).populations?.(options) ?? [];

/** As in its entry. */
export const rolloutsOf = (options: PlannerOptions): number | null =>
  entryOf<SamplingEntry<PlannerOptions>>(options).rollouts(options);
