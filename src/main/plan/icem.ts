import type { IcemOptions } from '../../shared/plan';
import type { PlanMethod, PlanSpace } from './method';

export function icem(_options: IcemOptions, _space: PlanSpace): PlanMethod {
  throw new Error('not built yet');
}
