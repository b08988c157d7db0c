import type { ChannelInfo } from '../../../shared/episode';
import type { EpisodeFlag } from '../../../shared/flags';
import { Magnitudes } from './magnitudes';
import { amountOf, type Detector, FOLLOWS, type LookedAt, type LookedRows, withoutFlood } from './types';

/**
 * A jerk is a sample, or two, that lies far off the line between its neighbours (a *spike*: an encoder that misread, a message with a
 * flipped bit), or a place from which on everything is shifted (a *step*: a counter that lost its zero). What is looked at is how far each
 * sample lies off the middle of its two neighbours, h = x − (before + after) / 2, because motion, however fast, changes it little:
 * a spike of height J is −J/2, J, −J/2 in h, a step is −J/2, J/2 with nothing beside it.
 *
 * A blow (a foot that lands, a stop that is hit) changes a velocity at once, which looks like a step and is none, so steps are
 * looked for in positions alone. In a position a blow is a bend: one value of h, without the others of either pattern.
 */

/** Rows on either side that a jump is compared with: within them motion stays of one kind. */
const AROUND = 24;
/** Of the largest h around it so many are left out: they may belong to another jump. */
const OTHERS = 3;
/** As large as so many times the largest h that is left. Noise alone reaches 1.5 times in 10⁶ rows. */
const TIMES_AROUND = 4;
/** And as so many times what nine of ten h of the whole episode stay below; of Gaussian noise that is ten standard deviations. */
const TIMES_USUAL = 6;
const USUAL = 0.9;
/** With fewer h that are not 0 the channel stands, and only its limits say what is much. */
const LEAST_USUAL = 20;
const MUCH_OF_LIMITS = 0.1;
/** What has to be alike in a pattern may differ by this, by the jump. */
const ALIKE = 0.25;
/** Positions: what cannot change without passing what lies between. */
const POSITION_UNITS = new Set(['rad', 'deg', '°', 'm', 'cm', 'mm']);
/** Candidates that are kept of a channel. */
const MOST_CANDIDATES = 256;

export class Jerks implements Detector {
  readonly #channels: ChannelJerks[];

  constructor({ observations }: LookedAt) {
    this.#channels = observations.map((channel) => new ChannelJerks(channel));
  }

  take({ observations, firstRow, rows, follows }: LookedRows): void {
    const width = this.#channels.length;
    for (let c = 0; c < width; c++) {
      const channel = this.#channels[c];
      for (let i = 0; i < rows; i++) {
        if (follows[i] === FOLLOWS.again) continue;
        channel?.sample(
          firstRow + i,
          observations[i * width + c] ?? Number.NaN,
          follows[i] === FOLLOWS.break,
        );
      }
    }
  }

  end(): EpisodeFlag[] {
    return this.#channels.flatMap((channel) => channel.end());
  }
}

interface Candidate {
  /** Rows of the samples that are off, or of the two between which it steps. */
  from: number;
  to: number;
  size: number;
  /** The largest |h| of it. */
  off: number;
  isStep: boolean;
}

const SIZE = 2 * AROUND + 1;

class ChannelJerks {
  /** h of the newest samples and the rows they belong to, by number of the sample. */
  readonly #h = new Float64Array(SIZE).fill(Number.NaN);
  readonly #row = new Float64Array(SIZE);
  readonly #usual = new Magnitudes();
  readonly #isPosition: boolean;
  #candidates: Candidate[] = [];
  /** Samples whose h is known. */
  #count = 0;
  #sum = 0;
  #known = 0;
  #last = { row: 0, value: Number.NaN, difference: Number.NaN };

  constructor(private readonly channel: ChannelInfo) {
    this.#isPosition = channel.angle || POSITION_UNITS.has(channel.unit);
  }

  /** @param broken nothing is known of how this row follows the one before */
  sample(row: number, value: number, broken: boolean): void {
    const { value: before, difference: ofBefore, row: rowBefore } = this.#last;
    const difference = broken ? Number.NaN : this.#between(before, value);
    this.#last = { row, value, difference };
    if (row > 0) this.#push(rowBefore, (ofBefore - difference) / 2);
  }

