import type { Clock } from './clock';

/** The time of day may be set by so much without meaning anything. */
const CLOCK_SET_SECONDS = 1;

/**
 * Notices that the loop itself stood still: this process stopped or starved, or the machine suspended. While it stands
 * still no command goes out, and the device stops by itself when the last one has lived its time.
 */
export class Standstill {
  private last: { now: number; wall: number };

  constructor(
    private readonly clock: Clock,
    /** How long a command lives. */
    private readonly watchdogSeconds: number,
  ) {
    this.last = { now: clock.now(), wall: clock.wall() };
  }

  /** The loop is here, or need not be before `ahead` seconds from now; looked at once a tick at least. */
  mark(ahead = 0): void {
    this.last = { now: this.clock.now() + ahead, wall: this.clock.wall() + ahead };
  }

  /** What kept the loop away since the last mark for longer than a command lives, as a sentence; undefined if nothing. */
  since(): string | undefined {
    const away = this.clock.now() - this.last.now;
    const day = this.clock.wall() - this.last.wall;
    const watchdog = `the watchdog time of ${this.watchdogSeconds} s`;
    if (day - away > Math.max(CLOCK_SET_SECONDS, this.watchdogSeconds)) {
      return `the computer was suspended for ${day.toFixed(0)} s, or its clock was set, which is longer than ${watchdog}.`;
    }
    if (away <= this.watchdogSeconds) return undefined;
    return `the control loop stood still for ${away.toFixed(2)} s, longer than ${watchdog}.`;
  }
}
