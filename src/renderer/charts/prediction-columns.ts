import { live, shownRing } from '../live/live';

/** Measured steps shown before now. */
export const PAST_STEPS = 150;

/**
 * Newest step that is drawn. It is of the newest plan's episode: after its end the picture
 * stays until the next one begins.
 */
export function shownNow(): { now: number; episode: number } | null {
  const { plan } = live;
  const ring = shownRing();
  const episode = plan?.episode ?? ring.episode[ring.slot(0)] ?? -1;
  let now: number | null = null;
  ring.walk(1, episode, (_, step) => {
    now = step;
  });
  return now === null ? null : { now, episode };
}

/** The numbers of one channel's chart, the same lists in every picture. */
type PredictionColumns = (number | null)[][];

const COLUMNS = 8;
export const predictionColumns = (): PredictionColumns => Array.from({ length: COLUMNS }, () => []);

/**
 * What was measured, what had been predicted for it `ahead` steps earlier (with ±2σ), and what the newest plan
 * expects next, on one axis of steps relative to now.
 */
export function fillPrediction(columns: PredictionColumns, channel: number, ahead: number): void {
  const { plan } = live;
  const ring = shownRing();
  const column = ring.observation[channel];
  const shown = shownNow();
  reset(columns, 0);
  if (!column || !shown) return;
  const { now, episode } = shown;
  const samePlan = plan !== null && plan.episode === episode ? plan : null;
  const length = PAST_STEPS + 1 + (samePlan ? samePlan.mean.length : 0);
  reset(columns, length);
  const [x, measured, mean, low, high, next, nextLow, nextHigh] = columns as ColumnsByName;
  for (let i = 0; i < length; i++) x[i] = i - PAST_STEPS;
  const set = (row: (number | null)[], step: number, value: number) => {
    const i = step - now + PAST_STEPS;
    if (i >= 0 && i < length && Number.isFinite(value)) row[i] = value;
  };
  ring.walk(PAST_STEPS + 1, episode, (slot, step) => set(measured, step, column[slot] ?? Number.NaN));
  if (!samePlan) return;
  live.plans.forecasts(ahead, now - PAST_STEPS, (step, means, stds) => {
    if (step > now) return;
    const [m, s] = [means[channel] ?? Number.NaN, stds[channel] ?? 0];
    set(mean, step, m);
    set(low, step, m - 2 * s);
    set(high, step, m + 2 * s);
  });
  for (let k = 0; k < samePlan.mean.length; k++) {
    const [m, s] = [samePlan.mean[k]?.[channel] ?? Number.NaN, samePlan.std[k]?.[channel] ?? 0];
    set(next, samePlan.step + k, m);
    set(nextLow, samePlan.step + k, m - 2 * s);
    set(nextHigh, samePlan.step + k, m + 2 * s);
  }
}

type Column = (number | null)[];
type ColumnsByName = [Column, Column, Column, Column, Column, Column, Column, Column];

/** All of them so long, and empty. */
function reset(columns: PredictionColumns, length: number): void {
  for (const column of columns) {
    column.length = length;
    column.fill(null);
  }
}
