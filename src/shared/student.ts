import { mean, sum } from './statistics';

/**
 * Chance that |t| of Student's distribution stays below a value, by the finite sums for whole degrees of freedom
 * (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
 */
export function studentWithin(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let terms = 0;
  for (let k = odd ? 1 : 0; k <= freedom - 2; k += 2) {
    terms += term;
    term *= ((k + 1) / (k + 2)) * cosine ** 2;
  }
  return odd ? (2 / Math.PI) * (angle + sine * terms) : sine * terms;
}

/** The t that |t| stays below with a chance of `share`, 0 < share < 1. */
export function studentQuantile(share: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentWithin(high, freedom) < share) high *= 2;
  // Halved until there is no number in between.
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (studentWithin(middle, freedom) < share) low = middle;
    else high = middle;
  }
}

/** Interval that the mean of what these values are a sample of lies in with a chance of `share`; null of fewer than two. */
export function meanInterval(values: readonly number[], share = 0.95): [number, number] | null {
  const freedom = values.length - 1;
  if (freedom < 1) return null;
  const centre = mean(values);
  const spread = Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / freedom);
  const reach = (studentQuantile(share, freedom) * spread) / Math.sqrt(values.length);
  return [centre - reach, centre + reach];
}
