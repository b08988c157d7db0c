import { z } from 'zod';
import { Series } from './known';
import type { PlanInsight } from './plan';

/** By row; null where no plan said anything, or nobody can tell. */
export const InsightSeries = z.object({
  expectedReturn: Series,
  returnStd: Series,
  disagreement: Series,
  knownSteps: Series,
  stepsOutside: Series,
  limitPenalty: Series,
  ratePenalty: Series,
  candidates: Series,
  iterations: Series,
  particles: Series,
} satisfies Record<keyof PlanInsight, typeof Series>);
export type InsightSeries = z.infer<typeof InsightSeries>;

/** Rows of an episode. Whatever a log from elsewhere may lack is null where it is not known: an import has no rewards. */
export const EpisodeRows = z.object({
  /** Seconds on the host's clock since the episode began, by row; always known. */
  seconds: z.array(z.number()),
  /** [channel][row] */
  observations: z.array(Series),
  actions: z.array(Series),
  reward: Series,
  latenessMs: Series,
  planMs: Series,
  /** 1 where the plan came late, 0 elsewhere. */
  missed: z.array(z.number()),
  /**
   * One-step-ahead prediction made before the row was measured, [channel][row]; null where there was none, and where the
   * step to the row did not take one control period.
   */
  predicted: z.array(Series),
  predictedStd: z.array(Series),
  /** What the plan behind each row said of itself, by row; left out where no row was planned. */
  insight: InsightSeries.optional(),
  /** The plan behind each row: its first step, and how many it looked ahead from there. With `insight` only. */
  plans: z.array(z.object({ firstStep: z.number(), horizon: z.number() }).nullable()).optional(),
  /** What came of that plan: the sum of the rewards that it looked ahead over. With `insight` only. */
  received: Series.optional(),
});
export type EpisodeRows = z.infer<typeof EpisodeRows>;

/** So many rows are asked for at once. */
export const MOST_ROWS = 4096;
