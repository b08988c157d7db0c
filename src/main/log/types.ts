import type { Dataset, DatasetChange, DatasetSummary, NewDataset } from '../../shared/dataset';
import type {
  ChannelInfo,
  EpisodeColumns,
  EpisodeEvent,
  EpisodeOrigin,
  EpisodeSummary,
  Outcome,
  StepRow,
} from '../../shared/episode';
import type { EpisodeCamera } from '../../shared/episode-camera';
import type {
  EditDone,
  EpisodeFilter,
  EpisodeOverview,
  EpisodePage,
  EpisodePlace,
  EpisodeSorting,
  EpisodeTotals,
  MatchingEpisodes,
} from '../../shared/episode-list';
import type { EpisodeFlag } from '../../shared/flags';
import type { WorkspaceSize } from '../../shared/workspace';
import type { DigestBlock } from './digest-table';
import type { ChunkDamage } from './stored-chunk';

export type { DigestBlock };

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
  /** Version of Foresight that recorded it; left out where that is not known. */
  software?: string;
  /** In the order of the rig; none unless said. */
  cameras?: CameraInfo[];
}

export type { EpisodeCamera };

/** A camera as it was when an episode was recorded; `dropped` where its pictures come from elsewhere, and some were missing there. */
export type CameraInfo = Omit<EpisodeCamera, 'frames' | 'dropped'> & { dropped?: number };

/** A picture of a camera of an episode. */
export interface LoggedFrame {
  /** Place of the camera among the episode's. */
  camera: number;
  /** Counts the camera's pictures since the episode began; one that was dropped leaves a gap. */
  sequence: number;
  /** When it was captured, s since the episode began, as of rows. */
  hostSeconds: number;
  deviceSeconds: number;
  /** A PNG file, or a JPEG file of what a camera took. */
  data: Uint8Array;
}

/** The picture that was seen at a moment. */
export interface SeenFrame extends LoggedFrame {
  /** Pictures right before it that are the same to the byte; not all of them where they are very many. */
  alike: number;
}

/** When a camera's frames were captured, [frames] each. */
export interface FrameTimes {
  sequence: Int32Array;
  hostSeconds: Float64Array;
  deviceSeconds: Float64Array;
  /** Of each, with where it belongs: pictures that are alike have different ones. */
  checksum: Uint32Array;
}

export interface EpisodeEnd {
  state: 'complete' | 'interrupted' | 'discarded';
  terminated: boolean;
  /** Why it ended, as a sentence. */
  reason: string;
  /** By the task's own measure, where it has one; a person may judge otherwise. */
  outcome?: Outcome;
}

/** An episode that is whole when it arrives: an import. */
export interface WholeEpisode {
  episode: NewEpisode;
  /** Unix time in ms at which it began, as far as known. */
  startedAt: number;
  columns: EpisodeColumns;
  terminated: boolean;
  /** Where it comes from, as a sentence; becomes a note at step 0 and the episode's reason. */
  reason: string;
  /** What is to be known about it, a sentence each; notes at step 0. */
  notes?: string[];
  tags: string[];
}

/** An episode of an import whose rows are all in the log, about to be shown. */
export interface StagedEpisode {
  id: number;
  /** As of a `WholeEpisode`. */
  startedAt: number;
  terminated: boolean;
  reason: string;
  notes: string[];
  tags: string[];
}

