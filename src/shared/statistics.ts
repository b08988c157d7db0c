export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/** NaN of none. */
export const mean = (values: ArrayLike<number>): number => sum(values) / values.length;

/** Of the whole, divided by the number of values; about the mean, so that a large one costs no digits. NaN of none. */
export function variance(values: ArrayLike<number>): number {
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - centre) ** 2;
  return squares / values.length;
}

export const deviation = (values: ArrayLike<number>): number => Math.sqrt(variance(values));

/** ⌈share · n⌉ of a share that is a decimal: 0.07 of 100 is 7, though 0.07 · 100 is a little more. */
export const shareOf = (share: number, n: number): number => Math.ceil(share * n * (1 - 1e-12));

/** The value below which a share `q` in [0, 1] of the values lies, interpolated; NaN of none. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * q;
  const low = Math.floor(position);
  const high = Math.ceil(position);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (position - low);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** A value with its range, over seeds say. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** Median and range, of values that are there; undefined of none. */
export function spread(values: readonly (number | null)[]): Spread | undefined {
  const there = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (there.length === 0) return undefined;
  return { median: median(there), low: Math.min(...there), high: Math.max(...there) };
}

/**
 * Area under the receiver operating characteristic: the chance that a score drawn from `positive` is larger than one
 * drawn from `negative`, a tie counting half (Mann–Whitney U divided by n · m; Hanley & McNeil 1982). 1 separates
 * perfectly, 0.5 not at all.
 * @throws RangeError when one of them is empty or a score is no number
 */
export function auroc(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  const [n, m] = [positive.length, negative.length];
  if (n === 0 || m === 0) throw new RangeError(`${n} positive and ${m} negative scores cannot be told apart`);
  const scored = [
    ...Array.from(positive, (score) => ({ score, positive: true })),
    ...Array.from(negative, (score) => ({ score, positive: false })),
  ];
  if (scored.some(({ score }) => Number.isNaN(score))) throw new RangeError('a score is no number');
  scored.sort((a, b) => a.score - b.score);
  // The sum of the positives' ranks, those of equal scores being the mean of the ranks that they share.
  let rankSum = 0;
  for (let from = 0; from < scored.length; ) {
    let to = from + 1;
    while (to < scored.length && scored[to]?.score === scored[from]?.score) to++;
    const positives = scored.slice(from, to).filter((one) => one.positive).length;
    rankSum += (positives * (from + 1 + to)) / 2;
    from = to;
  }
  return (rankSum - (n * (n + 1)) / 2) / (n * m);
}
