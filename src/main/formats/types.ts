import type { Scene } from '../../shared/drawing';
import type { ChannelInfo, EpisodeColumns, EpisodeEvent, EpisodeSummary } from '../../shared/episode';
import type { Place } from '../files/whole-place';
import type { EpisodeCamera } from '../log/types';
import type { Host } from '../processes/port';

/** Episodes on their way out. All of them have the same channels and period. */
export interface ExportSource {
  episodes: readonly EpisodeSummary[];
  /** The episode's rows in order, a few thousand at a time: nobody holds a long episode. */
  rows(episode: EpisodeSummary): AsyncIterable<EpisodeColumns>;
  events(episode: EpisodeSummary): Promise<EpisodeEvent[]>;
  /** The rig file as it was recorded; null where there was none. */
  rigFile(episode: EpisodeSummary): Promise<unknown>;
  /** Cameras that all of the episodes have, with pictures of one size. */
  cameras: readonly SharedCamera[];
  /**
   * Of a camera, the picture that each step saw, a few megabytes at a time: [steps, height, width, 3] of red, green and blue. Steps
   * before the first picture are black.
   */
  pictures(episode: EpisodeSummary, camera: SharedCamera): AsyncIterable<Uint8Array>;
  /** Of a camera, the files that the episode's rows saw, with how many rows saw each; the row after the last transition is one too. */
  files(episode: EpisodeSummary, camera: SharedCamera): AsyncIterable<SeenFile>;
  /** Of a camera, which pictures the episode's rows saw and when they were captured; the row after the last transition is one too. */
  captures(episode: EpisodeSummary, camera: SharedCamera): Promise<Captures>;
  /** What its rig looks like and which channels move its joints; null where that is not known. */
  scene(episode: EpisodeSummary): Promise<Scene | null>;
  /** Starts the process that writes, where a format's library needs one. */
  host: Pick<Host, 'spawn'>;
}

/** A picture as it lies in the log, and how many rows one after another saw it; null before the first. */
export interface SeenFile {
  data: Uint8Array | null;
  rows: number;
}

/** A camera of an episode, and those of its pictures that a row saw, [pictures] each. */
export interface Captures {
  /** Pictures a second that it was to make. */
  rate: number;
  /** Pictures that were due and are not there. */
  dropped: number;
  /** The first row that saw it. */
  row: number[];
  sequence: number[];
  hostSeconds: number[];
  deviceSeconds: number[];
}

/** A camera as every episode of an export has it. */
export type SharedCamera = Pick<EpisodeCamera, 'name' | 'width' | 'height'>;

export interface FormatWriter {
  /** As people call it. */
  title: string;
  place: Place;
  /** Whether pictures of cameras go along; left out, they do not. */
  takesPictures?: boolean;
  /** Whether they go along as colours alone and not as the files that they are, in which their depth lies. */
  leavesDepth?: boolean;
  /** Whether it says where a rig's bodies are. */
  takesScene?: boolean;
  /** What it cannot hold of these episodes, pictures aside, a sentence each. */
  losses(episodes: readonly EpisodeSummary[]): string[];
  /** Writes all of it to `path`, which is seen by nobody before it is whole. */
  write(source: ExportSource, path: string): Promise<void>;
}

/** One series of numbers of a file. */
export interface DatasetColumn {
  /** How it is named in the file; an element of a vector as `vector/element`. */
  column: string;
  /** Name for the channel that it would become; it may be no possible one. */
  name: string;
  /** null where the file does not say. */
  unit: string | null;
  angle: boolean;
  limits: ChannelInfo['limits'];
  /** What it is taken for where nobody says; null: nothing. */
  role: 'observation' | 'action' | null;
}

/** A camera of a file whose pictures can be read. */
export interface DatasetCamera {
  /** How it is named in the file: "observation.images.side". */
  column: string;
  /** What it becomes. */
  name: string;
  /** Of its pictures, pixels. */
  width: number;
  height: number;
  /** Pictures a second; null where the file does not say: as many as rows. */
  rate: number | null;
}

