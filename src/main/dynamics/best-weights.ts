import type { NamedArray } from './types';

/** An improvement below this share of the best error so far does not count as progress. */
const RELATIVE_IMPROVEMENT = 0.01;

/**
 * Each member's weights at its own best pass, and for how long there has been no progress. Members are trained
 * independently, so each keeps its own best moment.
 */
export class BestWeights {
  readonly weights: Map<string, NamedArray>;
  /** [members] lowest error so far. */
  readonly errors: Float64Array;
  epochsWithoutImprovement = 0;
  /** What the next error is measured against; falls only by real progress, so that creeping counts in the end. */
  private readonly references: Float64Array;

  /** @param initial weights by name, members along the first axis */
  constructor(initial: Map<string, NamedArray>) {
    const [first] = initial.values();
    const members = first?.shape[0] ?? 0;
    this.weights = new Map(
      [...initial].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]),
    );
    this.errors = new Float64Array(members).fill(Number.POSITIVE_INFINITY);
    this.references = new Float64Array(members).fill(Number.POSITIVE_INFINITY);
  }

  /**
   * @param errors [members] after a pass; lower is better, never negative
   * @param state arrays by name; those that are weights are copied for the members that became better
   */
  update(errors: ArrayLike<number>, state: Record<string, Float32Array>): void {
    let progress = false;
    for (let member = 0; member < this.errors.length; member++) {
      const error = errors[member] as number;
      if (error < (this.errors[member] as number)) {
        this.errors[member] = error;
        this.keep(member, state);
      }
      if (error < (this.references[member] as number) * (1 - RELATIVE_IMPROVEMENT)) {
        this.references[member] = error;
        progress = true;
      }
    }
    this.epochsWithoutImprovement = progress ? 0 : this.epochsWithoutImprovement + 1;
  }

  /** The members with the lowest errors, best first. */
  elites(count: number): number[] {
    const members = [...this.errors.keys()];
    members.sort((a, b) => (this.errors[a] as number) - (this.errors[b] as number) || a - b);
    return members.slice(0, count);
  }

  private keep(member: number, state: Record<string, Float32Array>): void {
    for (const [name, { values }] of this.weights) {
      const size = values.length / this.errors.length;
      const from = state[name];
      if (from === undefined) throw new RangeError(`no array "${name}" in the state`);
      values.set(from.subarray(member * size, (member + 1) * size), member * size);
    }
  }
}
