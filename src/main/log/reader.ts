import type { ChannelInfo, EpisodeColumns } from '../../shared/episode';
import { copyRows, emptyColumns } from './chunks';
import { openDatabase } from './database';
import { EpisodeTable } from './episode-table';
import { asLogError } from './failures';
import { FrameTable } from './frame-table';
import type { EpisodeCamera, FrameTimes, LoggedFrame } from './types';

/** Pictures that are read at once. */
const PICTURES = 32;

/** Rows and pictures of episodes, read in the calling thread, beside whoever has the workspace open. */
export interface LogReader {
  /**
   * Rows `from` to `to` (exclusive), as far as there are any.
   * @throws ForesightError not-found, bad-file (a chunk of these rows is not what was written)
   */
  columns(episode: number, from: number, to: number): EpisodeColumns;
  /** Pictures, camera by camera in their order; some at a time. @throws ForesightError bad-file */
  pictures(episode: number): Iterable<{ camera: string; data: Uint8Array }>;
  /** Cameras of an episode, in their order. */
  cameras(episode: number): EpisodeCamera[];
  /** When pictures were captured. @param camera its place among the episode's */
  frameTimes(episode: number, camera: number): FrameTimes;
  /** Frames with a number of `from` to `to` (exclusive). @throws ForesightError bad-file */
  frames(episode: number, camera: number, from: number, to: number): LoggedFrame[];
  /** Channels that are observed in an episode. */
  observations(episode: number): ChannelInfo[];
  /** It is being recorded: what was seen of its newest rows may not be there yet. */
  recording(episode: number): boolean;
  /** What was recorded of an episode's rig. */
  rigFile(episode: number): unknown;
  /** The row on which the task had ended an episode; null where it did not. */
  endedOn(episode: number): number | null;
  close(): void;
}

/**
 * Opens the log of a workspace for a process that reads very much of it, and therefore not through another process or
 * thread.
 * @throws ForesightError not-found, bad-file, unavailable
 */
export function openLogReader(folder: string): LogReader {
  const { database, close } = openDatabase(folder, { readonly: true });
  const table = new EpisodeTable(database);
  const shown = new FrameTable(database);
  return {
    columns(episode, from, to) {
      try {
        const layout = table.layout(episode);
        const columns = emptyColumns(Math.max(0, to - from), layout);
        let at = 0;
        for (const piece of table.pieces(episode, { from, to })) {
          copyRows(piece, layout, { from: 0, to: piece.rows }, columns, at);
          at += piece.rows;
        }
        if (at === columns.rows) return columns;
        const fewer = emptyColumns(at, layout);
        copyRows(columns, layout, { from: 0, to: at }, fewer, 0);
        return fewer;
      } catch (thrown) {
        throw asLogError(thrown, folder);
      }
    },
    *pictures(episode) {
      for (const [camera, { name }] of shown.cameras(episode).entries()) {
        const { sequence } = shown.times(episode, camera);
        for (let at = 0; at < sequence.length; at += PICTURES) {
          const [from = 0, last = 0] = [sequence[at], sequence[Math.min(sequence.length, at + PICTURES) - 1]];
          for (const { data } of shown.frames(episode, camera, from, last + 1)) yield { camera: name, data };
        }
      }
    },
    cameras: (episode) => shown.cameras(episode),
    frameTimes: (episode, camera) => shown.times(episode, camera),
    frames: (...which) => shown.frames(...which),
    observations: (episode) => table.get(episode).observations,
    recording: (episode) => table.get(episode).state === 'recording',
    rigFile: (episode) => table.rigFile(episode),
    endedOn(episode) {
      const { terminated, steps } = table.get(episode);
      return terminated ? steps : null;
    },
    close,
  };
}
