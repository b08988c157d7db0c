import type { PlannerOptions } from '../../shared/plan';
import type { PlanMethod, PlanSpace } from './method';
import { mppi } from './mppi';
import { randomShooting } from './random-shooting';

type Methods = {
  [M in PlannerOptions['method']]: (
    options: Extract<PlannerOptions, { method: M }>,
    space: PlanSpace,
  ) => PlanMethod;
};

/** Every planner there is, by the name in its options. One entry here and one in shared/plan.ts add a planner. */
const METHODS: Methods = {
  'random-shooting': randomShooting,
  mppi,
};

export function planMethod(options: PlannerOptions, space: PlanSpace): PlanMethod {
  const create = METHODS[options.method] as (options: PlannerOptions, space: PlanSpace) => PlanMethod;
  return create(options, space);
}
