import type { IlqrOptions } from '../../shared/plan';
import type { PlanMethod, PlanSpace } from './method';
import type { Derivable } from './methods';

export function ilqr(_options: IlqrOptions, _space: PlanSpace, _model: Derivable): Promise<PlanMethod> {
  throw new Error('not built yet');
}
