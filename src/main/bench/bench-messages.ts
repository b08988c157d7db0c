import type { ErrorShape } from '../../shared/errors';
import type { EngineName } from '../../shared/model-options';
import type { EngineRound } from './engines';

export type ToBenchProcess =
  | {
      type: 'measure';
      engine: EngineName;
      /** About how long to repeat each call. */
      budgetMs: number;
    }
  /** Make a recording of so many rows in a workspace. */
  | { type: 'record'; folder: string; rows: number }
  /** Serve pictures, so many a second to each who asks, until this process ends. */
  | { type: 'serve'; rate: number };
export type FromBenchProcess =
  | { type: 'phase'; phase: string }
  | { type: 'measured'; round: EngineRound }
  | { type: 'recorded' }
  | { type: 'serving'; url: string }
  | { type: 'failed'; error: ErrorShape };

/** What it says, for whoever hears it. */
export const HEARD_OF_BENCH = {
  phase: true,
  measured: true,
  recorded: true,
  serving: true,
  failed: true,
} as const;
