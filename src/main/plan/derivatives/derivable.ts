import type { DynamicsModel } from '../../dynamics/types';
import type { Engine } from '../../tensor';
import type { Guide } from '../guide/guide';
import type { PlanSetup } from '../types';

/** What planners that differentiate compile their own graphs from. */
export interface Derivable {
  engine: Engine;
  model: DynamicsModel;
  setup: PlanSetup;
  /** None when left out. */
  guide?: Guide | null;
}
