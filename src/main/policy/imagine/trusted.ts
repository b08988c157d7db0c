import type { Evaluation } from '../../../shared/model';
import { spreadsOf } from '../../dynamics/data/training-data';
import { evaluateModel } from '../../dynamics/evaluate';
import { modelLayout } from '../../dynamics/layout';
import type { DynamicsModel, TrainingEpisode } from '../../dynamics/types';

/** As a verdict has it when nobody chooses (EvaluateOptions). */
const TRUSTED_FRACTION = 0.5;
/** Steps ahead that are looked at: more would take longer than the answer is worth beside learning. */
const FARTHEST = 25;

/**
 * Steps that a model in the workspace is trusted for, the channel that it loses first; null for one without a verdict. What a
 * verdict was not long enough to see counts as not trusted.
 */
export function trustedOf({ summary }: DynamicsModel): number | null {
  const report = summary.evaluation?.report;
  if (!report || report.channels.length === 0) return null;
  return Math.min(...report.channels.map(({ trusted }) => trusted ?? 0));
}

/**
 * The same of a model on steps that it has not learned from: up to where the error of the mean prediction first passes half of a
 * channel's spread, up to 25 steps. The spread is that of all it has learned from: a policy that stands upright hardly spreads.
 * @returns null where the episodes are too short to tell
 */
export async function trustedOn(
  model: DynamicsModel,
  episodes: readonly TrainingEpisode[],
): Promise<number | null> {
  const horizons = Array.from({ length: FARTHEST }, (_, step) => step + 1);
  const evaluation = await evaluateModel(model, episodes, { horizons, kind: 'unseen' });
  return trustedSteps(evaluation, spreadsOf(modelLayout(model.summary), model.normaliser.inputStd));
}

/** @param spread [channels] standard deviation, units of the channels */
function trustedSteps({ channels, samples }: Evaluation, spread: ArrayLike<number>): number | null {
  if ((samples[0] ?? 0) === 0) return null;
  let least = Number.POSITIVE_INFINITY;
  channels.forEach(({ error }, channel) => {
    const limit = spread[channel] ?? 0;
    if (limit === 0) return;
    const lost = error.findIndex((one) => one === null || one > TRUSTED_FRACTION * limit);
    least = Math.min(least, lost < 0 ? error.length : lost);
  });
  return Number.isFinite(least) ? least : null;
}
