import type { Random } from '../../shared/random';
import type { TensorSpec } from '../tensor';
import type { LossMethod, Stage } from './losses/types';
import type { TrainingData } from './training-data';

/**
 * Draws training batches for all members. Each member has its own bootstrap sample of the rows, drawn once (PETS:
 * the members must stay different from pass to pass), and walks through it in a new order every pass. A batch
 * may straddle two passes, so no row is left out because of the batch size.
 */
export class BatchSampler {
  private readonly samples: Int32Array[];
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
    this.orders = this.samples.map((_, member) => random.fork(`order of member ${member}`));
    this.positions = this.samples.map((sample) => sample.length);
    this.feeds = loss.method.feeds(data.layout, loss.stage);
  }

  /** The next call's batches, [unroll, members, batch, …] each. */
  next(): Record<string, Float32Array> {
    const { members, batch, unroll } = this.shape;
    const rows = unroll * members * batch;
    const arrays = Object.fromEntries(
      this.feeds.map(({ name, shape }) => [name, new Float32Array(rows * shape.reduce((a, b) => a * b, 1))]),
    );
    const { method, stage } = this.loss;
    let to = 0;
    for (let step = 0; step < unroll; step++) {
      for (let member = 0; member < members; member++) {
        for (let i = 0; i < batch; i++) method.fill(this.data, stage, this.nextStart(member), arrays, to++);
      }
    }
    return arrays;
  }

  private nextStart(member: number): number {
    const sample = this.samples[member] as Int32Array;
    let position = this.positions[member] as number;
    if (position === sample.length) {
      this.orders[member]?.shuffle(sample);
      position = 0;
    }
    this.positions[member] = position + 1;
    return sample[position] as number;
  }
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