  /** Along the shorter arc where it is an angle. */
  #between(before: number, value: number): number {
    const difference = value - before;
    if (!this.channel.angle) return difference;
    return difference - 2 * Math.PI * Math.round(difference / (2 * Math.PI));
  }

  #push(row: number, h: number): void {
    const at = this.#count++ % SIZE;
    this.#h[at] = h;
    this.#row[at] = row;
    const size = Math.abs(h);
    if (size > 0 && Number.isFinite(size)) {
      this.#usual.add(size);
      this.#sum += size;
      this.#known += 1;
    }
    if (this.#count > AROUND) this.#judge(this.#count - 1 - AROUND);
  }

  /** h of a sample by its number; NaN where it is not known. */
  #of(number: number): number {
    return number < 0 || number >= this.#count ? Number.NaN : (this.#h[number % SIZE] ?? Number.NaN);
  }

  #judge(number: number): void {
    const h = this.#of(number);
    const size = Math.abs(h);
    // Most samples are left here: what is not even twice the mean so far is none.
    if (!(size > (2 * this.#sum) / Math.max(1, this.#known))) return;
    for (let beside = -3; beside <= 3; beside++) {
      const other = Math.abs(this.#of(number + beside));
      if (beside < 0 ? other >= size : other > size) return;
    }
    const found = this.#pattern(number);
    if (found === undefined || !(size >= TIMES_AROUND * this.#around(number))) return;
    this.#candidates.push(found);
    if (this.#candidates.length < 2 * MOST_CANDIDATES) return;
    this.#candidates.sort((a, b) => b.off - a.off);
    this.#candidates.length = MOST_CANDIDATES;
  }

  #pattern(number: number): Candidate | undefined {
    const h = this.#of(number);
    const off = Math.abs(h);
    const near = (value: number, wanted: number) => Math.abs(value - wanted) <= ALIKE * off;
    const beside = (by: number) => this.#of(number + by);
    const rowOf = (at: number) => this.#row[at % SIZE] ?? 0;
    if (near(beside(-1), -h / 2) && near(beside(1), -h / 2)) {
      const row = rowOf(number);
      return { from: row, to: row, size: off, off, isStep: false };
    }
    // The sample that is judged is the largest of a pattern, whichever of it that is.
    for (const first of [number, number - 1, number + 1, number - 2]) {
      const [one, two] = [this.#of(first), this.#of(first + 1)];
      const rows = { from: rowOf(first), to: rowOf(first + 1) };
      const outside = [this.#of(first - 1), this.#of(first + 2)] as const;
      if (near(Math.abs(one), off) && near(two, one) && outside.every((value) => near(value, -one))) {
        return { ...rows, size: 2 * off, off, isStep: false };
      }
      if (!this.#isPosition || (first !== number && first !== number - 1)) continue;
      if (near(two, -one) && near(Math.abs(one), off) && outside.every((value) => near(value, 0))) {
        return { ...rows, size: 2 * off, off, isStep: true };
      }
    }
    return undefined;
  }

  /** The largest |h| around a sample but for those that may belong to other jumps. */
  #around(number: number): number {
    const sizes: number[] = [];
    for (let at = number - AROUND; at <= number + AROUND; at++) {
      const size = Math.abs(this.#of(at));
      if (Math.abs(at - number) > 3 && !Number.isNaN(size)) sizes.push(size);
    }
    sizes.sort((a, b) => b - a);
    return sizes[Math.min(OTHERS, sizes.length - 1)] ?? Number.POSITIVE_INFINITY;
  }

  end(): EpisodeFlag[] {
    const samples = this.#count;
    for (let number = Math.max(0, samples - AROUND); number < samples; number++) this.#judge(number);
    const { name, unit, limits } = this.channel;
    const usual = this.#usual.total < LEAST_USUAL ? undefined : this.#usual.quantile(USUAL);
    const span = limits === null ? Number.POSITIVE_INFINITY : limits[1] - limits[0];
    const flags = this.#candidates
      .filter(({ off, size }) =>
        usual === undefined ? size >= MUCH_OF_LIMITS * span : off >= TIMES_USUAL * usual,
      )
      .sort((a, b) => a.from - b.from)
      .map(({ from, to, size, isStep }): EpisodeFlag => {
        const much = amountOf(size, unit);
        const message = isStep
          ? `${name} jumps by ${much} between step ${from} and ${to} and stays there: has its sensor lost its zero?`
          : `${name} is off by ${much} ${from === to ? `at step ${from}` : `at steps ${from} and ${to}`} and back at once: a wrong reading.`;
        return { kind: 'jerk', channel: name, from, to, amount: size, message };
      });
    return withoutFlood(flags, (count) => `${name} jumps ${count} times more.`);
  }
}
