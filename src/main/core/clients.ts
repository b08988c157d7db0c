import type { Disposable } from '../../shared/disposable';
import { ForesightError } from '../../shared/errors';
import { Broadcast, values } from './stream';

/** Between two beats to a client, ms. */
const BEAT_MS = 100;
/**
 * A client that has answered no beat of the last so many ms is missed. With the time between two looks it is noticed within
 * one second; a page that draws stands still for less.
 */
const MISSED_MS = 850;
/** Answers to older beats say nothing about now. */
const KEPT_BEATS = 32;

/** Monotonic time in ms and a repeated call, so that tests hold the clock. */
export interface BeatClock {
  now(): number;
  every(ms: number, call: () => void): Disposable;
}

const realClock: BeatClock = {
  now: () => performance.now(),
  every: (ms, call) => {
    const timer = setInterval(call, ms);
    return { dispose: () => clearInterval(timer) };
  },
};

/**
 * One who drives the core over the contract: a window, a browser, a script. Whoever starts motion is watched from then on,
 * because motion that nobody could stop any more must end by itself.
 *
 * The core sends beats, and the page answers each where it handles messages. So a connection that is cut, a computer that
 * sleeps, a browser that stands still, a tab that is frozen and a page that hangs are all missed, while a window that is only
 * covered or hidden is not: browsers stretch a hidden page's timers, not what it is sent.
 */
export class Client {
  readonly #beats = new Broadcast<{ beat: number }>();
  /** When the newest beats were sent, by number. */
  readonly #sent = new Map<number, number>();
  readonly #watchers = new Set<(why: string) => void>();
  readonly #timer: Disposable;
  #beat = 0;
  /** When the newest beat that was answered had been sent. */
  #heard = Number.NEGATIVE_INFINITY;
  #looked: number;
  #left = false;
  readonly #leaving = new Set<() => void>();

  constructor(private readonly clock: BeatClock = realClock) {
    this.#looked = clock.now();
    this.#timer = clock.every(BEAT_MS, () => this.#look());
  }

  /** The beats; who reads them answers each with `here`. */
  beats(signal?: AbortSignal): AsyncGenerator<{ beat: number }, void, void> {
    return values(this.#beats, [], signal);
  }

  here(beat: number): void {
    this.#heard = Math.max(this.#heard, this.#sent.get(beat) ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * Calls once when the client is missed: its connection has closed, or it has gone silent.
   * @param onMissed is given the reason, as the end of a sentence
   */
  watch(onMissed: (why: string) => void): Disposable {
    this.#watchers.add(onMissed);
    return { dispose: () => this.#watchers.delete(onMissed) };
  }

  /** @throws ForesightError `wrong-use` when the client would not be missed, because it answers no beats */
  requireHeard(): void {
    if (!this.#left && this.clock.now() - this.#heard <= MISSED_MS) return;
    throw new ForesightError(
      'wrong-use',
      'Nothing would notice if whoever starts this went away: this connection answers no beats.',
      'Answer every beat of app.beats with app.here, or ask for an unattended one.',
    );
  }

  /** Calls once when its connection closes, at once if it has; one that is only silent is not gone. */
  onLeave(listener: () => void): Disposable {
    if (this.#left) listener();
    else this.#leaving.add(listener);
    return { dispose: () => this.#leaving.delete(listener) };
  }

  /** Its connection has closed. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#timer.dispose();
    for (const listener of this.#leaving) listener();
    this.#leaving.clear();
    this.#miss('the window that started it is gone');
  }

  #look(): void {
    const now = this.clock.now();
    // While this process stood still nobody could be heard.
    const stoodStill = now - this.#looked - 2 * BEAT_MS;
    if (stoodStill > 0) this.#heard += stoodStill;
    this.#looked = now;
    this.#beat += 1;
    this.#sent.set(this.#beat, now);
    this.#sent.delete(this.#beat - KEPT_BEATS);
    this.#beats.publish({ beat: this.#beat });
    if (now - this.#heard > MISSED_MS) this.#miss('the window that started it no longer answers');
  }

  #miss(why: string): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher(why);
  }
}
