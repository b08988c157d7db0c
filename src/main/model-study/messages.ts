import type { ErrorShape } from '../../shared/errors';
import type { TrainProgress } from '../../shared/model';
import type { StudyUnit } from '../../shared/model-study';
import type { UnitOrder } from './unit';

/** What a study process is told: one order after the other. */
export interface ToStudyProcess {
  type: 'unit';
  order: UnitOrder;
  /** Threads of the engine. */
  threads: number;
  /** Niceness, 0 (no change) to 19. */
  nice: number;
}

export type FromStudyProcess =
  | { type: 'progress'; progress: TrainProgress }
  | { type: 'done'; unit: StudyUnit }
  | { type: 'failed'; error: ErrorShape };
