import type { TelemetrySample } from '../../shared/telemetry';

/**
 * The newest samples of the live view in columns, oldest overwritten first. Kept outside React: charts and the
 * 3D view read it when they draw.
 *
 * `time` is a display time line in seconds that never runs backwards: a sample's own seconds start again with
 * every episode, here the new episode follows the old one, with one row of NaN between them so that lines break.
 */
export class SampleRing {
  readonly time: Float64Array;
  readonly step: Float64Array;
  readonly episode: Float64Array;
  readonly reward: Float64Array;
  readonly latenessMs: Float64Array;
  readonly planMs: Float64Array;
  readonly missed: Uint8Array;
  readonly observation: Float64Array[];
  readonly action: Float64Array[];
  private readonly scratch: number[] = [];
  private written = 0;
  private offset = 0;
  private lastSeconds = Number.NaN;
  private lastEpisode = Number.NaN;

  constructor(
    readonly capacity: number,
    observations: number,
    actions: number,
  ) {
    const column = () => new Float64Array(capacity).fill(Number.NaN);
    this.time = column();
    this.step = column();
    this.episode = column();
    this.reward = column();
    this.latenessMs = column();
    this.planMs = column();
    this.missed = new Uint8Array(capacity);
    this.observation = Array.from({ length: observations }, column);
    this.action = Array.from({ length: actions }, column);
  }

  /** Rows held. */
  get size(): number {
    return Math.min(this.written, this.capacity);
  }

  /** Rows ever written; grows with every row, so it tells whether something is new. */
  get total(): number {
    return this.written;
  }

  /** Position in the columns of row `age`, 0 the newest. */
  slot(age: number): number {
    return (((this.written - 1 - age) % this.capacity) + this.capacity) % this.capacity;
  }

  /** Display time of the newest row; NaN while empty. */
  get newest(): number {
    return this.size === 0 ? Number.NaN : (this.time[this.slot(0)] ?? Number.NaN);
  }

  push(sample: TelemetrySample): void {
    const episode = sample.episode ?? -1;
    const begun = this.written > 0 && (sample.seconds < this.lastSeconds || episode !== this.lastEpisode);
    if (begun) {
      this.offset = this.newest + 1e-3 - sample.seconds;
      this.row(this.newest + 5e-4, Number.NaN, -1, undefined);
    }
    this.lastSeconds = sample.seconds;
    this.lastEpisode = episode;
    this.row(sample.seconds + this.offset, sample.step, episode, sample);
  }

  /** As it stands, on its own from now on. */
  copy(): SampleRing {
    const out = new SampleRing(this.capacity, this.observation.length, this.action.length);
    for (const key of ['time', 'step', 'episode', 'reward', 'latenessMs', 'planMs', 'missed'] as const)
      out[key].set(this[key]);
    this.observation.forEach((column, i) => {
      out.observation[i]?.set(column);
    });
    this.action.forEach((column, i) => {
      out.action[i]?.set(column);
    });
    out.written = this.written;
    out.offset = this.offset;
    out.lastSeconds = this.lastSeconds;
    out.lastEpisode = this.lastEpisode;
    return out;
  }

  private row(time: number, step: number, episode: number, sample: TelemetrySample | undefined): void {
    const at = this.written % this.capacity;
    this.time[at] = time;
    this.step[at] = step;
    this.episode[at] = episode;
    this.reward[at] = sample?.reward ?? Number.NaN;
    this.latenessMs[at] = sample?.latenessMs ?? Number.NaN;
    this.planMs[at] = sample?.planMs ?? Number.NaN;
    this.missed[at] = sample?.missed ? 1 : 0;
    this.observation.forEach((column, i) => {
      column[at] = sample?.observation[i] ?? Number.NaN;
    });
    this.action.forEach((column, i) => {
      column[at] = sample?.action[i] ?? Number.NaN;
    });
    this.written += 1;
  }

  /** Rows whose time is at most `seconds` before the newest one. */
  rowsWithin(seconds: number): number {
    const from = this.newest - seconds;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.time[this.slot(middle)] ?? Number.NaN) >= from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The newest `rows` values of a column of this ring, oldest first; NaN becomes null, as charts want it. */
  read(column: Float64Array, rows: number): (number | null)[] {
    const out: (number | null)[] = new Array(rows);
    for (let i = 0; i < rows; i++) {
      const value = column[this.slot(rows - 1 - i)] ?? Number.NaN;
      out[i] = Number.isNaN(value) ? null : value;
    }
    return out;
  }

  /** Stretches of display time, oldest first, in which the newest `rows` rows belong to an episode. */
  recorded(rows: number): [from: number, to: number][] {
    const out: [number, number][] = [];
    let last = -1;
    for (let age = rows - 1; age >= 0; age--) {
      const at = this.slot(age);
      const [time, episode] = [this.time[at] ?? Number.NaN, this.episode[at] ?? -1];
      const open = out.at(-1);
      if (episode >= 0 && episode === last && open) open[1] = time;
      else if (episode >= 0) out.push([time, time]);
      last = episode;
    }
    return out;
  }

  /** Newest value of a column that is a number; NaN where there is none. */
  latest(column: Float64Array): number {
    for (let age = 0; age < this.size; age++) {
      const value = column[this.slot(age)] ?? Number.NaN;
      if (!Number.isNaN(value)) return value;
    }
    return Number.NaN;
  }

  /** Visits the newest rows of an episode, newest first, at most so many; rows of others after it are passed over. */
  walk(rows: number, episode: number, visit: (slot: number, step: number) => void): void {
    let found = 0;
    for (let age = 0; age < this.size && found < rows; age++) {
      const at = this.slot(age);
      if (this.episode[at] !== episode) {
        if (found > 0) break;
        continue;
      }
      const step = this.step[at] ?? Number.NaN;
      if (Number.isNaN(step)) continue;
      found += 1;
      visit(at, step);
    }
  }

  /** The observation at a position in the columns. The array is reused. */
  rowAt(slot: number): readonly number[] {
    for (let i = 0; i < this.observation.length; i++)
      this.scratch[i] = this.observation[i]?.[slot] ?? Number.NaN;
    return this.scratch;
  }

  /**
   * Planning times and missed steps of an episode's newest rows, oldest first; null where no plan decided. The
   * newest row's episode when none is said.
   */
  planning(rows: number, of?: number): { step: number; planMs: number | null; missed: boolean }[] {
    const out: { step: number; planMs: number | null; missed: boolean }[] = [];
    const episode = of ?? this.episode[this.slot(0)] ?? Number.NaN;
    this.walk(rows, episode, (at, step) => {
      const planMs = this.planMs[at] ?? Number.NaN;
      out.push({ step, planMs: Number.isNaN(planMs) ? null : planMs, missed: this.missed[at] === 1 });
    });
    return out.reverse();
  }
}
