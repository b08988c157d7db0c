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
  /** Which half of a recalibration a start belongs to. */
  half(start: Start): 0 | 1;
}

/**
 * The halves of a recalibration: every other episode, or every other tenth of an episode where there are few. Neighbouring
 * steps are alike, so single steps would not do.
 * @param episodes regular runs, several of one episode where it was interrupted
 */
export function halvesOf(episodes: readonly TrainingEpisode[]): ReportContext['half'] {
  const rows = new Map<number, number>();
  const before = new Map<TrainingEpisode, number>();
  for (const episode of episodes) {
    const counted = rows.get(episode.id) ?? 0;
    before.set(episode, counted);
    rows.set(episode.id, counted + episode.columns.rows);
  }
  const places = new Map([...rows.keys()].map((id, place) => [id, place]));
  return ({ episode, row }) => {
    const tenth = Math.floor((10 * ((before.get(episode) ?? 0) + row)) / (rows.get(episode.id) ?? 1));
    return ((rows.size >= WHOLE_EPISODES ? (places.get(episode.id) ?? 0) : tenth) % 2) as 0 | 1;
  };
}

/** What came `step` steps after a start, beside what was predicted. */
export function outcomeOf(
  { half, channels, observations }: ReportContext,
  start: Start,
  step: number,
  predicted: readonly Mixture[],
): Outcome {
  return {
    predicted,
    truth: channels.map((_, c) => recorded(start.episode, start.row + step, c, observations)),
    half: half(start),
  };
}

export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
