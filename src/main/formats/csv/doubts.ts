import { type AskedFrom, adviceFor } from './advice';
import type { CsvColumn } from './types';

/** A jump within so much of a whole turn looks like an angle that wraps. */
const TURN_TOLERANCE_RAD = 1;
/** So much finer than the usual step, most rows lie between samples. */
const FINER = 0.75;
/** So many steps are kept for their median; of more every second, then every fourth … */
const MOST_STEPS = 2 ** 18;

/** The median of steps of which there may be millions. */
export class UsualStep {
  readonly #steps: number[] = [];
  #stride = 1;
  #count = 0;

  take(seconds: number): void {
    if (this.#count++ % this.#stride !== 0) return;
    this.#steps.push(seconds);
    if (this.#steps.length < MOST_STEPS) return;
    for (let i = 0; i < MOST_STEPS / 2; i++) this.#steps[i] = this.#steps[2 * i] ?? 0;
    this.#steps.length = MOST_STEPS / 2;
    this.#stride *= 2;
  }

  /** Seconds; NaN where there was none. */
  get median(): number {
    return this.#steps.toSorted((a, b) => a - b)[Math.floor(this.#steps.length / 2)] ?? Number.NaN;
  }
}

/** Looks at an observation as it goes by for jumps that look as if it were an angle that wraps. */
export class TurnWatch {
  #jumps = 0;
  #firstAt = Number.NaN;

  constructor(
    private readonly column: CsvColumn,
    private readonly index: number,
  ) {}

  static over(observations: readonly CsvColumn[]): TurnWatch[] {
    return observations.flatMap((column, i) =>
      column.unit === 'rad' && column.angle !== true ? [new TurnWatch(column, i)] : [],
    );
  }

  take(before: Float64Array, values: Float64Array, seconds: number): void {
    const change = Math.abs(values[this.index] - before[this.index]);
    if (Math.abs(change - 2 * Math.PI) > TURN_TOLERANCE_RAD) return;
    if (this.#jumps === 0) this.#firstAt = seconds;
    this.#jumps += 1;
  }

  /** A sentence, where there is something to say. */
  doubt(askedFrom?: AskedFrom): string[] {
    if (this.#jumps === 0) return [];
    const { column, scale } = this.column;
    const times = this.#jumps === 1 ? 'once' : `${this.#jumps} times`;
    const unit = scale === undefined ? 'rad' : 'deg';
    return [
      `"${column}" jumps by a whole turn ${times}, first at ${Number(this.#firstAt.toPrecision(9))} s: an angle that wraps is ${adviceFor(askedFrom).angle(column, unit)}.`,
    ];
  }
}

/** What resampling made up, as a sentence, where most rows lie between samples. */
export function finerDoubt(
  step: number,
  { periodSeconds, rows, samples }: { periodSeconds: number; rows: number; samples: number },
  askedFrom?: AskedFrom,
): string[] {
  if (!(periodSeconds < FINER * step)) return [];
  const [short, rate] = [Number(step.toPrecision(3)), Number((1 / step).toPrecision(2))];
  return [
    `The period of ${periodSeconds} s is finer than the log, which has a sample every ${short} s: ${rows} rows were made of ${samples} samples, most of them in between. ${adviceFor(askedFrom).rate(rate)}`,
  ];
}
