import { formatCount } from '../ui/format';

/** Steps that are looked back on, and the shares and counts from which late plans are the problem. */
const LOOKED_BACK = 100;
const MANY_IN_ROW = 3;
const MANY = 5;
const SHARE = 0.1;

export interface LatePlans {
  /** What is wrong, one sentence. */
  reason: string;
  /** What to do about it, the most likely first. */
  advice: string[];
}

/** What of a run decides how long a plan takes. */
export interface Slowness {
  /** Null where this window did not start the run. */
  budget: 'fixed' | 'auto' | null;
  /** What every plan was asked to take at least, ms. */
  minimumMs: number;
  /** A training runs beside it. */
  training: boolean;
}

/**
 * Whether late plans are this run's problem; null where they are not. Late in a row, late often, or longer than the period,
 * so that every plan is made from what was seen steps before.
 * @param rows newest rows of the episode, oldest first
 * @param median planning time, ms
 * @param most late plans in a row that bring the rig to hold
 */
export function latePlans({
  rows,
  median,
  periodMs,
  most,
  slow,
}: {
  rows: readonly { missed: boolean }[];
  median: number;
  periodMs: number;
  most: number | undefined;
  slow: Slowness;
}): LatePlans | null {
  const recent = rows.slice(-LOOKED_BACK);
  const inRow = recent.length - 1 - recent.findLastIndex((row) => !row.missed);
  const missed = recent.filter((row) => row.missed).length;
  const reason =
    inRow >= MANY_IN_ROW
      ? `${inRow} plans in a row came late${most === undefined ? '' : `; after ${most} the rig holds`}.`
      : missed >= MANY && missed >= SHARE * recent.length
        ? `${missed} of the last ${formatCount(recent.length, 'plan')} came late.`
        : median > periodMs
          ? `A plan takes ${median.toFixed(0)} ms, longer than the control period of ${periodMs.toFixed(0)} ms: each is made from what was seen ${formatCount(Math.ceil(median / periodMs), 'step')} before.`
          : null;
  return reason === null ? null : { reason, advice: adviceFor(slow, periodMs) };
}

function adviceFor({ budget, minimumMs, training }: Slowness, periodMs: number): string[] {
  const advice: string[] = [];
  if (minimumMs > periodMs)
    advice.push(`Every plan was asked to take at least ${minimumMs} ms: set “Takes at least” to 0.`);
  if (training) advice.push('A training runs beside it: cancel it, or run when it is done.');
  if (budget === 'fixed')
    advice.push('Make the budget automatic: then only as many candidates are tried as there is time for.');
  advice.push('Look fewer steps ahead, or try fewer candidates, particles or iterations.');
  advice.push('A smaller model (fewer members or units) is quicker to ask.');
  return advice;
}
