import type { ErrorShape } from '../../../shared/errors';
import type { ImportPart } from './parts';

/** From the thread that reads: parts, of which so many may be on their way, and how it ended. */
export type FromReader = ImportPart | { kind: 'end' } | { kind: 'error'; error: ErrorShape };

/** Parts that were sent and not yet taken: some megabytes each. */
export const MOST_UNDER_WAY = 8;
