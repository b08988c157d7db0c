import type { Random, RandomState } from '../../../shared/random';
import type { TensorSpec } from '../../tensor';
import type { TrainingData } from '../data/training-data';
import type { LossMethod, Stage } from '../losses/types';

/** Where a sampler stands, apart from what follows from its data and its seed. */
export interface SamplerState {
  /** The pass in hand, rows in the order they are gone through. */
  pass: Int32Array;
  position: number;
  order: RandomState;
  jitter: RandomState;
}

/**
 * Draws one member's training batches. Each member has its own bootstrap sample of the rows, drawn once (PETS:
 * the members must stay different from pass to pass), and walks through it in a new order every pass. A batch
 * may straddle two passes, so no row is left out because of the batch size. Where rows weigh differently, every pass
 * is drawn anew from the sample by their weights; where observations are to be disturbed, every row is, each time anew.
 */
export class BatchSampler {
  private readonly sample: Int32Array;
  /** What a pass goes through. */
  private pass: Int32Array;
  private position: number;
  private readonly jitter: Float64Array | undefined;
  private readonly jitterRandom: Random;
  private readonly order: Random;
  private readonly feeds: TensorSpec[];

  /** @param random of this member alone */
  constructor(
    private readonly data: TrainingData,
    private readonly loss: { method: LossMethod; stage: Stage },
    private readonly shape: { batch: number; unroll: number; bootstrap: boolean },
    random: Random,
  ) {
    const starts = loss.method.starts(data, loss.stage, 'train');
    this.sample = shape.bootstrap ? bootstrap(starts, random.fork('bootstrap')) : starts.slice();
    this.pass = this.sample;
    this.position = this.pass.length;
    this.jitter = data.jitter && new Float64Array(data.layout.history * data.jitter.length);
    this.jitterRandom = random.fork('input noise');
    this.order = random.fork('order');
    this.feeds = loss.method.feeds(data.layout, loss.stage);
  }

  /** The next call's batches, [unroll, 1, batch, …] each. */
  next(): Record<string, Float32Array> {
    const rows = this.shape.unroll * this.shape.batch;
    const arrays = emptyFeeds(this.feeds, rows);
    const { method, stage } = this.loss;
    for (let to = 0; to < rows; to++) {
      method.fill(this.data, stage, this.nextStart(), arrays, to, this.nextJitter());
    }
    return arrays;
  }

  state(): SamplerState {
    return {
      ...{ pass: this.pass.slice(), position: this.position },
      ...{ order: this.order.state(), jitter: this.jitterRandom.state() },
    };
  }

  /** Goes on where a sampler of the same data and seed was. */
  restore({ pass, position, order, jitter }: SamplerState): void {
    // Where all rows weigh alike the pass is the sample itself, in the order of the last shuffle.
    if (this.data.weights) this.pass = pass.slice();
    else this.pass.set(pass);
    this.position = position;
    this.order.restore(order);
    this.jitterRandom.restore(jitter);
  }

  private nextJitter(): Float64Array | undefined {
    const std = this.data.jitter;
    if (!this.jitter || !std) return undefined;
    for (let i = 0; i < this.jitter.length; i++) {
      this.jitter[i] = this.jitterRandom.normal() * std[i % std.length];
    }
    return this.jitter;
  }

  private nextStart(): number {
    if (this.position === this.pass.length) {
      const { weights } = this.data;
      const drawn = weights ? resample(this.sample, weights, this.order.uniform()) : this.sample;
      this.pass = this.order.shuffle(drawn);
      this.position = 0;
    }
    return this.pass[this.position++];
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
  judged.forEach((start, to) => {
    method.fill(data, stage, start, feeds, to);
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

/** As many starts as there are, drawn with replacement. */
export const bootstrap = (starts: Int32Array, random: Random): Int32Array =>
  starts.map(() => starts[random.integer(starts.length)]);
