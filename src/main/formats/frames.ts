import type { EpisodeColumns, EpisodeSummary } from '../../shared/episode';
import { copyRows, emptyColumns } from '../log/chunks';
import type { ExportSource } from './types';

/** Frames as other people's data sets have them: an observation, the action from it, and the reward that followed. */
export interface FrameBlock {
  /** Of the first frame, in the episode. */
  first: number;
  frames: number;
  /** `frames` rows and the one after them. */
  rows: EpisodeColumns;
  /** [frames] */
  rewardAfter: Float64Array;
}

/**
 * An episode's frames, some thousands at a time: its rows without the last, which has no action and whose observation is in `rows` of
 * the last block.
 */
export async function* framesOf(
  source: ExportSource,
  episode: EpisodeSummary,
): AsyncGenerator<FrameBlock, void, void> {
  const layout = { observations: episode.observations.length, actions: episode.actions.length };
  let before: EpisodeColumns | undefined;
  let first = 0;
  for await (const block of source.rows(episode)) {
    const more = before === undefined ? 0 : 1;
    const rows = emptyColumns(block.rows + more, layout);
    if (before !== undefined) copyRows(before, layout, { from: before.rows - 1, to: before.rows }, rows, 0);
    copyRows(block, layout, { from: 0, to: block.rows }, rows, more);
    before = rows;
    const frames = rows.rows - 1;
    if (frames > 0) yield { first, frames, rows, rewardAfter: rows.reward.subarray(1) };
    first += frames;
  }
}

/** Series of a step that formats of other people have no place for. */
export const BESIDES_STEPS = ['hostSeconds', 'deviceSeconds', 'latenessSeconds', 'planMs', 'missed'] as const;

/** What is known of the row after the last frame of an episode; null where it is not. */
export function lastSeries(
  block: FrameBlock | undefined,
): Record<(typeof BESIDES_STEPS)[number], number | null> {
  const last = BESIDES_STEPS.map((name) => {
    const value = block?.rows[name].at(-1) ?? Number.NaN;
    return [name, Number.isFinite(value) ? value : null] as const;
  });
  return Object.fromEntries(last) as ReturnType<typeof lastSeries>;
}

/** [observations] after the last frame of an episode. */
export const lastObservation = ({ rows }: FrameBlock, width: number): number[] => [
  ...rows.observations.subarray((rows.rows - 1) * width),
];
