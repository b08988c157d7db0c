import type { PlanView } from '../../shared/telemetry';
import { formatCount, formatNumber } from '../ui/format';

/** Plans of so many seconds are looked at together: a share of one plan's small spread jumps from plan to plan. */
const SMOOTHED_SECONDS = 2;

type Planned = Pick<PlanView, 'step' | 'periodMs' | 'insight' | 'actions'> & Partial<Pick<PlanView, 'mean'>>;

/** What the newest plans say of themselves, on average. */
export interface Certain {
  /** Steps that the newest plan looks ahead. */
  horizon: number;
  /** Expected return of a plan, mean; null where it diverged. */
  expected: number | null;
  /** Standard deviation of a plan's return, root mean square; null where nobody can tell. */
  spread: number | null;
  /** Share 0 … 1 of the return's variance that is disagreement between members; null where there is none to share or nobody can tell. */
  share: number | null;
  /** Steps before a plan leaves what the model knows, 0 … horizon; null where nobody can tell. */
  known: number | null;
  /** Predicted steps outside limits. */
  outside: number;
  /** Taken from the score for limits and for rates. */
  limitPenalty: number;
  ratePenalty: number;
}

/** Steps that a plan looks ahead. */
export const horizonOf = ({
  actions,
  mean,
}: Pick<PlanView, 'actions'> & Partial<Pick<PlanView, 'mean'>>): number =>
  Math.max(actions.length, (mean?.length ?? 1) - 1);

/** Averages over the newest plan and those of the last two seconds before it; `plans` in the order of steps, not empty. */
export function smoothed(plans: readonly Planned[]): Certain {
  const newest = plans.at(-1) as Planned;
  const from = newest.step - (1000 * SMOOTHED_SECONDS) / newest.periodMs;
  const recent = plans.filter(({ step }) => step > from);
  const horizon = horizonOf(newest);
  const told = (value: (plan: Planned) => number | null) =>
    recent.map(value).filter((number): number is number => number !== null && Number.isFinite(number));
  const variance = mean(told(({ insight }) => square(insight.returnStd)));
  // Weighed by the variance that each is a share of: 99 % of nothing says nothing.
  const between = told(({ insight: { disagreement, returnStd } }) =>
    disagreement === null || returnStd === null ? null : disagreement * returnStd ** 2,
  );
  const ofVariance = told(({ insight: { disagreement, returnStd } }) =>
    disagreement === null ? null : square(returnStd),
  );
  const all = sum(ofVariance);
  const known = mean(
    told((plan) => {
      const { knownSteps } = plan.insight;
      return knownSteps === null ? null : knownSteps / Math.max(1, horizonOf(plan));
    }),
  );
  return {
    horizon,
    expected: newest.insight.expectedReturn === null ? null : mean(told((p) => p.insight.expectedReturn)),
    spread: variance === null ? null : Math.sqrt(variance),
    share: all > 0 ? clamp(sum(between) / all) : null,
    known: known === null ? null : horizon * clamp(known),
    outside: mean(told((p) => p.insight.stepsOutside)) ?? 0,
    limitPenalty: mean(told((p) => p.insight.limitPenalty)) ?? 0,
    ratePenalty: mean(told((p) => p.insight.ratePenalty)) ?? 0,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length;
const square = (value: number | null): number | null => (value === null ? null : value ** 2);
const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** Above it more data pays, below its complement it does not. */
const MOSTLY = 0.6;
/** A spread of less than this share of the expected return is nothing to explain. */
const SURE = 0.01;

export interface Sentence {
  words: string;
  /** good: relied on as far as it goes. tight: not to be relied on, or only so far. unknown: nobody can tell. */
  tone: 'good' | 'tight' | 'unknown';
}

/**
 * The one sentence that follows from everything a plan says of itself. Territory comes first: where the model has no data,
 * that its members agree means nothing.
 */
export function certainty(plan: Certain): Sentence {
  const { horizon, known, expected } = plan;
  if (expected === null) {
    return {
      words: 'What the plan expects grows without bounds, so nothing follows from it: shorten the horizon.',
      tone: 'tight',
    };
  }
  const leaving = limitWords(plan);
  const ending = leaving === null ? '.' : `; ${leaving}.`;
  const steps = known === null ? null : Math.round(known);
  if (steps === 0) {
    return {
      words: `The model has no data where this plan begins, so what it expects is a guess: record motion from here${ending}`,
      tone: 'tight',
    };
  }
  const spread = spreadSentence(plan);
  if (steps !== null && steps < horizon) {
    const disagree = spread.why === 'disagreement' ? ', and its members disagree on it' : '';
    return {
      words: `The model has data for the first ${steps} of ${formatCount(horizon, 'step')}; what it expects beyond them is a guess${disagree}${ending}`,
      tone: 'tight',
    };
  }
  const territory =
    steps === null
      ? 'Whether it has data for this plan the model cannot tell'
      : 'The model has data for the whole plan';
  const doubtful = leaving !== null || spread.why === 'disagreement';
  const untold = steps === null || spread.why === 'untold';
  return {
    words: `${territory}; ${spread.words}${ending}`,
    tone: doubtful ? 'tight' : untold ? 'unknown' : 'good',
  };
}

type Why = 'untold' | 'sure' | 'disagreement' | 'noise' | 'both';

/** What is open about the return, and why. */
function spreadSentence({ expected, spread, share }: Certain): { words: string; why: Why } {
  if (spread === null) return { words: 'how far off its return may be it cannot tell', why: 'untold' };
  if (spread <= SURE * Math.abs(expected ?? 0)) return { words: 'of its return it is sure', why: 'sure' };
  if (share === null)
    return { words: 'what the spread of its return comes from it cannot tell', why: 'untold' };
  if (share >= MOSTLY)
    return { words: 'its members disagree on the return, so more data helps', why: 'disagreement' };
  if (share <= 1 - MOSTLY)
    return { words: 'what is open is mostly noise, which more data would not remove', why: 'noise' };
  return { words: 'what is open is partly noise and partly disagreement of its members', why: 'both' };
}

function limitWords({ outside, horizon }: Certain): string | null {
  if (outside <= 0) return null;
  const steps = Math.round(outside);
  return steps === 0
    ? 'some of its futures leave a limit'
    : `it leaves a limit in ${steps} of ${formatCount(horizon, 'step')}`;
}

/** "72 % of ± 1.80": a share is shown with what it is a share of. */
export function shareWords({ share, spread }: Certain): string {
  if (share === null || spread === null) return '–';
  return `${Math.round(100 * share)} % of ± ${formatNumber(spread, 3)}`;
}

export function knownWords({ known, horizon }: Certain): string {
  return known === null ? '–' : `${Math.round(known)} of ${formatCount(horizon, 'step')}`;
}

/** "none", "3 of 25 steps", "0.3 of 25 steps": what is not nothing is never written as 0. */
export function outsideWords({ outside, horizon }: Certain): string {
  return outside <= 0 ? 'none' : `${formatNumber(outside, 2)} of ${formatCount(horizon, 'step')}`;
}
