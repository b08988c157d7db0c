import type { CemOptions } from '../../shared/plan';
import type { PlanMethod, PlanSpace } from './method';

export function cem(_options: CemOptions, _space: PlanSpace): PlanMethod {
  throw new Error('not built yet');
}
