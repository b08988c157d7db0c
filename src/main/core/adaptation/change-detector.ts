import { mean } from '../../../shared/statistics';
import type { Surprise } from '../../dynamics/surprise';

/**
 * Notices that a plant no longer moves as its model was taught, step by step.
 *
 * What is watched is y = ln (e² / v) of every observation channel, e the error of the model's one-step prediction and v the
 * variance that it gave it: of a model that knows what it knows, y has mean −1.27 and deviation 2.22 (a logarithm of χ² with
 * one degree of freedom), wherever the rig is and whether the model is good there or not. Standardised and clipped, so that no
 * single step decides, it goes into a one-sided cumulative sum (Page 1954)
 *   S ← max(0, S + clip((y − μ) / σ) − κ),   a change when S > h,
 * one a channel. κ and h are far from what errors of a right model do: with κ = 1.5 errors must be some four times what
 * the model expects, for about ten steps. The change is dated to the last step with S = 0, the maximum-likelihood estimate of a
 * cumulative sum's onset.
 */
const ALLOWANCE = 1.5;
const THRESHOLD = 15;
const CLIP: readonly [number, number] = [-2, 3];

/** Mean and standard deviation of ln χ² with one degree of freedom: −γ − ln 2 and π / √2. */
const RIGHT_MEAN = -1.2704;
const RIGHT_STD = 2.2214;

/**
 * A step on which the model disagrees with itself this many times more than on 95 % of its own data, variance, is outside of
 * what it knows: its error there says that it has seen little, not that the plant has changed.
 */
const UNKNOWN = 4;
/** A model that cannot tell what it does not know is expected to be so many times worse, variance, than on its own data. */
const BLIND = 9;
/** Steps after an announced change from which the new state of affairs is learned. */
const RELEARN = 50;
/** Steps that "how large errors were before" is taken over. */
const REMEMBERED = 2000;

/** What a model's errors were on its own data; every list has one number an observation channel. */
export interface DetectorBaseline {
  /** Of y, never better than a right model's. */
  mean: number[];
  std: number[];
  /** Added to e² and v, so that errors too small to matter do not count. */
  floor: number[];
  /** Added to v for a model that cannot tell what it does not know. */
  expected: number[];
  /** Epistemic variance beyond which a step is not judged. */
  unknown: number[];
  /** Mean e². */
  typical: number[];
}

export interface PlantChangeFound {
  /** Index of the channel that shows it most clearly. */
  channel: number;
  /** What was given with the first step after the change. */
  since: number;
  /** How many times larger its errors are, root mean square. */
  growth: number;
}

