import type { PlanInsight } from '../../../shared/plan';
import { mean, variance } from '../../../shared/statistics';

/**
 * Where a plan's return is uncertain, by the law of total variance over members m and their noise:
 *
 *   Var[R] = Var_m(E[R | m]) + E_m(Var[R | m])         disagreement = Var_m(E[R | m]) / Var[R]
 *
 * Members' means over N futures scatter by their noise too, by E_m(Var[R | m]) · (M − 1) / (M N) in expectation; that is
 * taken off.
 * @param returns [n, members] of the plan, one future after the other
 * @param members or functions, where one member stands for many
 */
export function returnParts(
  returns: Float64Array,
  members: number,
): Pick<PlanInsight, 'expectedReturn' | 'returnStd' | 'disagreement'> {
  const futures = returns.length / members;
  const own = Array.from({ length: members }, (_, m) => returns.filter((_return, i) => i % members === m));
  const means = own.map(mean);
  const expected = mean(means);
  if (!Number.isFinite(expected)) return { expectedReturn: null, returnStd: null, disagreement: null };
  const within = futures > 1 ? mean(own.map((mine) => (variance(mine) * futures) / (futures - 1))) : 0;
  const between = Math.max(0, variance(means) - (within * (members - 1)) / (members * futures));
  const total = between + within;
  return {
    expectedReturn: expected,
    returnStd: returns.length > 1 ? Math.sqrt(total) : null,
    disagreement: members > 1 ? (total > 0 ? between / total : 0) : null,
  };
}

/** Mean and standard deviation of equally long series, element by element. */
export function moments(
  series: readonly Float32Array[],
  length: number,
): { mean: Float32Array; std: Float32Array } {
  const mean = new Float32Array(length);
  const std = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const one of series) sum += one[i];
    const average = sum / series.length;
    let squares = 0;
    for (const one of series) squares += (one[i] - average) ** 2;
    mean[i] = average;
    std[i] = Math.sqrt(squares / series.length);
  }
  return { mean, std };
}
