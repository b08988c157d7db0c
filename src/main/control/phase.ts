/** How long before the tick an observation should have come, as a share of the period. */
export const PHASE_MARGIN = 0.1;
/** The most the schedule moves in one tick, as a share of the period. */
export const MAX_SLEW = 0.01;
/** Share of the phase error that one tick takes away: arrivals jitter, and the schedule must not follow that. */
const GAIN = 0.1;
/** Arrivals the phase is estimated from, and how many of them it takes to believe it. */
const WINDOW = 32;
const ENOUGH = 8;
/** Below this length of the mean vector the arrivals have no common phase (another rate, or chaos). */
const MIN_CONCENTRATION = 0.7;

/**
 * Where in the control period a streaming device's observations arrive: the circular mean of the last arrivals
 * modulo the period. The device's clock drifts against ours, so the phase does too.
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

  /** Phase of the arrivals in [0, period), seconds; undefined while there is none to speak of. */
  phase(): number | undefined {
    const known = Math.min(this.count, WINDOW);
    if (known < ENOUGH) return undefined;
    let sin = 0;
    let cos = 0;
    for (let i = 0; i < known; i++) {
      const turn = (2 * Math.PI * (this.arrivals[i] as number)) / this.periodSeconds;
      sin += Math.sin(turn);
      cos += Math.cos(turn);
    }
    if (Math.hypot(sin, cos) / known < MIN_CONCENTRATION) return undefined;
    return modulo((Math.atan2(sin, cos) / (2 * Math.PI)) * this.periodSeconds, this.periodSeconds);
  }

  /** How far `deadline` would have to move, in [-period/2, period/2), to lie the margin after the arrivals. */
  error(deadline: number): number | undefined {
    const phase = this.phase();
    if (phase === undefined) return undefined;
    const wanted = phase + PHASE_MARGIN * this.periodSeconds;
    const period = this.periodSeconds;
    return modulo(wanted - deadline + period / 2, period) - period / 2;
  }

  /** By how much to move the schedule after this tick, at most 1 % of the period; 0 when there is no phase. */
  slew(deadline: number): number {
    const most = MAX_SLEW * this.periodSeconds;
    return Math.min(most, Math.max(-most, GAIN * (this.error(deadline) ?? 0)));
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
