import type { Emitter } from '../emitter';
import { binary } from './binary';
import { creation } from './creation';
import { indexing } from './indexing';
import { matrix } from './matrix';
import { reductions } from './reductions';
import { shape } from './shape';
import { unary } from './unary';

/** Every kernel that can be written down, by its tfjs name. */
export const EMITTERS: Record<string, Emitter> = {
  ...unary,
  ...binary,
  ...reductions,
  ...matrix,
  ...shape,
  ...indexing,
  ...creation,
};