export interface NewRun {
  rig: string;
  model: string | null;
  /** Hash of the policy that drove, null where a planner did. */
  policy: string | null;
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

/** A learned policy's row, as a model's. */
export interface PolicyRecord {
  /** sha256 of the policy file, hex. */
  hash: string;
  name: string;
  createdAt: number;
  rig: string;
  /** JSON documents, opaque to the log. */
  summary: unknown;
  evaluation: unknown;
}

/** What may change of one; a removed one is not listed any more until it is brought back, and its file stays. */
export type PolicyChange = Partial<Pick<PolicyRecord, 'name' | 'evaluation'> & { removed: boolean }>;

/** Which page of a list; all of it without a limit. */
export type PageAsked = EpisodeFilter & Partial<EpisodeSorting> & { offset?: number; limit?: number };

/** Named ones, or all that match. */
export type Which = readonly number[] | MatchingEpisodes;

/** Which of an episode's numbers: rows `from` to `to` (exclusive) of those that there are; all of them unless said. */
export interface ColumnsOptions {
  /** What plans predicted and said of themselves as well: their whole futures, or what is shown of them. */
  predictions?: boolean | 'next';
  from?: number;
  to?: number;
}

/** What a check of the whole log found; nothing in `damage` and `database` means that all is as it was written. */
export interface LogCheck {
  episodes: number;
  chunks: number;
  /** Pictures of cameras. */
  frames: number;
  /** Chunks from before there were checksums: read, but nobody knows whether they are what was written. */
  unchecked: number;
  damage: ChunkDamage[];
  /** What SQLite found wrong with its pages and indices, and descriptions of rigs that are not what was written. */
  database: string[];
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
  /** As rows. @param dropped cameras, by their places, of which a picture is missing: once for each */
  appendFrames(episode: number, frames: LoggedFrame[], dropped: number[]): void;
  endEpisode(episode: number, end: EpisodeEnd): Promise<EpisodeSummary>;
  /** All of them or none, in one transaction; one entry of the undo journal, named `what`. */
  addEpisodes(episodes: WholeEpisode[], what: string): Promise<number[]>;
  /**
   * Begins an episode of an import. Nobody sees it before `commitStaged`; of what never gets that far, nothing is left after
   * `discardStaged` or the next start.
   */
  stageEpisode(episode: NewEpisode): Promise<number>;
  /** The rows that follow those it has, whole chunks unless they are the last. */
  stageRows(id: number, firstRow: number, columns: EpisodeColumns): Promise<void>;
  /** Pictures of its cameras, each camera's in the order of their numbers; some megabytes at once. */
  stageFrames(id: number, frames: LoggedFrame[]): Promise<void>;
  /** Shows all of them, in one transaction; one entry of the undo journal, named `what`. */
  commitStaged(episodes: StagedEpisode[], what: string): Promise<number[]>;
  /** Deletes some of what is there of them; to be asked for again until it says that nothing is left. */
  discardStaged(ids: number[]): Promise<boolean>;
  /** Whole summaries of all that match; whoever only counts or shows them asks for one of the following. */
  episodes(filter?: EpisodeFilter): Promise<EpisodeSummary[]>;
  /** The newest first unless said, and all of them without a limit. */
  episodePage(asked: PageAsked): Promise<EpisodePage>;
  episodeNumbers(asked: PageAsked): Promise<number[]>;
  /** How many of a list come before an episode; null where it is not in it. */
  episodePlace(asked: EpisodePlace): Promise<number | null>;
  episodeTotals(filter: EpisodeFilter): Promise<EpisodeTotals>;
  episodeOverview(): Promise<EpisodeOverview>;
  episode(id: number): Promise<EpisodeSummary>;
  /** The rig file as it was, for the record; null where there was none. */
  rigFile(id: number): Promise<unknown>;
  /** The whole episode, or a range of its rows: whoever goes through a long one asks for it in ranges. */
  columns(id: number, options?: ColumnsOptions): Promise<EpisodeColumns>;
  /** The last row that is not after a time on the host's clock, seconds since the episode began; 0 where all are. */
  rowAt(id: number, second: number): Promise<number>;
  /** What was kept for views of rows `from` to `to` (exclusive) in buckets of `bucket` rows. */
  digests(id: number, bucket: number, from: number, to: number): Promise<DigestBlock[]>;
  /** Keeps what a view was made of; false where this process cannot write. */
  keepDigests(id: number, blocks: DigestBlock[]): Promise<boolean>;
  events(id: number): Promise<EpisodeEvent[]>;
  /**
   * What may be wrong with an episode, found now where nobody has looked yet; null while it is being recorded.
   * @throws ForesightError not-found; bad-file: it is not what was written
   */
  flags(id: number): Promise<EpisodeFlag[] | null>;
  /** What an episode comes from: the rig as it was, the version that recorded it, and the run that it belongs to. */
  origin(id: number): Promise<EpisodeOrigin>;
  /** A note of a person at a step of an episode, the one in hand too; an entry of the undo journal. */
  addNote(id: number, step: number, text: string): Promise<void>;
  /** What the workspace takes on its disk. */
  size(): Promise<WorkspaceSize>;
  /** Bytes of what was recorded, an episode each that has any. */
  episodeBytes(): Promise<Map<number, number>>;
  /** What was recorded of each camera, in the order of the rig. */
  cameras(id: number): Promise<EpisodeCamera[]>;
  /** @param camera its place among the episode's */
  frameTimes(id: number, camera: number): Promise<FrameTimes>;
  /** Frames with a number of `from` to `to` (exclusive), those that there are. @throws bad-file: not what was written */
  frames(id: number, camera: number, from: number, to: number): Promise<LoggedFrame[]>;
  /**
   * The newest picture that was captured no later than second `second` of the episode; null where there was none yet.
   * @throws bad-file: not what was written
   */
  frameAt(id: number, camera: number, second: number): Promise<SeenFrame | null>;
  /** Reads everything and says what is damaged. */
  check(): Promise<LogCheck>;
  /** Soft delete, tags, stars, judgements: each one entry of the undo journal, however many episodes it is about. */
  deleteEpisodes(which: Which): Promise<EditDone>;
  /** Brings back what was deleted, whatever was changed since; others stay as they are. */
  restoreEpisodes(which: Which): Promise<EditDone>;
  /** These and no other tags. */
  tagEpisodes(which: Which, tags: string[]): Promise<EditDone>;
  /** Some more tags, and some less. */
  retagEpisodes(which: Which, add: string[], remove: string[]): Promise<EditDone>;
  starEpisodes(which: Which, starred: boolean): Promise<EditDone>;
  /** A person's judgement; null takes it back. */
  judgeEpisodes(which: Which, outcome: Outcome | null): Promise<EditDone>;
  /**
   * Takes one edit back, whatever was changed after it: what is not any more as it left it stays. An entry of the undo journal
   * itself unless nothing came after. @returns what was taken back; null where nothing of it is left
   */
  takeBack(edit: number): Promise<string | null>;
  /**
   * Keeps rows `from` to `to` (exclusive). The episode is deleted and a new one shows these of its rows, which stay where they are;
   * so do `splitEpisode` (the row belongs to both) and `mergeEpisodes` (in the order in which they began). Each an entry of the
   * undo journal.
   * @returns number of the new episode
   */
  trimEpisode(id: number, from: number, to: number): Promise<number>;
  splitEpisode(id: number, row: number): Promise<number[]>;
  mergeEpisodes(ids: number[]): Promise<number>;
  /** A selection of episodes that is kept; an entry of the undo journal, as are its changes. @returns its number */
  makeDataset(made: NewDataset): Promise<number>;
  changeDataset(id: number, change: DatasetChange): Promise<void>;
  removeDataset(id: number): Promise<void>;
  datasets(): Promise<DatasetSummary[]>;
  dataset(id: number): Promise<Dataset>;
  /** What was undone or redone ("Deleted 3 episodes"), or null when there is nothing. */
  undo(): Promise<string | null>;
  redo(): Promise<string | null>;
  beginRun(run: NewRun): Promise<number>;
  endRun(id: number): Promise<void>;
  runs(): Promise<RunRecord[]>;
  addModel(model: ModelRecord): Promise<void>;
  updateModel(hash: string, change: Partial<Pick<ModelRecord, 'name' | 'evaluation'>>): Promise<void>;
  models(): Promise<ModelRecord[]>;
  addPolicy(policy: PolicyRecord): Promise<void>;
  /** A new name, a removal and its opposite are entries of the undo journal. */
  updatePolicy(hash: string, change: PolicyChange): Promise<void>;
  /** Those that nobody removed. */
  policies(): Promise<PolicyRecord[]>;
  /** Another process had something written: an import or a training from the command line beside an open window. */
  onChange(listener: () => void): { dispose(): void };
  /** Flags were found in the background. */
  onFlags(listener: () => void): { dispose(): void };
  onFailure(listener: (message: string) => void): { dispose(): void };
  close(): Promise<void>;
}
