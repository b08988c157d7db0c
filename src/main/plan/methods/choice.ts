import { deviation } from '../../../shared/statistics';
import type { Scores } from '../method';

/** Candidates that count, best first, and how much each; the weights' sum is 1. */
export interface Chosen {
  candidates: readonly number[];
  weights: Float64Array;
}

/**
 * Candidates with a finite score, best first. Whatever is summed over candidates is summed in this order, and those with
 * equal scores are in an order that only their actions decide and that prefers none: the order in which candidates were tried
 * says nothing, not even in the last bit.
 * @param tried [candidates, horizon, actions]
 */
export function ranked({ values }: Scores, tried: Float32Array): number[] {
  const size = tried.length / values.length;
  const order: number[] = [];
  values.forEach((value, i) => {
    if (Number.isFinite(value)) order.push(i);
  });
  const marks = marksOf(tried, size);
  return order.sort((i, j) => values[j] - values[i] || marks[i] - marks[j]);
}

/** [sequences] a number that depends on the bits of a sequence alone (multiplicative hashing, Knuth 6.4). */
function marksOf(tried: Float32Array, size: number): Int32Array {
  const bits = new Int32Array(tried.buffer, tried.byteOffset, tried.length);
  const marks = new Int32Array(tried.length / size);
  for (let i = 0, at = 0; i < marks.length; i++) {
    let mark = 0;
    for (const end = at + size; at < end; at++) mark = Math.imul(mark ^ bits[at], 0x9e3779b1) ^ (mark >>> 15);
    marks[i] = mark;
  }
  return marks;
}

/**
 * The `wanted` candidates with the best scores, and those that are as good as the last of them, with equal weights. Counting
 * ties in keeps a choice among equals, which only chance decides, out of the elites' mean (where every candidate balances the
 * pole, ten of them chosen at random would push the plan about). Scores that are not finite are never elite.
 * @returns undefined when the scores tell nothing: none is finite, or all are equal
 */
export function elites(scores: Scores, tried: Float32Array, wanted: number): Chosen | undefined {
  const { values, resolution } = scores;
  const order = ranked(scores, tried);
  const [best, worst] = [order[0], order.at(-1)];
  if (best === undefined || worst === undefined) return undefined;
  if (order.length === values.length && values[best] - values[worst] <= resolution) return undefined;
  const last = order[Math.min(wanted, order.length) - 1] ?? worst;
  const candidates = order.filter((i) => values[i] >= values[last] - resolution);
  return { candidates, weights: new Float64Array(candidates.length).fill(1 / candidates.length) };
}

/**
 * Weights of a softmax over scores, w_i = exp((R_i − max R) / (λ σ)) / Z, with σ the standard deviation of the scores: the
 * same λ then suits rewards of any size (method.ts). Candidates whose score is not finite get no weight; where some are not
 * and the others are equally good, that much is known, and those share it.
 * @returns undefined when the scores tell nothing: none is finite, or all are equal
 */
export function softmax(scores: Scores, tried: Float32Array, temperature: number): Chosen | undefined {
  const { values, resolution } = scores;
  const candidates = ranked(scores, tried);
  const [best] = candidates;
  if (best === undefined) return undefined;
  const below = Float64Array.from(candidates, (i) => values[i] - values[best]);
  const spread = deviation(below);
  // Below the resolution the scores differ by rounding only.
  if (!(spread > resolution)) {
    if (candidates.length === values.length) return undefined;
    return { candidates, weights: below.fill(1 / candidates.length) };
  }
  const weights = below.map((less) => Math.exp(less / (temperature * spread)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { candidates, weights: weights.map((weight) => weight / total) };
}
