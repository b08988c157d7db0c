import type { Calibration } from '../../../shared/model';
import { quantile, shareOf } from '../../../shared/statistics';
import { difference, type JudgedChannel } from './judged';
import { type Mixture, mixtureCdf, mixtureMean, mixtureQuantile, mixtureVariance } from './mixture';

/** Shares that central intervals claim to cover. */
export const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
/** The level that recalibration makes true: the one that bands are drawn at. */
const ANCHOR = 0.9;
/** Fewer steps than this say nothing about 90 %. */
const MIN_SAMPLES = 20;

/** A predictive distribution for every channel, and what came. */
export interface Outcome {
  /** [channels] */
  predicted: readonly Mixture[];
  truth: readonly number[];
  /** Recalibration is fitted on one half and judged on the other. */
  half: 0 | 1;
}

/**
 * Coverage of central intervals, and the factor on the predicted standard deviation that makes the 90 % interval true.
 *
 * An interval at level p is from the (1 − p)/2 to the (1 + p)/2 quantile of the predicted mixture F, so y lies in it when
 * |2 F(y) − 1| ≤ p (Kuleshov et al. 2018, section 3, for central intervals). Recalibration replaces the prediction Y by
 * m + s (Y − m), m its mean, one s a channel: the shape of the distribution and its dependence on state and action stay
 * the model's, and a band that is drawn from a standard deviation can use it, which an isotonic map of probabilities
 * (Kuleshov et al.) does not allow. s is the ⌈(n + 1) 0.9⌉-th of the n factors that would just have brought each value into its
 * interval: split conformal prediction with the score |y − m| / (distance of the interval's end on that side) (Vovk et al.
 * 2005; Lei et al. 2018), whose 90 % holds for exchangeable steps whatever the model's errors look like. Other levels
 * follow as far as the model's shape is right. Each half of the steps is judged with the factor of the other; the factor
 * that is reported is fitted on both.
 * @param used channels that have a predicted spread; all when left out
 * @returns undefined where there are too few steps to say anything
 */
export function calibrate(
  horizon: number,
  channels: readonly JudgedChannel[],
  outcomes: readonly Outcome[],
  used: readonly number[] = channels.map((_, c) => c),
): Calibration | undefined {
  if (outcomes.length < MIN_SAMPLES) return undefined;
  const judged = channels.map((info, c) => {
    if (!used.includes(c)) return undefined;
    const values = outcomes.map(({ predicted, truth, half }) => {
      const mixture = predicted[c] as Mixture;
      return { mixture, y: beside(info, mixture, truth[c]), half };
    });
    const usable = values.filter(({ mixture }) => mixtureVariance(mixture) > 0);
    if (usable.length < MIN_SAMPLES) return undefined;
    const factors = usable.map(({ mixture, y, half }) => ({ factor: neededFactor(mixture, y), half }));
    const scales = [0, 1].map((half) =>
      fitted(factors.filter((one) => one.half !== half).map((one) => one.factor)),
    );
    const before = usable.map(({ mixture, y }) => centrality(mixture, y, 1));
    const after = usable.map(({ mixture, y, half }) => centrality(mixture, y, scales[half]));
    return { before, after, scale: fitted(factors.map(({ factor }) => factor)) };
  });
  if (judged.every((one) => one === undefined)) return undefined;
  const all = (key: 'before' | 'after') => coverage(judged.flatMap((one) => one?.[key] ?? []));
  return {
    horizon,
    samples: outcomes.length,
    levels: LEVELS,
    before: all('before'),
    after: all('after'),
    channels: channels.map(({ name }, c) => ({
      name,
      before: coverage(judged[c]?.before ?? []),
      after: coverage(judged[c]?.after ?? []),
      scale: judged[c]?.scale ?? null,
    })),
  };
}

/** An angle on the turn that the prediction is on. */
function beside(info: JudgedChannel, mixture: Mixture, truth: number): number {
  if (!info.angle) return truth;
  const mean = mixtureMean(mixture);
  return mean + difference(info, truth, mean);
}

/** Level of the narrowest central interval of the rescaled prediction that holds y, in [0, 1]. */
export function centrality(mixture: Mixture, y: number, scale: number): number {
  const mean = mixtureMean(mixture);
  return Math.abs(2 * mixtureCdf(mixture, mean + (y - mean) / scale) - 1);
}

/** The factor on the standard deviation that puts y on the end of the 90 % interval. */
export function neededFactor(mixture: Mixture, y: number): number {
  const mean = mixtureMean(mixture);
  const end = mixtureQuantile(mixture, y > mean ? (1 + ANCHOR) / 2 : (1 - ANCHOR) / 2) - mean;
  // A prediction so skewed that its mean lies outside of the interval: any stretch counts from a hair beside the mean.
  const hair = 1e-3 * Math.sqrt(mixtureVariance(mixture));
  return Math.abs(y - mean) / Math.max(hair, y > mean ? end : -end);
}

/** The conformal quantile; never 0, because a factor divides. */
function fitted(factors: readonly number[]): number {
  if (factors.length === 0) return 1;
  const rank = Math.min(1, shareOf(ANCHOR, factors.length + 1) / factors.length);
  const sorted = Float64Array.from(factors).sort();
  const exact = sorted[Math.min(sorted.length, shareOf(rank, sorted.length)) - 1];
  return Math.max(1e-6, Number.isFinite(exact) ? exact : quantile(factors.filter(Number.isFinite), 1));
}

function coverage(centralities: readonly number[]): (number | null)[] {
  if (centralities.length === 0) return LEVELS.map(() => null);
  return LEVELS.map((level) => {
    let inside = 0;
    for (const value of centralities) if (value <= level) inside++;
    return inside / centralities.length;
  });
}
