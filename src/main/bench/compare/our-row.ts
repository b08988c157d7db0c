import type { DynamicsModel, NamedArray } from '../../dynamics/types';
import type { OpenRow, Problem, Results } from './contender';

/** A row as Foresight has it: what the others are given, and what they have to find. */
export interface OurRow {
  problem: Problem;
  expected: Results;
  gflop: number | null;
  /** With so many threads; one at a time. */
  open(threads: number): Promise<OpenRow>;
}

/** What a plan or a rollout predicts with, for programs that read nothing else of it. */
export function modelArrays({ weights, normaliser }: DynamicsModel): [string, NamedArray][] {
  const row = (values: Float32Array): NamedArray => ({ shape: [values.length], values });
  return [
    ...weights,
    ...Object.entries(normaliser).map(([name, values]) => [name, row(values)] as const),
  ].map(([name, array]) => [name, array]);
}