/** @param channels observation channels @param data surprises on the steps that the model learned from; may be empty */
export function detectorBaseline(channels: number, data: readonly Surprise[]): DetectorBaseline {
  const baseline: DetectorBaseline = {
    ...{ mean: [], std: [], floor: [], expected: [], unknown: [], typical: [] },
  };
  for (let channel = 0; channel < channels; channel++) {
    const of = (key: keyof Surprise) => data.map((one) => one[key][channel]).sort((a, b) => a - b);
    const at = (sorted: number[], share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    const errors = of('squaredError');
    const ignorance = at(of('epistemic'), 0.95);
    const blind = data.length > 0 && ignorance === 0;
    const floor = Math.max(0.01 * at(errors, 0.5), Number.MIN_VALUE);
    const typical = errors.length > 0 ? mean(errors) : 0;
    const expected = blind ? BLIND * typical : 0;
    const logs = data.map(({ squaredError, variance }) =>
      logRatio(squaredError[channel], variance[channel] + expected, floor),
    );
    const centre = logs.length > 0 ? mean(logs) : RIGHT_MEAN;
    const std = logs.length > 0 ? Math.sqrt(mean(logs.map((y) => (y - centre) ** 2))) : RIGHT_STD;
    baseline.mean.push(Math.max(RIGHT_MEAN, centre));
    baseline.std.push(Math.max(RIGHT_STD, std));
    baseline.floor.push(floor);
    baseline.expected.push(expected);
    baseline.unknown.push(ignorance > 0 ? UNKNOWN * ignorance : Number.POSITIVE_INFINITY);
    baseline.typical.push(typical);
  }
  return baseline;
}

/** Errors and variances too small or too large to be told from none stay finite. */
function logRatio(squaredError: number, variance: number, floor: number): number {
  const y = Math.log((squaredError + floor) / (variance + floor));
  // A prediction that ran off is as wrong as can be.
  return Number.isNaN(y) ? Number.POSITIVE_INFINITY : y;
}

interface Channel {
  mean: number;
  sum: number;
  /** First step after the last one with a sum of 0. */
  since: number;
  errors: { at: number; squared: number }[];
}

/** One model in force on one rig; a new model gets a new detector. */
export class ChangeDetector {
  readonly #channels: Channel[];
  /** y of the steps after a change, by step, while the new state of affairs is learned. */
  #relearning: number[][] | undefined;
  /** Standardised y of the last judged steps, by channel: by the model's own errors, whatever was learned after a change. */
  #recent: number[][] = [];

  /** @param sensitivity larger announces on smaller errors: allowance and threshold are divided by it */
  constructor(
    private readonly baseline: DetectorBaseline,
    private readonly sensitivity = 1,
  ) {
    this.#channels = baseline.mean.map((m) => ({ mean: m, sum: 0, since: -1, errors: [] }));
  }

  /**
   * Over the last 50 judged steps the errors of every channel were what the model expects; false before there were so many.
   * Channel by channel: the worst of a step is the larger the more channels there are, however right the model is.
   */
  get calm(): boolean {
    const expected = (_: unknown, c: number) => mean(this.#recent.map((step) => step[c])) < ALLOWANCE / 2;
    return this.#recent.length >= RELEARN && this.#channels.every(expected);
  }

  /** @param step counts up; given back as the beginning of a change */
  observe(step: number, surprise: Surprise): PlantChangeFound | null {
    const { baseline } = this;
    if (surprise.epistemic.some((variance, c) => variance > baseline.unknown[c])) return null;
    const ys = surprise.squaredError.map((squared, c) => {
      const variance = surprise.variance[c] + baseline.expected[c];
      return logRatio(squared, variance, baseline.floor[c]);
    });
    if (this.#relearning) {
      this.#relearn(ys);
      return null;
    }
    const [low, high] = CLIP;
    const standardised = (c: number, centre: number) =>
      Math.min(high, Math.max(low, (ys[c] - centre) / baseline.std[c]));
    this.#channels.forEach((channel, c) => {
      const u = standardised(c, channel.mean);
      channel.sum = Math.max(0, channel.sum + u - ALLOWANCE / this.sensitivity);
      if (channel.sum === 0) channel.since = step + 1;
      else if (channel.since < 0) channel.since = step;
      channel.errors.push({ at: step, squared: surprise.squaredError[c] });
      if (channel.errors.length > REMEMBERED) channel.errors.shift();
    });
    this.#recent.push(ys.map((_, c) => standardised(c, baseline.mean[c])));
    if (this.#recent.length > RELEARN) this.#recent.shift();
    const loudest = this.#channels.reduce((a, b) => (b.sum > a.sum ? b : a));
    if (loudest.sum <= THRESHOLD / this.sensitivity) return null;
    const index = this.#channels.indexOf(loudest);
    const found = { channel: index, since: loudest.since, growth: this.#growth(index) };
    this.#relearning = [];
    return found;
  }

  /** What comes after a change is the new state of affairs: only a further change is one. */
  #relearn(ys: number[]): void {
    this.#relearning?.push(ys);
    if (this.#relearning === undefined || this.#relearning.length < RELEARN) return;
    const after = this.#relearning;
    this.#relearning = undefined;
    this.#recent = [];
    this.#channels.forEach((channel, c) => {
      const finite = after.map((row) => row[c]).filter(Number.isFinite);
      if (finite.length > 0) channel.mean = Math.max(channel.mean, mean(finite));
      Object.assign(channel, { sum: 0, since: -1, errors: [] });
    });
  }

  #growth(index: number): number {
    const { errors, since } = this.#channels[index] as Channel;
    const before = errors.filter(({ at }) => at < since).map(({ squared }) => squared);
    const after = errors.filter(({ at }) => at >= since).map(({ squared }) => squared);
    const was = before.length >= 20 ? mean(before) : this.baseline.typical[index];
    return Math.sqrt(mean(after) / Math.max(was, this.baseline.floor[index]));
  }
}
