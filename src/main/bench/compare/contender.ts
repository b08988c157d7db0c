import type { NamedArray } from '../../dynamics/types';

/** What is compared, in the order of the table's columns. */
export const LIBRARIES = ['foresight', 'pytorch', 'pytorch-compiled', 'jax'] as const;
export type Library = (typeof LIBRARIES)[number];

export type Other = Exclude<Library, 'foresight'>;
export const OTHERS = LIBRARIES.filter((library): library is Other => library !== 'foresight');

export const TITLES: Readonly<Record<Library, string>> = {
  foresight: 'Foresight',
  pytorch: 'PyTorch eager',
  'pytorch-compiled': 'PyTorch compiled',
  jax: 'JAX',
};

/** What a row computes with, the same for all libraries: sizes and options by name, arrays by name. */
export interface Problem {
  spec: Record<string, unknown>;
  arrays: Map<string, NamedArray>;
}

/** What a row computed of what it was given, by name. */
export type Results = Record<string, ArrayLike<number>>;

/** How long a row is repeated in one turn. */
export interface Turn {
  /** About how long, ms, and at least how often. */
  ms: number;
  least: number;
}

/** A row of the table as one library has it, ready to be timed. */
export interface OpenRow {
  /** Ms of every call, of a training of every step. The first call of a turn is not among them. */
  go(turn: Turn): Promise<number[]>;
  close(): Promise<void>;
}

/** Repeats a call as the other programs do: once untimed, then until the time is over, and at least so often. */
export async function timed(call: () => Promise<unknown>, { ms, least }: Turn): Promise<number[]> {
  await call();
  const taken: number[] = [];
  const until = performance.now() + ms;
  while (taken.length < least || performance.now() < until) {
    const began = performance.now();
    await call();
    taken.push(performance.now() - began);
  }
  return taken;
}
