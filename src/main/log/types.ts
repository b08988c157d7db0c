import type { ChannelInfo, EpisodeColumns, EpisodeEvent, EpisodeSummary, StepRow } from '../../shared/episode';

export interface NewEpisode {
  rig: string;
  /** rig.json as it was, for the record. */
  rigFile: unknown;
  source: EpisodeSummary['source'];
  periodSeconds: number;
  observations: ChannelInfo[];
  actions: ChannelInfo[];
  run: number | null;
  seed: number | null;
}

export interface EpisodeEnd {
  state: 'complete' | 'interrupted' | 'discarded';
  terminated: boolean;
  /** Why it ended, as a sentence. */
  reason: string;
}

export interface NewRun {
  rig: string;
  model: string | null;
  /** Everything that decided this run: task, planner and its options, seeds; stored as JSON. */
  settings: unknown;
}
export interface RunRecord extends NewRun {
  id: number;
  startedAt: number;
  endedAt: number | null;
  episodes: number[];
}

/** A trained model's row: where its file is and everything the list shows without opening it. */
export interface ModelRecord {
  /** sha256 of the model file, hex. */
  hash: string;
  name: string;
  createdAt: number;
  rig: string;
  /** JSON documents, opaque to the log: train options, final metrics, evaluation. */
  options: unknown;
  metrics: unknown;
  evaluation: unknown;
  episodes: number[];
}

export interface EpisodeFilter {
  rig?: string;
  source?: EpisodeSummary['source'];
  tag?: string;
  includeDeleted?: boolean;
}

/**
 * The workspace's log as the core sees it: every call is a message to the one worker thread that holds the one
 * writing connection. Recording calls return nothing and never wait; a failing write is reported on `onFailure`.
 */
export interface Log {
  readonly folder: string;
  beginEpisode(episode: NewEpisode): Promise<number>;
  /** Buffered; committed at least every 100 ms. */
  appendRows(episode: number, rows: StepRow[], events: EpisodeEvent[]): void;
  endEpisode(episode: number, end: EpisodeEnd): Promise<EpisodeSummary>;
  episodes(filter?: EpisodeFilter): Promise<EpisodeSummary[]>;
  episode(id: number): Promise<EpisodeSummary>;
  columns(id: number, options?: { predictions?: boolean }): Promise<EpisodeColumns>;
  events(id: number): Promise<EpisodeEvent[]>;
  /** Soft delete, tags: each an entry of the undo journal. */
  deleteEpisodes(ids: number[]): Promise<void>;
  tagEpisodes(ids: number[], tags: string[]): Promise<void>;
  undo(): Promise<string | null>;
  redo(): Promise<string | null>;
  beginRun(run: NewRun): Promise<number>;
  endRun(id: number): Promise<void>;
  runs(): Promise<RunRecord[]>;
  addModel(model: ModelRecord): Promise<void>;
  updateModel(hash: string, change: Partial<Pick<ModelRecord, 'name' | 'evaluation'>>): Promise<void>;
  models(): Promise<ModelRecord[]>;
  onFailure(listener: (message: string) => void): { dispose(): void };
  close(): Promise<void>;
}
