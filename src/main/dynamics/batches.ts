import type { Random } from '../../shared/random';
import type { TensorSpec } from '../tensor';
import type { LossMethod, Stage } from './losses/types';
import type { TrainingData } from './training-data';

/**
 * Draws training batches for all members. Each member has its own bootstrap sample of the rows, drawn once (PETS:
 * the members must stay different from pass to pass), and walks through it in a new order every pass. A batch
 * may straddle two passes, so no row is left out because of the batch size. Where rows weigh differently, every pass
 * is drawn anew from the sample by their weights; where observations are to be disturbed, every row is, each time anew.
 */
export class BatchSampler {
  private readonly samples: Int32Array[];
  /** What a pass goes through, one array a member. */
  private readonly passes: Int32Array[];
  private readonly jitter: Float64Array | undefined;
  private readonly jitterRandom: Random;
  private readonly positions: number[];
  private readonly orders: Random[];
  private readonly feeds: TensorSpec[];

  constructor(
    private readonly data: TrainingData,
    private readonly loss: { method: LossMethod; stage: Stage },
    private readonly shape: { members: number; batch: number; unroll: number; bootstrap: boolean },
    random: Random,
  ) {
    const starts = loss.method.starts(data, loss.stage, 'train');
    this.samples = bootstrap(starts, shape, random.fork('bootstrap'));
    this.passes = this.samples;
    this.jitter = data.jitter && new Float64Array(data.layout.history * data.jitter.length);
    this.jitterRandom = random.fork('input noise');
    this.orders = this.samples.map((_, member) => random.fork(`order of member ${member}`));
    this.positions = this.samples.map((sample) => sample.length);
    this.feeds = loss.method.feeds(data.layout, loss.stage);
  }

  /** The next call's batches, [unroll, members, batch, …] each. */
  next(): Record<string, Float32Array> {
    const { members, batch, unroll } = this.shape;
    const rows = unroll * members * batch;
    const arrays = emptyFeeds(this.feeds, rows);
    const { method, stage } = this.loss;
    let to = 0;
    for (let step = 0; step < unroll; step++) {
      for (let member = 0; member < members; member++) {
        for (let i = 0; i < batch; i++) {
          method.fill(this.data, stage, this.nextStart(member), arrays, to++, this.nextJitter());
        }
      }
    }
    return arrays;
  }

  private nextJitter(): Float64Array | undefined {
    const std = this.data.jitter;
    if (!this.jitter || !std) return undefined;
    for (let i = 0; i < this.jitter.length; i++) {
      this.jitter[i] = this.jitterRandom.normal() * (std[i % std.length] as number);
    }
    return this.jitter;
  }

  private nextStart(member: number): number {
    let position = this.positions[member] as number;
    if (position === this.passes[member]?.length) {
      this.startPass(member);
      position = 0;
    }
    this.positions[member] = position + 1;
    return (this.passes[member] as Int32Array)[position] as number;
  }

  private startPass(member: number): void {
    const { weights } = this.data;
    const order = this.orders[member] as Random;
    const sample = this.samples[member] as Int32Array;
    this.passes[member] = order.shuffle(weights ? resample(sample, weights, order.uniform()) : sample);
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
  for (const row of rows) total += weights[row] as number;
  const drawn = new Int32Array(rows.length);
  let [from, summed] = [0, weights[rows[0] as number] as number];
  for (let i = 0; i < drawn.length; i++) {
    const wanted = ((i + offset) / drawn.length) * total;
    // Rounding may leave the last sum below the total.
    while (summed <= wanted && from < rows.length - 1) summed += weights[rows[++from] as number] as number;
    drawn[i] = rows[from] as number;
  }
  return drawn;
}

/** Starts drawn with replacement, as many as there are, for each member; without bootstrap every one once. */
export function bootstrap(
  starts: Int32Array,
  { members, bootstrap: resample }: { members: number; bootstrap: boolean },
  random: Random,
): Int32Array[] {
  return Array.from({ length: members }, () =>
    starts.map((start) => (resample ? (starts[random.integer(starts.length)] as number) : start)),
  );
}
