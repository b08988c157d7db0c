import type { EpisodeEvent } from '../../shared/episode';
import type { ForesightError } from '../../shared/errors';
import type { RigFile } from '../../shared/rig';
import type { Driver, Observation } from '../rig/driver';
import type { Clock } from './clock';
import { type Freshness, freshness } from './freshness';
import type { Tick } from './schedule';
import { Standstill } from './standstill';

/** What is wrong with a step before it is taken. */
export interface Concern {
  events: EpisodeEvent[];
  /** So old an observation that the rig must hold, with what to do. */
  tooOld: ForesightError | undefined;
}

/**
 * What the loop watches in real time besides the rig's limits: whether its observations are fresh, and whether it has
 * itself been here to see them.
 */
export class Vigilance {
  /** How old the observation is that was acted on last, where that is worth a word: ", on an observation that …". */
  lateness = '';
  private readonly rig: RigFile;
  private readonly standstill: Standstill;
  private lastObservationAt = Number.NEGATIVE_INFINITY;
  /** Stops by its own watchdog that the device had told of when the episode began. */
  private expiredAtBegin = 0;
  private stoodStill = false;

  constructor(
    private readonly driver: Driver,
    clock: Clock,
  ) {
    this.rig = driver.rig.file;
    this.standstill = new Standstill(clock, this.rig.safety.watchdogSeconds);
  }

  beginEpisode(): void {
    this.lastObservationAt = Number.NEGATIVE_INFINITY;
    this.expiredAtBegin = this.expired;
    this.stoodStill = false;
    this.lateness = '';
  }

  /** At every tick, and a period before the first one of a schedule: the loop was here, or need not be before `ahead`, s. */
  mark(ahead = 0): void {
    this.standstill.mark(ahead);
  }

  /** Why the loop was not here for longer than a command lives, as a sentence; undefined when it was. */
  away(): string | undefined {
    if (this.driver.mode === 'lockstep') return undefined;
    const cause = this.standstill.since();
    if (cause !== undefined) this.stoodStill = true;
    return cause;
  }

  /** The observation that an episode's step is about to be taken from. True in `begins` when it is the first late one. */
  judgeStep(observation: Observation, tick: Tick, step: number): Concern & { begins: boolean } {
    const isNew = observation.hostSeconds !== this.lastObservationAt;
    this.lastObservationAt = observation.hostSeconds;
    const { ageSeconds, late, remark, tooOld } = this.freshness(observation, tick, isNew);
    const events: EpisodeEvent[] = [];
    if (tooOld) events.push({ step, kind: 'watchdog', message: tooOld.message });
    else if (remark !== undefined) events.push({ step, kind: 'note', message: remark });
    if (this.stoodStill) {
      events.push({ step, kind: 'watchdog', message: this.wordOfDevice() });
      this.stoodStill = false;
    }
    const begins = late && this.lateness === '';
    this.lateness = late ? `, on an observation that is ${(ageSeconds * 1000).toFixed(0)} ms old` : '';
    return { events, tooOld, begins };
  }

  /** The observation that a jog is about to go on with. */
  judgeJog(observation: Observation, tick: Tick): ForesightError | undefined {
    return this.freshness(observation, tick, true).tooOld;
  }

  /**
   * After a pause of our own the observations of that time may not have been read yet, so that time is not held against
   * the rig; what was too old before it is.
   */
  private freshness(observation: Observation, tick: Tick, isNew: boolean): Freshness {
    const judged = freshness(this.rig, observation, tick.now, isNew);
    if (tick.skipped === 0) return judged;
    const before = freshness(this.rig, observation, tick.now - tick.skipped * this.rig.periodSeconds, isNew);
    return { ...judged, late: before.late, tooOld: before.tooOld && judged.tooOld };
  }

  private get expired(): number {
    return this.driver.counters().expired ?? 0;
  }

  private wordOfDevice(): string {
    return this.expired > this.expiredAtBegin
      ? 'The device has told that it stopped by itself when commands stayed away.'
      : 'The device has not told whether it stopped by itself when commands stayed away.';
  }
}
