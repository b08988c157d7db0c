import type { Emitter } from '../emitter';
import { binary } from './binary';
import { blocks } from './blocks';
import { convolution } from './convolution';
import { creation } from './creation';
import { indexing } from './indexing';
import { matrix } from './matrix';
import { normalization } from './normalization';
import { pooling } from './pooling';
import { reductions } from './reductions';
import { resizing } from './resize';
import { scans } from './scans';
import { shape } from './shape';
import { unary } from './unary';

/** Every kernel that can be written down, by its tfjs name. */
export const EMITTERS: Record<string, Emitter> = {
  ...unary,
  ...binary,
  ...reductions,
  ...scans,
  ...matrix,
  ...shape,
  ...indexing,
  ...creation,
  ...blocks,
  ...normalization,
  ...convolution,
  ...pooling,
  ...resizing,
};
