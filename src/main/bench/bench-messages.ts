import type { ErrorShape } from '../../shared/errors';
import type { EngineName } from '../../shared/model-options';
import type { EngineRound } from './engines';
import type { RecordingBenchOptions, RecordingReport } from './recording-report';

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
  | { type: 'serve'; rate: number }
  /** Record an episode of a rig as a core does. */
  | { type: 'be-core'; workspace: string; rig: string; options: RecordingBenchOptions };
export type FromBenchProcess =
  | { type: 'phase'; phase: string }
  | { type: 'measured'; round: EngineRound }
  | { type: 'recorded' }
  | { type: 'serving'; url: string }
  | { type: 'step'; step: number }
  | { type: 'episode'; report: RecordingReport }
  | { type: 'failed'; error: ErrorShape };

/** What it says, for whoever hears it. */
export const HEARD_OF_BENCH = {
  phase: true,
  measured: true,
  recorded: true,
  serving: true,
  step: true,
  episode: true,
  failed: true,
} as const;
