/** Brings numbers to mean 0 and deviation 1; those that never change to 0. */
export function unitOf(parts: readonly Float64Array[]): { mean: number; scale: number } {
  let [count, sum, squares] = [0, 0, 0];
  for (const values of parts) {
    for (const value of values) {
      count++;
      sum += value;
      squares += value ** 2;
    }
  }
  const mean = count > 0 ? sum / count : 0;
  const deviation = Math.sqrt(Math.max(0, count > 0 ? squares / count - mean ** 2 : 0));
  return { mean, scale: deviation > 1e-6 ? 1 / deviation : 0 };
}
