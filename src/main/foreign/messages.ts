import type { ErrorShape } from '../../shared/errors';

/** To a process that reads what came from elsewhere: one question after the other. */
export interface Question<Asked> {
  /** Counts up. */
  number: number;
  asked: Asked;
  /** After this long without an answer the process ends itself, seconds. */
  limitSeconds: number;
}

export type Reply<Answered> = { number: number; answer: Answered } | { number: number; error: ErrorShape };
