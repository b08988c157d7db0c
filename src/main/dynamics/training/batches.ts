import { draws, permutation } from '../../../shared/permutation';
import type { Random, RandomState } from '../../../shared/random';
import type { TensorSpec } from '../../tensor';
import type { TrainingData } from '../data/training-data';
import type { LossMethod, Stage } from '../losses/types';

/** Where a sampler stands, apart from what follows from its data and its seed. */
export interface SamplerState {
  /** The pass in hand, from 1; 0 before the first. */
  pass: number;
  /** How far it is gone through. */
  position: number;
  jitter: RandomState;
}

/**
 * Draws one member's training batches. Each member has its own bootstrap sample of the rows (PETS: the members must stay
 * different from pass to pass), and walks through it in a new order every pass. A batch may straddle two passes, so no row is
 * left out because of the batch size. Where rows weigh differently, every pass is drawn anew from the sample by their
 * weights; where observations are to be disturbed, every row is, each time anew.
 *
 * Sample and order are functions of the seed (shared/permutation.ts): a member of a training on ten million rows keeps no
 * list of them, and where it stands is two numbers.
 */
export class BatchSampler {
  readonly #fill: ReturnType<LossMethod['filler']>;
  readonly #feeds: TensorSpec[];
  readonly #random: Random;
  /** Rows of the sample, as a function of the place. */
  readonly #sample: (place: number) => number;
  readonly #jitter: Float64Array | undefined;
  readonly #jitterRandom: Random;
  #pass = 0;
  #position: number;
  #order: (place: number) => number = (place) => place;
  /** What a pass goes through, where rows weigh differently. */
  #drawn: Int32Array | undefined;

  /**
   * @param starts rows that a batch is drawn from
   * @param random of this member alone
   */
  constructor(
    private readonly data: TrainingData,
    loss: { method: LossMethod; stage: Stage },
    private readonly shape: { batch: number; unroll: number; bootstrap: boolean },
    random: Random,
    private readonly starts = loss.method.starts(data, loss.stage, 'train'),
  ) {
    const sample = bootstrap(starts.length, random.fork('bootstrap'));
    this.#sample = shape.bootstrap ? (place) => starts[sample(place)] : (place) => starts[place];
    this.#position = starts.length;
    this.#jitter = data.jitter && new Float64Array(data.layout.history * data.jitter.length);
    this.#jitterRandom = random.fork('input noise');
    this.#random = random.fork('order');
    this.#fill = loss.method.filler(data, loss.stage);
    this.#feeds = loss.method.feeds(data.layout, loss.stage);
  }

  /** The next call's batches, [unroll, 1, batch, …] each. */
  next(): Record<string, Float32Array> {
    const rows = this.shape.unroll * this.shape.batch;
    const arrays = emptyFeeds(this.#feeds, rows);
    for (let to = 0; to < rows; to++) this.#fill(this.#nextStart(), arrays, to, this.#nextJitter());
    return arrays;
  }

  state(): SamplerState {
    return { pass: this.#pass, position: this.#position, jitter: this.#jitterRandom.state() };
  }

  /** Goes on where a sampler of the same data and seed was. */
  restore({ pass, position, jitter }: SamplerState): void {
    if (pass !== this.#pass) this.#begin(pass);
    this.#position = position;
    this.#jitterRandom.restore(jitter);
  }

  #begin(pass: number): void {
    this.#pass = pass;
    if (pass === 0) return;
    const random = this.#random.fork(`pass ${pass}`);
    const { weights } = this.data;
    if (weights) {
      const sample = Int32Array.from({ length: this.starts.length }, (_, place) => this.#sample(place));
      this.#drawn = resample(sample, weights, random.uniform());
    }
    this.#order = permutation(this.starts.length, random);
  }

  #nextJitter(): Float64Array | undefined {
    const std = this.data.jitter;
    if (!this.#jitter || !std) return undefined;
    for (let i = 0; i < this.#jitter.length; i++) {
      this.#jitter[i] = this.#jitterRandom.normal() * std[i % std.length];
    }
    return this.#jitter;
  }

  #nextStart(): number {
    if (this.#position === this.starts.length) {
      this.#begin(this.#pass + 1);
      this.#position = 0;
    }
    const place = this.#order(this.#position++);
    return this.#drawn ? this.#drawn[place] : this.#sample(place);
  }
}

/**
 * The hold-out as one batch that all members see, [rows, …] each; undefined where no row of it can begin one. Rows that
 * weigh differently are judged in these shares too: what is hardly learned from any more must not decide when to stop.
 */
export function heldOutBatch(
  data: TrainingData,
  { method, stage }: { method: LossMethod; stage: Stage },
): { rows: number; feeds: Record<string, Float32Array> } | undefined {
  const starts = method.starts(data, stage, 'holdOut');
  if (starts.length === 0) return undefined;
  const judged = data.weights ? resample(starts, data.weights, 0.5) : starts;
  const feeds = emptyFeeds(method.feeds(data.layout, stage), judged.length);
  const fill = method.filler(data, stage);
  judged.forEach((start, to) => {
    fill(start, feeds, to);
  });
  return { rows: judged.length, feeds };
}

function emptyFeeds(specs: TensorSpec[], rows: number): Record<string, Float32Array> {
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, new Float32Array(rows * shape.reduce((a, b) => a * b, 1))]),
  );
}

/**
 * As many rows as given, each as often as its weight asks, rounded up or down (systematic resampling: one random number
 * and even steps through the summed weights, so the shares are kept and not only hit on average).
 * @param weights by row; their scale does not matter
 * @param offset in [0, 1)
 */
export function resample(rows: Int32Array, weights: Float64Array, offset: number): Int32Array {
  let total = 0;
  for (const row of rows) total += weights[row];
  const drawn = new Int32Array(rows.length);
  let [from, summed] = [0, weights[rows[0]]];
  for (let i = 0; i < drawn.length; i++) {
    const wanted = ((i + offset) / drawn.length) * total;
    // Rounding may leave the last sum below the total.
    while (summed <= wanted && from < rows.length - 1) summed += weights[rows[++from]];
    drawn[i] = rows[from];
  }
  return drawn;
}

/** Draws of as many starts as there are, with replacement: place → start. */
export const bootstrap = (starts: number, random: Random): ((place: number) => number) =>
  draws(starts, random);
