import type { EpisodeEvent } from '../../shared/episode';
import type { Driver } from '../rig/driver';
import type { Cancel, Clock } from './clock';
import type { FromRig } from './messages';
import type { Safety } from './safety';

/** Live view outside episodes, and the state's regular repetition. */
const LIVE_SECONDS = 1 / 30;
const STATE_SECONDS = 0.5;

/**
 * What is told of the rig without being asked: its newest observation outside episodes, and its state twice a second.
 * With every repetition the device is asked how it is, so that the read-back stays its own newest word.
 */
export class Reporter {
  private cancelTimer: Cancel = () => {};
  private lastLive = Number.NEGATIVE_INFINITY;
  private lastShownAt = Number.NEGATIVE_INFINITY;
  private asking = false;

  constructor(
    private readonly driver: Driver,
    private readonly safety: Safety,
    private readonly clock: Clock,
    private readonly send: (message: FromRig) => void,
    private readonly sendState: () => void,
    /** The device is busy with a reset and may not answer. */
    private readonly isBusy: () => boolean,
  ) {
    this.repeat();
  }

  /** Shows the newest observation if it is time to, and nothing twice: a picture that stands still is an old one. */
  live(
    now: number,
    commanded: Float64Array | undefined,
    interventions: () => EpisodeEvent[] = () => [],
  ): void {
    const halfPeriod = this.driver.rig.file.periodSeconds / 2;
    if (this.driver.mode === 'realtime' && now - this.lastLive < LIVE_SECONDS - halfPeriod) return;
    const observation = this.driver.latest();
    if (!observation) return;
    if (this.driver.mode === 'realtime' && observation.hostSeconds === this.lastShownAt) return;
    this.lastLive = now;
    this.lastShownAt = observation.hostSeconds;
    const events = interventions();
    this.send({
      type: 'live',
      observation: [...observation.values],
      deviceSeconds: observation.deviceSeconds,
      applied: commanded ? [...commanded] : this.readApplied(),
      ...(events.length > 0 && { events }),
      ...(observation.pose && { pose: [...observation.pose] }),
    });
  }

  dispose(): void {
    this.cancelTimer();
  }

  private readApplied(): number[] {
    const applied = this.safety.readback?.applied;
    return this.driver.rig.file.actions.map((_, i) => applied?.[i] ?? Number.NaN);
  }

  private repeat(): void {
    this.cancelTimer = this.clock.later(() => {
      this.sendState();
      void this.askStatus();
      this.repeat();
    }, STATE_SECONDS * 1000);
  }

  /** In lockstep nothing happens unasked. */
  private async askStatus(): Promise<void> {
    if (this.asking || this.isBusy() || this.driver.mode === 'lockstep' || this.safety.phase === 'lost')
      return;
    this.asking = true;
    try {
      const { answer, asked } = this.safety.ask();
      const readback = await answer.catch(() => null);
      if (!this.isBusy()) this.safety.see(readback, asked);
    } finally {
      this.asking = false;
    }
  }
}
