import type { Random } from '../../shared/random';

/**
 * Draws training batches for all members. Each member has its own bootstrap sample of the rows, drawn once (PETS:
 * the members must stay different from pass to pass), and walks through it in a new order every pass. A batch
 * may straddle two passes, so no row is left out because of the batch size.
 */
export class BatchSampler {
  private readonly samples: Int32Array[];
  private readonly positions: number[];
  private readonly orders: Random[];

  /**
   * @param inputs [rows, inputWidth] normalised, row-major
   * @param targets [rows, targetWidth]
   */
  constructor(
    private readonly data: { inputs: Float32Array; targets: Float32Array; rows: number },
    private readonly shape: { members: number; batch: number; unroll: number },
    random: Random,
  ) {
    this.samples = bootstrap(data.rows, shape.members, random.fork('bootstrap'));
    this.orders = this.samples.map((_, member) => random.fork(`order of member ${member}`));
    this.positions = this.samples.map(() => data.rows);
  }

  /** The next call's batches: inputs [unroll, members, batch, inputs], targets [unroll, members, batch, observations]. */
  next(): { inputs: Float32Array; targets: Float32Array } {
    const { members, batch, unroll } = this.shape;
    const inputWidth = this.data.inputs.length / this.data.rows;
    const targetWidth = this.data.targets.length / this.data.rows;
    const inputs = new Float32Array(unroll * members * batch * inputWidth);
    const targets = new Float32Array(unroll * members * batch * targetWidth);
    let to = 0;
    for (let step = 0; step < unroll; step++) {
      for (let member = 0; member < members; member++) {
        for (let i = 0; i < batch; i++) {
          const row = this.nextRow(member);
          copyRow(this.data.inputs, row, inputs, to, inputWidth);
          copyRow(this.data.targets, row, targets, to, targetWidth);
          to++;
        }
      }
    }
    return { inputs, targets };
  }

  private nextRow(member: number): number {
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

/** Rows drawn with replacement, as many as there are, for each member; one member alone sees every row once. */
export function bootstrap(rows: number, members: number, random: Random): Int32Array[] {
  return Array.from({ length: members }, () =>
    Int32Array.from({ length: rows }, (_, row) => (members === 1 ? row : random.integer(rows))),
  );
}

function copyRow(from: Float32Array, fromRow: number, to: Float32Array, toRow: number, width: number): void {
  const source = fromRow * width;
  const target = toRow * width;
  for (let column = 0; column < width; column++) to[target + column] = from[source + column] as number;
}
