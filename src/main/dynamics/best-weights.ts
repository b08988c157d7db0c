import type { NamedArray } from './types';

/**
 * Nats a channel that count as progress: the likelihood of the data grows by 1 %. Judged on the likelihood and not
 * on the squared error, because there a channel of pure noise drowns what is still being learned about the others.
 */
const PROGRESS_NATS = 0.01;

/**
 * Each member's weights at its own best pass, and for how long there has been no progress. Members are trained
 * independently, so each keeps its own best moment.
 */
export class BestWeights {
  readonly weights: Map<string, NamedArray>;
  /** [members] lowest loss so far. */
  readonly losses: Float64Array;
  epochsWithoutImprovement = 0;
  /** What the next loss is measured against; falls only by real progress, so that creeping counts in the end. */
  private readonly references: Float64Array;

  /** @param initial weights by name, members along the first axis */
  constructor(initial: Map<string, NamedArray>) {
    const [first] = initial.values();
    const members = first?.shape[0] ?? 0;
    this.weights = new Map(
      [...initial].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]),
    );
    this.losses = new Float64Array(members).fill(Number.POSITIVE_INFINITY);
    this.references = new Float64Array(members).fill(Number.POSITIVE_INFINITY);
  }

  /**
   * @param losses [members] negative log-likelihood after a pass, nats a channel
   * @param state arrays by name; those that are weights are copied for the members that became better
   */
  update(losses: ArrayLike<number>, state: Record<string, Float32Array>): void {
    let progress = false;
    for (let member = 0; member < this.losses.length; member++) {
      const loss = losses[member] as number;
      if (loss < (this.losses[member] as number)) {
        this.losses[member] = loss;
        this.keep(member, state);
      }
      if (loss < (this.references[member] as number) - PROGRESS_NATS) {
        this.references[member] = loss;
        progress = true;
      }
    }
    this.epochsWithoutImprovement = progress ? 0 : this.epochsWithoutImprovement + 1;
  }

  private keep(member: number, state: Record<string, Float32Array>): void {
    for (const [name, { values }] of this.weights) {
      const size = values.length / this.losses.length;
      const from = state[name];
      if (from === undefined) throw new RangeError(`no array "${name}" in the state`);
      values.set(from.subarray(member * size, (member + 1) * size), member * size);
    }
  }
}
