import type { EpisodeFlag } from '../../../shared/flags';
import { type Detector, FOLLOWS, type LookedAt, type LookedRows, withoutFlood } from './types';

/** Between two rows of one stretch lie 0.5 to 1.5 periods; more than that and rates computed of them mean nothing. */
const REGULAR = [0.5, 1.5] as const;
/** Both clocks agree that so many periods passed without a row: nothing was recorded meanwhile. */
const GAP_PERIODS = 2.5;
/**
 * The host's time is when a measurement arrived, and a busy computer or a USB hub delivers late, several at once. Such a delay
 * is over after a few rows; a clock that was set stays where it was set.
 */
const RECOVERS_ROWS = 8;
/** What the two clocks may move against each other within these rows: arrival jitter on top of their drift. */
const LEAP_PERIODS = 3;
const LEAP_SECONDS = 0.05;

/** How the rows of an episode follow each other in time; whoever looks at them afterwards gets it with them. */
export class Clocks implements Detector {
  readonly #seams: Set<number>;
  readonly #flags: EpisodeFlag[] = [];
  #before: { host: number; device: number } | undefined;
  /** Device less host of the newest rows that came after each other, oldest first. */
  #offsets: { row: number; offset: number }[] = [];
  #again = 0;
  #longestAgain = { from: 0, to: 0 };
  #againSince = -1;
  #gaps: { row: number; seconds: number }[] = [];
  #rows = 0;

  constructor(private readonly episode: LookedAt) {
    this.#seams = new Set(episode.events.filter(({ kind }) => kind === 'seam').map(({ step }) => step));
  }

  take({ hostSeconds, deviceSeconds, firstRow, rows, follows }: LookedRows): void {
    for (let i = 0; i < rows; i++) {
      follows[i] = this.#row(firstRow + i, hostSeconds[i] ?? Number.NaN, deviceSeconds[i] ?? Number.NaN);
    }
    this.#rows = firstRow + rows;
  }

  #row(row: number, host: number, device: number): number {
    const { periodSeconds } = this.episode;
    const before = this.#before;
    this.#before = { host, device };
    if (before === undefined) return FOLLOWS.break;
    const [ofHost, ofDevice] = [host - before.host, device - before.device];
    // A log from elsewhere may have one clock; a missing one says nothing.
    const steps = [ofHost, ofDevice].filter(Number.isFinite);
    const isSeam = this.#seams.has(row);
    if (steps.length === 0 || isSeam) {
      this.#forget();
      return FOLLOWS.break;
    }
    if (steps.every((seconds) => seconds === 0)) {
      this.#countAgain(row);
      return FOLLOWS.again;
    }
    this.#againSince = -1;
    if (this.#backwards(row, ofHost, ofDevice)) return FOLLOWS.break;
    if (steps.every((seconds) => seconds > GAP_PERIODS * periodSeconds)) {
      this.#gaps.push({ row, seconds: Math.min(...steps) });
    }
    if (Number.isFinite(host) && Number.isFinite(device)) this.#leap(row, device - host);
    // The device's clock says when a thing was measured, where it has one that goes.
    const passed = Number.isFinite(ofDevice) && ofDevice !== 0 ? ofDevice : ofHost;
    const regular = passed >= REGULAR[0] * periodSeconds && passed <= REGULAR[1] * periodSeconds;
    return regular ? FOLLOWS.regular : FOLLOWS.break;
  }

  #countAgain(row: number): void {
    this.#again += 1;
    if (this.#againSince < 0) this.#againSince = row;
    const longest = this.#longestAgain;
    if (row - this.#againSince >= longest.to - longest.from || this.#again === 1) {
      this.#longestAgain = { from: this.#againSince, to: row };
    }
  }

  #backwards(row: number, ofHost: number, ofDevice: number): boolean {
    const clocks = [
      ['The clock of this computer', ofHost],
      ["The device's clock", ofDevice],
    ] as const;
    const found = clocks.filter(([, seconds]) => seconds < 0);
    for (const [clock, seconds] of found) {
      this.#jump(row, -seconds, `${clock} went back by ${lasting(-seconds)} at step ${row}.`);
    }
    if (found.length > 0) this.#forget();
    return found.length > 0;
  }

  /** Looks at a row once as many rows follow it as a delay may take to be over. */
  #leap(row: number, offset: number): void {
    const offsets = this.#offsets;
    offsets.push({ row, offset });
    if (offsets.length < 2 * RECOVERS_ROWS) return;
    const middle = offsets[RECOVERS_ROWS];
    const [before, after] = [offsets.slice(0, RECOVERS_ROWS), offsets.slice(RECOVERS_ROWS)];
    // What came late on one side of the row must not look like a leap: the least delayed of each side are compared.
    const leap = most(after) - most(before);
    const here = offset0(middle) - offset0(offsets[RECOVERS_ROWS - 1]);
    const least = Math.max(LEAP_SECONDS, LEAP_PERIODS * this.episode.periodSeconds);
    if (middle && Math.abs(leap) > least && Math.abs(here) > least / 2) {
      const way = leap > 0 ? 'ahead of' : 'behind';
      const said = `The device's clock leapt ${lasting(Math.abs(leap))} ${way} this computer's at step ${middle.row}.`;
      this.#jump(middle.row, Math.abs(leap), said);
      this.#offsets = after;
      return;
    }
    offsets.shift();
  }

  #jump(row: number, amount: number, said: string): void {
    const message = `${said} Times and rates around it cannot be believed.`;
    this.#flags.push({ kind: 'clock-jump', channel: null, from: row - 1, to: row, amount, message });
  }

  #forget(): void {
    this.#offsets = [];
  }

  end(): EpisodeFlag[] {
    const jumps = withoutFlood(this.#flags, (count) => `The clocks jumped ${count} times more.`);
    return [...jumps, ...this.#gapFlags(), ...this.#againFlags()];
  }

  #gapFlags(): EpisodeFlag[] {
    const flags = this.#gaps.map(({ row, seconds }): EpisodeFlag => {
      const message = `Nothing was recorded for ${lasting(seconds)} before step ${row}: the loop, or what it waits for, stood still.`;
      return { kind: 'late', channel: null, from: row - 1, to: row, amount: 1, message };
    });
    return withoutFlood(flags, (count) => `${count} gaps more in which nothing was recorded.`);
  }

  /** One repetition now and then is the loop and the device drifting past each other; a hundredth, or five on end, is not. */
  #againFlags(): EpisodeFlag[] {
    const { from, to } = this.#longestAgain;
    const longest = this.#again === 0 ? 0 : to - from + 1;
    if (longest < 5 && this.#again <= Math.max(1, this.#rows / 100)) return [];
    const message = `No new measurement had come at ${this.#again} of ${this.#rows} steps, so the one before stands there once more; ${longest} on end ${longest > 1 ? `from step ${from} to ${to}` : `at step ${from}`}.`;
    return [{ kind: 'late', channel: null, from, to, amount: this.#again, message }];
  }
}

type Offset = { row: number; offset: number };
const offset0 = (one: Offset | undefined) => one?.offset ?? Number.NaN;
/** A measurement that arrives late has a host time that is too large, so device less host is largest where it was on time. */
const most = (offsets: readonly Offset[]) => Math.max(...offsets.map(({ offset }) => offset));

export const lasting = (seconds: number): string =>
  seconds < 1 ? `${Number((1000 * seconds).toPrecision(3))} ms` : `${Number(seconds.toPrecision(3))} s`;
