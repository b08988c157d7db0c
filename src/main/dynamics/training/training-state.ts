import type { Fitted } from '../classes/types';
import type { FitProgress } from './fit';

/**
 * Where a training is, beside its data and options: enough to go on and end with the same weights, bit for bit. What a
 * loss made of the rounds that are over (more data) is made again from their results.
 */
export interface TrainingState {
  /** Seconds that it has taken so far. */
  readonly seconds: number;
  /** Rounds that are over. */
  readonly rounds: readonly Fitted[];
  /** The round in hand; null at its beginning, and for a class that is fitted in its own way. */
  readonly fit: FitProgress | null;
}
