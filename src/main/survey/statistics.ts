import type { ChannelInfo } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { type ChannelStatistics, type Coverage, QUANTILES, type Survey } from '../../shared/survey';
import { READ_ROWS, type ReadRows, type SurveyedEpisode } from './types';

/** Parts of a channel's range that values are counted in: a quantile is right to so much of it. */
const FINE_BINS = 2000;
const VISITED_BINS = 50;
const COVERAGE_BINS = 48;
/** So near to a limit, by its range, is at it. */
const AT_LIMIT = 1e-6;

/**
 * Statistics of episodes, in two passes over their rows and memory for one stretch of them: the first finds what each channel goes
 * over, with its mean and deviation, the second counts in parts of that.
 * @param onRows rows that were read since it was called last; throws where the survey is to end
 * @throws ForesightError wrong-use: episodes with different channels, or a channel that there is not
 */
export function surveyOf(
  episodes: readonly SurveyedEpisode[],
  read: ReadRows,
  pair: readonly [string, string] | undefined,
  onRows: (rows: number) => void = () => {},
): Survey {
  const [first] = episodes;
  if (first === undefined) {
    throw new ForesightError('wrong-use', 'There is no episode to look at.', 'Choose some.');
  }
  for (const other of episodes) requireAlike(first, other);
  const channels = channelsOf(first);
  const map = pair && new CoverageMap(channels, pair);
  let rows = 0;
  for (const _ of [0, 1]) {
    rows = 0;
    for (const episode of episodes) {
      for (let from = 0; from < episode.rows; from += READ_ROWS) {
        const columns = read(episode.id, from, Math.min(episode.rows, from + READ_ROWS));
        for (const channel of channels) {
          const matrix = channel.kind === 'observation' ? columns.observations : columns.actions;
          channel.take(matrix, columns.rows);
        }
        if (channels[0]?.isSecondPass) map?.take(columns);
        rows += columns.rows;
        onRows(columns.rows);
      }
    }
    for (const channel of channels) channel.endPass();
  }
  const seconds = episodes.reduce((sum, one) => sum + one.seconds, 0);
  const steps = rows - episodes.length;
  return {
    ...{ episodes: episodes.length, rows, seconds, rate: seconds > 0 ? steps / seconds : null },
    periods: [...new Set(episodes.map(({ periodSeconds }) => periodSeconds))],
    returns: returnsOf(episodes),
    channels: channels.map((channel) => channel.result()),
    coverage: map?.result() ?? null,
  };
}

function returnsOf(episodes: readonly SurveyedEpisode[]): Survey['returns'] {
  const known = episodes.flatMap((one) => (one.return === null ? [] : [one.return]));
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return { episodes: known.length, mean, least: Math.min(...known), most: Math.max(...known) };
}

const channelsOf = ({ observations, actions }: SurveyedEpisode): Channel[] => [
  ...observations.map((info, place) => new Channel(info, 'observation', place, observations.length)),
  ...actions.map((info, place) => new Channel(info, 'action', place, actions.length)),
];

class Channel {
  isSecondPass = false;
  #count = 0;
  #mean = 0;
  /** Sum of squared distances from the mean (Welford 1962). */
  #squares = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #atLimits = 0;
  readonly #fine = new Float64Array(FINE_BINS);
  readonly #visited = new Uint8Array(VISITED_BINS);

  constructor(
    readonly info: ChannelInfo,
    readonly kind: 'observation' | 'action',
    readonly place: number,
    readonly width: number,
  ) {}

  get range(): [number, number] {
    return this.info.limits ?? [this.#least, this.#most];
  }

  take(matrix: Float64Array, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const value = matrix[row * this.width + this.place] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      if (this.isSecondPass) this.#place(value);
      else this.#add(value);
    }
  }

