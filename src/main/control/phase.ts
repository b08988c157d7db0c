import { shareOf } from '../../shared/statistics';

/** How long before the tick an observation should have come, as a share of the period. */
export const PHASE_MARGIN = 0.1;
/** The most the schedule moves in one tick, as a share of the period. */
export const MAX_SLEW = 0.01;
/** Share of the phase error that one tick takes away: arrivals jitter, and the schedule must not follow that. */
const GAIN = 0.1;
/** Arrivals the phase is estimated from, and how many of them it takes to believe it. */
const WINDOW = 64;
const ENOUGH = 8;
/** Below this length of the mean vector the arrivals have no common phase (another rate, or chaos). */
const MIN_CONCENTRATION = 0.7;
/** The margin is kept after this share of the arrivals: what is late is late by transfer and scheduling. */
const QUANTILE = 0.95;
/** However much arrivals scatter, the tick waits for no more than this share of the period after their mean. */
const MAX_SPREAD = 0.4;

/**
 * Where in the control period a streaming device's observations arrive: the circular mean of the last arrivals
 * modulo the period, and how far behind it the late ones are. The device's clock drifts against ours, so the phase
 * does too.
 */
export class PhaseEstimator {
  private readonly arrivals = new Float64Array(WINDOW);
  private count = 0;

  constructor(private readonly periodSeconds: number) {}

  /** An observation came at `hostSeconds`. */
  push(hostSeconds: number): void {
    this.arrivals[this.count % WINDOW] = hostSeconds;
    this.count += 1;
  }

  /** The phase by which nearly all observations of a period are there, seconds; undefined while there is none. */
  phase(): number | undefined {
    const period = this.periodSeconds;
    const known = this.arrivals.subarray(0, Math.min(this.count, WINDOW));
    if (known.length < ENOUGH) return undefined;
    let sin = 0;
    let cos = 0;
    for (const arrival of known) {
      const turn = (2 * Math.PI * arrival) / period;
      sin += Math.sin(turn);
      cos += Math.cos(turn);
    }
    if (Math.hypot(sin, cos) / known.length < MIN_CONCENTRATION) return undefined;
    const mean = (Math.atan2(sin, cos) / (2 * Math.PI)) * period;
    const behind = known.map((arrival) => wrap(arrival - mean, period)).sort();
    const late = behind[shareOf(QUANTILE, known.length) - 1] ?? 0;
    return mean + Math.min(late, MAX_SPREAD * period);
  }

  /** How far `deadline` would have to move, in [-period/2, period/2), to lie the margin after the arrivals. */
  error(deadline: number): number | undefined {
    const phase = this.phase();
    if (phase === undefined) return undefined;
    return wrap(phase + PHASE_MARGIN * this.periodSeconds - deadline, this.periodSeconds);
  }

  /** By how much to move the schedule after this tick, at most 1 % of the period; 0 when there is no phase. */
  slew(deadline: number): number {
    const most = MAX_SLEW * this.periodSeconds;
    return Math.min(most, Math.max(-most, GAIN * (this.error(deadline) ?? 0)));
  }
}

/** `value` modulo `period`, in [-period/2, period/2). */
function wrap(value: number, period: number): number {
  return ((((value + period / 2) % period) + period) % period) - period / 2;
}