/** A picture of an episode, the first one that row `row` saw. What is left out is not known: it was captured at its row. */
export interface DatasetPicture {
  row: number;
  sequence?: number | undefined;
  /** Seconds since the episode began, as of rows. */
  hostSeconds?: number | undefined;
  deviceSeconds?: number | undefined;
  /** A PNG or JPEG file. */
  data: Uint8Array;
}

/** What a file holds, found without reading its numbers: the dry run of an import. */
export interface DatasetHead {
  /** "LeRobot v3.0" */
  format: string;
  rig: string | null;
  /** null where neither the file nor whoever asked says. */
  periodSeconds: number | null;
  /** null where only reading tells. */
  episodes: number | null;
  rows: number | null;
  columns: DatasetColumn[];
  /** Those whose pictures come along. */
  cameras: DatasetCamera[];
  /** What is not read, or was taken for granted; a sentence each. */
  remarks: string[];
}

/** What whoever imports says about a file that does not say it itself. */
export interface DatasetOptions {
  periodSeconds?: number | undefined;
  /** Column that numbers the episodes. */
  episodeColumn?: string | undefined;
  /** Column with the time of a row, seconds. */
  timeColumn?: string | undefined;
}

/** Rows of one episode, in order. Matrices are row-major; what is left out is not known. */
export interface DatasetRows {
  rows: number;
  /** [rows, observations] as they stand in the file */
  observations: Float64Array;
  /** [rows, actions], executed from this row on */
  actions: Float64Array;
  /** [rows, actions] asked for before the guard */
  requested?: Float64Array | undefined;
  /** [rows] received on arriving at the row */
  reward?: Float64Array | undefined;
  /** [rows] seconds since the episode began */
  hostSeconds?: Float64Array | undefined;
  /** [rows] seconds on the device's clock */
  deviceSeconds?: Float64Array | undefined;
  latenessSeconds?: Float64Array | undefined;
  planMs?: Float64Array | undefined;
  missed?: Float64Array | undefined;
}

export type DatasetPart =
  /** Comes first, where a file says of an episode's cameras what is not the same in all. */
  | { kind: 'begin'; cameras: { rate: number; dropped: number }[] }
  | { kind: 'rows'; rows: DatasetRows }
  /** After its rows, some pictures of a camera of `head.cameras`, by its place there, in order. @param rows how many rows of the episode these were looked for in */
  | { kind: 'pictures'; camera: number; rows: number; pictures: DatasetPicture[] }
  /** What of the episode in hand stayed behind, as a sentence. */
  | { kind: 'left'; remark: string }
  /** The episode in hand has no more rows. */
  | { kind: 'end'; end: DatasetEnd };

export interface DatasetEnd {
  /** "episode 3", as the file numbers it. */
  called: string;
  /** Unix time in ms; null where the file does not say. */
  startedAt: number | null;
  terminated: boolean;
  tags: string[];
  notes: string[];
}

export interface WantedColumns {
  observations: string[];
  actions: string[];
  turns?: readonly (number | undefined)[];
}

/** A file from elsewhere that was opened and understood. */
export interface Dataset {
  head: DatasetHead;
  /** What is kept as the rig file of its episodes, where the file brings one. */
  rigFile: unknown;
  /**
   * The episodes one after another, each with its parts; of every column the numbers as the file has them. No more of a file
   * is held than a part of it.
   * @param columns names of `head.columns`; `turns` is a whole turn of an observation that wraps, in the file's unit
   * @throws ForesightError bad-data with the place of the fault
   */
  read(columns: WantedColumns): AsyncGenerator<DatasetPart, void, void>;
  close(): Promise<void>;
}

export interface FormatReader {
  /** @param host starts the process that reads, where a format's library needs one @returns undefined where `path` is something else. @throws ForesightError bad-data, bad-file: one that cannot be read */
  open(path: string, options: DatasetOptions, host: Pick<Host, 'spawn'>): Promise<Dataset | undefined>;
}
