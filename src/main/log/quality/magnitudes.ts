/** Bins in a factor of two: quantiles are right within 9 %. */
const BINS = 4;

/**
 * How large numbers are, over all magnitudes there are, in memory that does not grow with how many: counts in bins whose edges
 * are a fourth of a factor of two apart.
 */
export class Magnitudes {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** @param value above 0 */
  add(value: number): void {
    const bin = Math.floor(BINS * Math.log2(value));
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
    this.#total += 1;
  }

  get total(): number {
    return this.#total;
  }

  /** The upper edge of the bin below which a share `q` of them lies; 0 of none. */
  quantile(q: number): number {
    let left = q * this.#total;
    for (const [bin, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return 2 ** ((bin + 1) / BINS);
    }
    return 0;
  }
}
