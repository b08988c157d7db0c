/** What each of `width` channels goes over, from its least to its greatest value; what is no number says nothing. */
export class Ranges {
  readonly #least: Float64Array;
  readonly #most: Float64Array;

  constructor(private readonly width: number) {
    this.#least = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    this.#most = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  }

  /** @param matrix [rows, width] */
  take(matrix: Float64Array): this {
    for (let at = 0; at < matrix.length; at++) {
      const channel = at % this.width;
      if (matrix[at] < this.#least[channel]) this.#least[channel] = matrix[at];
      if (matrix[at] > this.#most[channel]) this.#most[channel] = matrix[at];
    }
    return this;
  }

  /** [width]; 0 where there was no number. */
  all(): number[] {
    return Array.from(this.#most, (most, channel) => Math.max(0, most - this.#least[channel]));
  }
}
