import type { GradientShootingOptions } from '../../shared/plan';
import type { PlanMethod, PlanSpace } from './method';
import type { Derivable } from './methods';

export function gradientShooting(
  _options: GradientShootingOptions,
  _space: PlanSpace,
  _model: Derivable,
): Promise<PlanMethod> {
  throw new Error('not built yet');
}
