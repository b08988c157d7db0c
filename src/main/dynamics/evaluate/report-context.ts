import type { JudgedOn } from '../../../shared/model';
import type { Engine } from '../../tensor';
import type { DynamicsModel, NamedArray, TrainingEpisode } from '../types';
import type { Outcome } from './calibration';
import type { ErrorSums } from './errors';
import { type JudgedChannel, recorded, type Start } from './judged';
import type { Mixture } from './mixture';
import type { Heed, ReportPart } from './progress';
import type { MeanRollouts } from './rollout';

/** Episodes from which whole ones are the two halves of a recalibration. */
const WHOLE_EPISODES = 4;

/** What the parts of a verdict share. */
export interface ReportContext {
  engine: Engine;
  model: DynamicsModel;
  arrays: Record<string, NamedArray>;
  /** Operations of one step of one member. */
  cost: number;
  sampled: boolean;
  /** Regular runs of steps, several of one episode where it was interrupted. */
  episodes: readonly TrainingEpisode[];
  judgedOn: JudgedOn;
  channels: readonly JudgedChannel[];
  /** How many of the channels are observations. */
  observations: number;
  before: number;
  starts: readonly Start[];
  horizons: readonly number[];
  longest: number;
  rollouts: MeanRollouts;
  sums: ErrorSums;
  trustedFraction: number;
  seed: number;
  heed(part: ReportPart): Heed;
}

/**
 * What came `step` steps after a start, beside what was predicted. The halves of a recalibration: every other episode, or
 * every other tenth of an episode where there are few. Neighbouring steps are alike, so single steps would not do.
 */
export function outcomeOf(
  { episodes, channels, observations }: ReportContext,
  { episode, row }: Start,
  step: number,
  predicted: readonly Mixture[],
): Outcome {
  const ids = [...new Set(episodes.map(({ id }) => id))];
  const own = episodes.filter(({ id }) => id === episode.id);
  const before = own.slice(0, own.indexOf(episode)).reduce((sum, { columns }) => sum + columns.rows, 0);
  const rows = own.reduce((sum, { columns }) => sum + columns.rows, 0);
  const tenth = Math.floor((10 * (before + row)) / rows);
  return {
    predicted,
    truth: channels.map((_, c) => recorded(episode, row + step, c, observations)),
    half: ((ids.length >= WHOLE_EPISODES ? ids.indexOf(episode.id) : tenth) % 2) as 0 | 1,
  };
}

export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
