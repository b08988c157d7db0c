import type { EpisodeEvent, StepRow } from '../../shared/episode';
import type { ErrorShape } from '../../shared/errors';
import type { Log, LoggedFrame } from './types';

/** The calls of `Log` that are answered, by name. */
export type LogMethods = Omit<
  Log,
  'folder' | 'appendRows' | 'appendFrames' | 'onChange' | 'onFlags' | 'onFailure'
>;
export type LogMethod = keyof LogMethods;

export interface WorkerOptions {
  folder: string;
  readonly: boolean;
  /** A log that is gone, empty or without its -wal file is gone on without. */
  acceptLoss: boolean;
  /** Where there is no log, none is made. */
  existing: boolean;
  /** Where another process has the workspace open: read it, and have that one write. */
  beside: boolean;
}

export type ToWorker =
  | { type: 'call'; id: number; method: LogMethod; args: unknown[] }
  | { type: 'append'; episode: number; rows: StepRow[]; events: EpisodeEvent[] }
  | { type: 'frames'; episode: number; frames: LoggedFrame[]; dropped: number[] };

export type FromWorker =
  | { type: 'opened' }
  | { type: 'refused'; error: ErrorShape }
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: ErrorShape }
  /** Another process had something written. */
  | { type: 'changed' }
  /** Flags of episodes were found. */
  | { type: 'flagged' }
  | { type: 'failure'; message: string };
