/** What LeRobot keeps of every feature: arrays of one number an element of it. */
export interface FeatureStats {
  min: number[];
  max: number[];
  mean: number[];
  std: number[];
  count: number[];
  q01: number[];
  q10: number[];
  q50: number[];
  q90: number[];
  q99: number[];
}

export const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;
type Quantile = keyof typeof QUANTILES;

/** Frames of an episode that its quantiles are taken from at most, evenly spread. */
const MOST_SAMPLES = 4096;

/** Statistics of one feature of one episode, from its frames as they pass. */
export class RunningStats {
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #mean: Float64Array;
  /** Sums of squared deviations from the mean (Welford; Chan et al. for blocks). */
  readonly #squares: Float64Array;
  readonly #samples: number[][];
  readonly #stride: number;
  #count = 0;

  /** @param frames how many will come */
  constructor(
    private readonly width: number,
    frames: number,
  ) {
    this.#min = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    this.#mean = new Float64Array(width);
    this.#squares = new Float64Array(width);
    this.#samples = Array.from({ length: width }, () => []);
    this.#stride = Math.max(1, Math.ceil(frames / MOST_SAMPLES));
  }

  /** @param values [frames, width], row-major */
  add(values: ArrayLike<number>, frames: number): void {
    if (frames === 0) return;
    for (let i = 0; i < this.width; i++) this.#element(values, frames, i);
    this.#count += frames;
  }

  #element(values: ArrayLike<number>, frames: number, element: number): void {
    const { width } = this;
    const end = frames * width;
    let [min, max, sum] = [this.#min[element]!, this.#max[element]!, 0];
    for (let at = element; at < end; at += width) {
      const value = values[at]!;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
    }
    const mean = sum / frames;
    let squares = 0;
    for (let at = element; at < end; at += width) squares += (values[at]! - mean) ** 2;
    const all = this.#count + frames;
    const shift = mean - this.#mean[element]!;
    this.#squares[element]! += squares + shift ** 2 * ((this.#count * frames) / all);
    this.#mean[element]! += (shift * frames) / all;
    this.#min[element] = min;
    this.#max[element] = max;
    const begin = (this.#stride - (this.#count % this.#stride)) % this.#stride;
    for (let frame = begin; frame < frames; frame += this.#stride) {
      this.#samples[element]!.push(values[frame * width + element]!);
    }
  }

  stats(): FeatureStats {
    const sorted = this.#samples.map((samples) => Float64Array.from(samples).sort());
    const quantile = (q: Quantile) => sorted.map((samples) => quantileOf(samples, QUANTILES[q]));
    return {
      ...{ min: [...this.#min], max: [...this.#max], mean: [...this.#mean] },
      std: [...this.#squares].map((squares) => Math.sqrt(squares / this.#count)),
      count: [this.#count],
      ...{ q01: quantile('q01'), q10: quantile('q10'), q50: quantile('q50') },
      ...{ q90: quantile('q90'), q99: quantile('q99') },
    };
  }
}

/** Linear between the two nearest, as NumPy does it. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const [a, b] = [sorted[low] ?? Number.NaN, sorted[Math.min(low + 1, sorted.length - 1)] ?? Number.NaN];
  return a + (at - low) * (b - a);
}

/** Of two stretches together; quantiles as LeRobot joins those of episodes, as their mean by count. */
export function joinedStats(a: FeatureStats | undefined, b: FeatureStats): FeatureStats {
  if (a === undefined) return b;
  const [n, m] = [a.count[0] ?? 0, b.count[0] ?? 0];
  const all = n + m;
  const weighted = (key: 'mean' | Quantile) =>
    a[key].map((value, i) => (value * n + (b[key][i] ?? Number.NaN) * m) / all);
  const mean = weighted('mean');
  const squares = (stats: FeatureStats, count: number, i: number) =>
    count * ((stats.std[i] ?? 0) ** 2 + ((stats.mean[i] ?? 0) - (mean[i] ?? 0)) ** 2);
  return {
    min: a.min.map((value, i) => Math.min(value, b.min[i] ?? value)),
    max: a.max.map((value, i) => Math.max(value, b.max[i] ?? value)),
    mean,
    std: mean.map((_, i) => Math.sqrt((squares(a, n, i) + squares(b, m, i)) / all)),
    count: [all],
    ...{ q01: weighted('q01'), q10: weighted('q10'), q50: weighted('q50') },
    ...{ q90: weighted('q90'), q99: weighted('q99') },
  };
}
