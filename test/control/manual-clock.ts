import type { Cancel, Clock } from '../../src/main/control/clock';

/** One look at the clock while polling takes this long, and no timer takes less. */
const POLL_SECONDS = 20e-6;

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  private time = 100;
  private readonly queue: { at: number; callback: () => void }[] = [];
  /** How wrong timers are, seconds; Node's fire up to a millisecond late, and early as well. */
  timerError: () => number = () => 0;

  /** What the machine has slept, seconds: the monotonic clock does not count it. */
  private asleep = 0;

  wall(): number {
    return 1_700_000_000 + this.time + this.asleep;
  }

  now(): number {
    return this.time;
  }

  later(callback: () => void, milliseconds: number): Cancel {
    return this.enqueue(
      callback,
      this.time + Math.max(POLL_SECONDS, milliseconds / 1000 + this.timerError()),
    );
  }

  soon(callback: () => void): Cancel {
    return this.enqueue(callback, this.time + POLL_SECONDS);
  }

  /** By how much naps are too long, seconds. */
  napError = 0;
  /** When naps ended. */
  readonly naps: number[] = [];

  nap(seconds: number): void {
    this.time += seconds + this.napError;
    this.naps.push(this.time);
  }

  spin(seconds: number): void {
    this.time += seconds;
  }

  /** Time passes while nothing can run: what was due meanwhile comes late. */
  stall(seconds: number): void {
    this.time += seconds;
  }

  /** The machine is suspended: only the time of day goes on. */
  suspend(seconds: number): void {
    this.asleep += seconds;
  }

  /** Lets `seconds` pass, with everything that falls due, and with the promises that this settles. */
  async run(seconds: number): Promise<void> {
    const until = this.time + seconds;
    for (;;) {
      await settled();
      const next = this.queue.reduce<(typeof this.queue)[0] | undefined>(
        (first, entry) => (first === undefined || entry.at < first.at ? entry : first),
        undefined,
      );
      if (next === undefined || next.at > until) break;
      this.queue.splice(this.queue.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.callback();
    }
    this.time = Math.max(this.time, until);
  }

  private enqueue(callback: () => void, at: number): Cancel {
    const entry = { at, callback };
    this.queue.push(entry);
    return () => {
      const index = this.queue.indexOf(entry);
      if (index >= 0) this.queue.splice(index, 1);
    };
  }
}

/** Lets promises settle whose values are there. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await null;
}
