import type { PlannerOptions } from '../../../shared/plan';
import type { Derivable } from '../derivatives/derivable';
import type { PlanMethod, PlanSpace } from '../method';
import { cem } from './cem';
import { gradientShooting } from './gradient-shooting';
import { icem } from './icem';
import { ilqr } from './ilqr';
import { mppi } from './mppi';
import { randomShooting } from './random-shooting';

type Of<M extends PlannerOptions['method']> = Extract<PlannerOptions, { method: M }>;

/** Planners that only try sequences: they work on whatever can say what would happen. */
const SAMPLING: {
  [M in 'random-shooting' | 'cem' | 'icem' | 'mppi']: (options: Of<M>, space: PlanSpace) => PlanMethod;
} = {
  'random-shooting': randomShooting,
  cem,
  icem,
  mppi,
};

/** Planners that need the model's derivatives. */
const DERIVATIVE: {
  [M in 'gradient-shooting' | 'ilqr']: (
    options: Of<M>,
    space: PlanSpace,
    model: Derivable,
  ) => Promise<PlanMethod>;
} = {
  'gradient-shooting': gradientShooting,
  ilqr,
};

export type SamplingOptions = Of<keyof typeof SAMPLING>;

/** Every planner there is, by the name in its options. One entry here and one in shared/plan.ts add a planner. */
export function samplingMethod(options: SamplingOptions, space: PlanSpace): PlanMethod {
  const create = SAMPLING[options.method] as (options: PlannerOptions, space: PlanSpace) => PlanMethod;
  return create(options, space);
}

export const isSampling = (options: PlannerOptions): options is SamplingOptions => options.method in SAMPLING;

export function derivativeMethod(
  options: Exclude<PlannerOptions, SamplingOptions>,
  space: PlanSpace,
  model: Derivable,
): Promise<PlanMethod> {
  const create = DERIVATIVE[options.method] as (
    options: PlannerOptions,
    space: PlanSpace,
    model: Derivable,
  ) => Promise<PlanMethod>;
  return create(options, space, model);
}
