import type { Cancel, Clock } from './clock';

/** The sleep ends this long before the deadline and polling begins: a timer's own error is 1 ms, and a bit. */
const POLL_SECONDS = 0.0015;
/** Between two looks input and output wait so long at most: asleep while the deadline is far, awake close to it. */
const NAP_SECONDS = 0.00025;
const SPIN_SECONDS = 0.00005;
/** So close to the deadline nobody sleeps. */
const AWAKE_SECONDS = 0.00015;
/** What the newest nap counts in by how much naps are usually too long. */
const NEWEST_NAP = 0.02;
/** How much of that is forgotten with a tick: where naps were too long nobody takes one, and learns that they no longer are. */
const FORGOTTEN = 0.001;

export interface Tick {
  /** When it should have been and when it was, on the clock. */
  deadline: number;
  now: number;
  /** `now - deadline`; never negative. */
  latenessSeconds: number;
  /** Whole periods that passed without a tick because this one came so late. */
  skipped: number;
}

/**
 * Ticks on an absolute schedule: a deadline is the deadline before it plus the period, whenever that tick came,
 * so lateness does not add up. Sleeps by timer to shortly before the deadline and then polls the clock with
 * `soon`, which lets input and output through between two looks. Between looks it naps, and spins where a nap could come
 * too late: a loop of `soon` alone leaves so much garbage that collecting it makes ticks late, and a thread that never
 * lets its processor go has used up its share when the deadline comes. A tick that comes later than a whole period
 * skips the ones it has missed; they are not made up for, because two commands at once help no robot.
 */
export class Schedule {
  private next = 0;
  private cancel: Cancel = () => {};
  /** Grows with every start and stop: a tick's callback may do either. */
  private generation = 0;
  /** By how much a nap is usually too long, seconds. */
  private oversleep = 0;

  /**
   * @param precise poll to the deadline; otherwise the timer alone decides (idle, where a millisecond costs nothing)
   */
  constructor(
    private readonly clock: Clock,
    readonly periodSeconds: number,
    private readonly onTick: (tick: Tick) => void,
    private readonly precise: () => boolean,
  ) {}

  /** First tick at `first` (clock seconds); a schedule that runs already starts anew. */
  start(first: number): void {
    this.stop();
    this.next = first;
    this.wait();
  }

  stop(): void {
    this.generation += 1;
    this.cancel();
  }

  /** Moves all deadlines to come; for following a device's clock. */
  slew(seconds: number): void {
    this.next += seconds;
  }

  private wait(): void {
    const left = this.next - this.clock.now();
    const pollSeconds = this.precise() ? POLL_SECONDS : 0;
    if (left > pollSeconds) {
      // Through `soon`: a timer that comes late comes before the observations that have arrived meanwhile.
      const wake = () => {
        this.cancel = this.clock.soon(() => this.wait());
      };
      this.cancel = this.clock.later(wake, (left - pollSeconds) * 1000);
    } else if (left > 0) {
      this.pass(left);
      this.cancel = this.clock.soon(() => this.wait());
    } else {
      this.fire();
    }
  }

  /** Lets a part of what is left pass. */
  private pass(left: number): void {
    if (left < NAP_SECONDS + 2 * this.oversleep + AWAKE_SECONDS) {
      this.clock.spin(Math.min(SPIN_SECONDS, left));
      return;
    }
    const began = this.clock.now();
    this.clock.nap(NAP_SECONDS);
    const tooLong = this.clock.now() - began - NAP_SECONDS;
    this.oversleep += NEWEST_NAP * (Math.max(0, tooLong) - this.oversleep);
  }

  private fire(): void {
    this.oversleep *= 1 - FORGOTTEN;
    const now = this.clock.now();
    const deadline = this.next;
    const latenessSeconds = now - deadline;
    const skipped = Math.floor(latenessSeconds / this.periodSeconds);
    this.next = deadline + (skipped + 1) * this.periodSeconds;
    const generation = this.generation;
    this.onTick({ deadline, now, latenessSeconds, skipped });
    if (generation === this.generation) this.wait();
  }
}

/** What a tick that skipped others says to the log. */
export function overrunMessage({ latenessSeconds, skipped }: Tick): string {
  return `The tick was ${(latenessSeconds * 1000).toFixed(1)} ms late; ${skipped} skipped.`;
}
