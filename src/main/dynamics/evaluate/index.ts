import type { Evaluation, JudgedOn } from '../../../shared/model';
import { openEngineOrDefault } from '../../tensor';
import { modelClass, predictedMembers, predictionArrays } from '../classes';
import { judgedPieces, regularStepsOf, stepsOf } from '../data/regular-runs';
import { checkEpisode } from '../data/transitions';
import type { DynamicsModel, TrainingEpisode } from '../types';
import { affordable, stepCost } from './effort';
import { ErrorSums } from './errors';
import { chooseStarts, judgedChannels, rowsBefore, stepsAfter } from './judged';
import { type EvaluationProgress, heedOf, REPORT_PARTS } from './progress';
import { fullReport } from './report';
import { halvesOf } from './report-context';
import { MeanRollouts } from './rollout';

export type { EvaluationProgress };

/** Start points of the errors: more make the mean no truer for what they cost. */
const STARTS = { least: 100, most: 1000 };
/** Start points in one call. */
const BATCH = 128;
/** Steps in one call: long rollouts are chained calls, so the graph stays small. */
const CHUNK = 25;

export interface EvaluateRequest {
  /** Steps ahead to report. */
  horizons: readonly number[];
  /** Whether the model learned from any of it, which nobody here can tell; not known when left out. */
  kind?: JudgedOn['kind'];
  /** Steps of which what is judged on is a sample, where it is one. */
  among?: number;
  /** Asks for the full verdict; only errors when left out. */
  report?: { trustedFraction: number; seed?: number } | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

/**
 * Root-mean-square error of open-loop predictions by horizon and channel, angles by their shortest difference,
 * averaged over start points spread evenly over the episodes. The model's prediction: every elite is rolled out
 * by its own means and the trajectories are averaged, as the planner's propagation averages its particles; one
 * trajectory of the members' mean at each step would hide from itself that members disagree. Beside it the trivial
 * predictors: the last value stays, and the last change repeats (so a start needs a row before it).
 * A prediction starts, and is compared, only where the observation came in time (data/regular-runs.ts).
 * With `report`, also what the model says about its own error, and whether that is true (report.ts).
 * @throws bad-data for episodes that do not fit the model or hold a value that is no number; cancelled
 */
export async function evaluateModel(
  model: DynamicsModel,
  recording: readonly TrainingEpisode[],
  request: EvaluateRequest,
): Promise<Evaluation> {
  const { summary } = model;
  const horizons = [...new Set(request.horizons)].sort((a, b) => a - b);
  for (const episode of recording) checkEpisode(summary, episode);
  const episodes = judgedPieces(recording, summary.periodSeconds);
  const steps = regularStepsOf(recording, summary.periodSeconds);
  const judgedOn: JudgedOn = {
    kind: request.kind ?? 'unknown',
    episodes: new Set(episodes.map(({ id }) => id)).size,
    ...{ steps, irregular: stepsOf(recording) - steps },
    ...((request.among ?? 0) > stepsOf(recording) && { among: request.among }),
  };
  const observations = summary.observations.length;
  const channels = request.report
    ? judgedChannels(summary, episodes)
    : summary.observations.map(({ name, unit, angle }) => ({ name, unit, angle }));
  const before = rowsBefore(summary);
  const reach = episodes.reduce((most, episode) => Math.max(most, stepsAfter({ episode, row: before })), 0);
  const longest = Math.min(horizons.at(-1) ?? 0, reach);
  const sums = new ErrorSums(longest, channels, observations);
  if (longest === 0) return { ...sums.evaluation(horizons), judgedOn };

  const arrays = predictionArrays(model);
  const cost = stepCost(arrays);
  const sampled = modelClass(summary.options.class.name).sampled === true;
  const limit = affordable(cost * longest * predictedMembers(arrays), STARTS.least, STARTS.most);
  const starts = chooseStarts(episodes, before, limit);
  if (starts.length === 0) return { ...sums.evaluation(horizons), judgedOn };
  const engine = await openEngineOrDefault(summary.options.engine);
  const heed = heedOf(request, request.report ? REPORT_PARTS : ['errors by horizon']);
  heed('errors by horizon')(0, 1);
  const rollouts = await MeanRollouts.compile(engine, model, arrays, {
    steps: Math.min(CHUNK, longest),
    batch: Math.min(BATCH, starts.length),
  });
  try {
    await rollouts.run(starts, longest, (...one) => sums.add(...one), heed('errors by horizon'));
    const evaluation: Evaluation = { ...sums.evaluation(horizons), judgedOn };
    if (request.report) {
      const { trustedFraction, seed = 0 } = request.report;
      evaluation.report = await fullReport({
        ...{ engine, model, arrays, cost, sampled, episodes, channels, observations, before, starts },
        ...{ horizons, longest, rollouts, sums, trustedFraction, seed, heed, judgedOn },
        half: halvesOf(episodes),
      });
    }
    return evaluation;
  } finally {
    await rollouts.dispose();
  }
}
