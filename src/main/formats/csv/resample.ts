import { wrapAngle } from '../../../shared/angles';

/** Which columns are what, and the grid that they are brought to. */
export interface Grid {
  periodSeconds: number;
  /** The first values of a sample are observations; true where one is an angle (rad) that wraps. */
  angles: readonly boolean[];
  /** The values after them. */
  actions: number;
}

/** Rows of a piece on the regular grid; row k of the piece is at `startSeconds + k · periodSeconds`. */
export interface GridRows {
  /** Time of the piece's first row on the file's own clock. */
  startSeconds: number;
  /** Row of the piece that these begin with. */
  firstRow: number;
  rows: number;
  /** [rows, observations] */
  observations: Float64Array;
  /** [rows, actions]; NaN in the last row of the piece */
  actions: Float64Array;
}

/** Two times of a clock differ by this much of their size through rounding alone. */
const CLOCK_EPSILON = 2 ** -51;

/**
 * Brings samples without a gap among them to the regular grid that starts at the first one, and hands the rows on in parts.
 *
 * Observations are what the state *was* at a row's time: interpolated linearly between the two samples around it,
 * angles along the shorter arc. Actions are what *was done* from a row's time to the next row's: the mean over that
 * period of the signal held from sample to sample. So a log faster than the grid keeps its impulse (the integral
 * of a torque), and in a slower one each row gets the value that was in force.
 */
export class PieceResampler {
  samples = 1;
  /** Of the last two samples, relative to the first: times since 1970 have too few digits left for a hundredth of a period. */
  #lastTime = 0;
  #beforeTime = 0;
  #last: Float64Array;
  #before: Float64Array;
  /** Rows whose observation is known, and those whose action is. */
  #observed = 0;
  #acted = 0;
  /** Row that the buffers begin with. */
  #firstRow = 0;
  #observations: Float64Array;
  #actions: Float64Array;
  /** What was held since the period in hand began: sum of value times seconds, and the seconds. */
  readonly #impulse: Float64Array;
  #held = 0;
  #now = 0;

  constructor(
    private readonly grid: Grid,
    readonly startSeconds: number,
    first: Float64Array,
    private readonly partRows: number,
    private readonly hand: (rows: GridRows) => void,
  ) {
    this.#last = first.slice();
    this.#before = first.slice();
    this.#observations = new Float64Array((partRows + 8) * grid.angles.length);
    this.#actions = new Float64Array((partRows + 8) * grid.actions);
    this.#impulse = new Float64Array(grid.actions);
  }

  /** Time of the last sample since the first. */
  get seconds(): number {
    return this.#lastTime;
  }

  sample(seconds: number, values: Float64Array): void {
    const time = seconds - this.startSeconds;
    this.samples += 1;
    this.#beforeTime = this.#lastTime;
    this.#lastTime = time;
    const spare = this.#before;
    this.#before = this.#last;
    spare.set(values);
    this.#last = spare;
    const { periodSeconds } = this.grid;
    while (this.#observed * periodSeconds < time) {
      this.#observe();
      // What the held signal was is known as far as it has been observed.
      this.#hold(Math.min(time, this.#observed * periodSeconds), this.#before);
      this.#handOn(this.partRows);
    }
    this.#hold(time, this.#before);
    this.#handOn(this.partRows);
  }

  /** Hands on what is left. @returns rows of the piece; 0, and nothing was handed on, where it is shorter than one period */
  end(): number {
    const { periodSeconds, actions } = this.grid;
    const slack = Math.max(1e-9 * periodSeconds, Math.abs(this.startSeconds) * CLOCK_EPSILON);
    const rows = Math.floor((this.#lastTime + slack) / periodSeconds) + 1;
    if (rows < 2) return 0;
    while (this.#observed < rows) this.#observe();
    while (this.#acted < rows - 1) {
      this.#hold((this.#acted + 1) * periodSeconds, this.#last);
      this.#handOn(this.partRows);
    }
    this.#reserve(rows);
    this.#actions.fill(Number.NaN, (rows - 1 - this.#firstRow) * actions, (rows - this.#firstRow) * actions);
    this.#acted = rows;
    this.#handOn(1);
    return rows;
  }

  /** The next row's observation: on the line between the last two samples. */
  #observe(): void {
    const { angles, periodSeconds } = this.grid;
    this.#reserve(this.#observed + 1);
    const step = this.#lastTime - this.#beforeTime;
    const fraction = (this.#observed * periodSeconds - this.#beforeTime) / step;
    const at = (this.#observed - this.#firstRow) * angles.length;
    for (let i = 0; i < angles.length; i++) {
      const change = this.#last[i] - this.#before[i];
      this.#observations[at + i] = angles[i]
        ? wrapAngle(this.#before[i] + fraction * wrapAngle(change))
        : this.#before[i] + fraction * change;
    }
    this.#observed += 1;
  }

  /** `values` were held until `time`; a period that ends by then gets the mean over it. */
  #hold(time: number, values: Float64Array): void {
    const { angles, actions, periodSeconds } = this.grid;
    for (;;) {
      const end = (this.#acted + 1) * periodSeconds;
      const until = Math.min(end, time);
      const seconds = Math.max(0, until - this.#now);
      for (let i = 0; i < actions; i++) this.#impulse[i] += values[angles.length + i] * seconds;
      this.#held += seconds;
      this.#now += seconds;
      if (until < end) return;
      this.#reserve(this.#acted + 1);
      const at = (this.#acted - this.#firstRow) * actions;
      for (let i = 0; i < actions; i++) this.#actions[at + i] = this.#impulse[i] / this.#held;
      this.#impulse.fill(0);
      this.#held = 0;
      this.#acted += 1;
      this.#now = this.#acted * periodSeconds;
      if (end === time) return;
    }
  }

  #reserve(rows: number): void {
    const { angles, actions } = this.grid;
    const wanted = rows - this.#firstRow;
    if (wanted * angles.length > this.#observations.length) {
      this.#observations = grown(this.#observations, 2 * wanted * angles.length);
    }
    if (wanted * actions > this.#actions.length) this.#actions = grown(this.#actions, 2 * wanted * actions);
  }

  /** Hands on the rows of which all is known, in whole parts, or what there is where `least` is less than one. */
  #handOn(least: number): void {
    const { angles, actions } = this.grid;
    for (;;) {
      const ready = Math.min(this.#observed, this.#acted) - this.#firstRow;
      if (ready < least) return;
      const rows = Math.min(ready, this.partRows);
      const take = (matrix: Float64Array, width: number) => {
        const part = matrix.slice(0, rows * width);
        matrix.copyWithin(0, rows * width);
        return part;
      };
      const part = {
        startSeconds: this.startSeconds,
        firstRow: this.#firstRow,
        rows,
        observations: take(this.#observations, angles.length),
        actions: take(this.#actions, actions),
      };
      this.#firstRow += rows;
      this.hand(part);
    }
  }
}

function grown(values: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(values);
  return larger;
}
