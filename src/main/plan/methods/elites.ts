/** Scores closer to each other than this share of the best are equal in float32. */
const EQUAL = 1e-6;

/**
 * The `wanted` candidates with the best scores, best first, and those that are as good as the last of them. Counting ties
 * in keeps a choice among equals, which only their order decides, out of the elites' mean (where every candidate balances
 * the pole, ten of them chosen at random would push the plan about). Scores that are not finite are the worst there is
 * and never elite.
 * @returns undefined when the scores tell nothing: none is finite, or all are equal
 */
export function eliteCandidates(scores: Float32Array, wanted: number): number[] | undefined {
  const score = (i: number) => scores[i];
  const order = [...scores.keys()].filter((i) => Number.isFinite(score(i)));
  order.sort((i, j) => score(j) - score(i));
  const [best, worst] = [order[0], order.at(-1)];
  if (best === undefined || worst === undefined) return undefined;
  const resolution = EQUAL * Math.abs(score(best));
  if (order.length === scores.length && score(best) - score(worst) <= resolution) return undefined;
  const last = order[Math.min(wanted, order.length) - 1] ?? worst;
  return order.filter((i) => score(i) >= score(last) - resolution);
}

/** Equal weights of the elites among n candidates. */
export function eliteWeights(elites: readonly number[], n: number): Float64Array {
  const weights = new Float64Array(n);
  for (const i of elites) weights[i] = 1 / elites.length;
  return weights;
}
