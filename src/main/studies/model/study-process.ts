import type { TrainProgress } from '../../../shared/model';
import type { StudyUnit } from '../../../shared/model-study';
import { unitProcess } from '../common/unit-process';
import { runUnit, type UnitOrder } from './unit';

/** A process that trains and judges one variant of a study of models after the other. */
await unitProcess<UnitOrder, StudyUnit, TrainProgress>((order, _threads, onProgress) =>
  runUnit(order, { onProgress }),
);