  #add(value: number): void {
    this.#count += 1;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
  }

  #place(value: number): void {
    const at = binOf(value, this.#least, this.#most, FINE_BINS);
    this.#fine[at] = (this.#fine[at] ?? 0) + 1;
    const { limits } = this.info;
    if (limits === null) return;
    const [low, high] = limits;
    const near = AT_LIMIT * (high - low);
    if (value <= low + near || value >= high - near) this.#atLimits += 1;
    if (value >= low && value <= high) this.#visited[binOf(value, low, high, VISITED_BINS)] = 1;
  }

  endPass(): void {
    this.isSecondPass = true;
  }

  result(): ChannelStatistics {
    const { name, unit, limits } = this.info;
    const known = (value: number) => (this.#count > 0 ? value : null);
    const share = (value: number) => (limits === null || this.#count === 0 ? null : value);
    return {
      ...{ name, unit, limits, kind: this.kind, count: this.#count },
      ...{ least: known(this.#least), most: known(this.#most), mean: known(this.#mean) },
      deviation: known(Math.sqrt(this.#squares / Math.max(1, this.#count))),
      quantiles: QUANTILES.map((q) => known(this.#quantile(q))),
      atLimits: share(this.#atLimits / this.#count),
      visited: share(this.#visited.reduce((sum, one) => sum + one, 0) / VISITED_BINS),
    };
  }

  /** Within the part that it is in, values are taken to lie evenly. */
  #quantile(q: number): number {
    const width = (this.#most - this.#least) / FINE_BINS;
    let left = q * this.#count;
    for (const [at, count] of this.#fine.entries()) {
      if (left <= count) return this.#least + width * (at + (count === 0 ? 0 : left / count));
      left -= count;
    }
    return this.#most;
  }
}

class CoverageMap {
  readonly #counts = new Float64Array(COVERAGE_BINS ** 2);
  readonly #two: readonly [Channel, Channel];

  constructor(channels: readonly Channel[], names: readonly [string, string]) {
    const found = (name: string): Channel => {
      const channel = channels.find(({ info }) => info.name === name);
      if (channel !== undefined) return channel;
      const there = channels.map(({ info }) => info.name).join(', ');
      throw new ForesightError('wrong-use', `There is no channel "${name}".`, `Choose of: ${there}.`);
    };
    this.#two = [found(names[0]), found(names[1])];
  }

  take(columns: { rows: number; observations: Float64Array; actions: Float64Array }): void {
    const of = ({ kind, place, width }: Channel, row: number) =>
      (kind === 'observation' ? columns.observations : columns.actions)[row * width + place] ?? Number.NaN;
    const [one, other] = this.#two;
    for (let row = 0; row < columns.rows; row++) {
      const [x, y] = [of(one, row), of(other, row)];
      const [inX, inY] = [isWithin(x, one.range), isWithin(y, other.range)];
      if (!inX || !inY) continue;
      const at =
        binOf(x, ...one.range, COVERAGE_BINS) * COVERAGE_BINS + binOf(y, ...other.range, COVERAGE_BINS);
      this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    }
  }

  result(): Coverage {
    const [one, other] = this.#two;
    const visited = this.#counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    return {
      channels: [one.info.name, other.info.name],
      units: [one.info.unit, other.info.unit],
      from: [finite(one.range[0]), finite(other.range[0])],
      to: [finite(one.range[1]), finite(other.range[1])],
      ...{ bins: COVERAGE_BINS, counts: [...this.#counts], visited: visited / this.#counts.length },
    };
  }
}

const finite = (value: number) => (Number.isFinite(value) ? value : 0);
const isWithin = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;

/** The upper end belongs to the last part. */
function binOf(value: number, low: number, high: number, bins: number): number {
  if (!(high > low)) return 0;
  return Math.min(bins - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * bins)));
}

function requireAlike(first: SurveyedEpisode, other: SurveyedEpisode): void {
  const said = ({ observations, actions }: SurveyedEpisode) =>
    [...observations, ...actions].map(({ name, unit }) => `${name} [${unit}]`).join(', ');
  if (said(first) === said(other)) return;
  throw new ForesightError(
    'wrong-use',
    `Episodes ${first.id} and ${other.id} have different channels, so they have no statistics together.`,
    'Choose episodes of one rig.',
  );
}
