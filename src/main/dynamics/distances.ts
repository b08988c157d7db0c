/** Distances between two sets of samples: how far what a model draws is from what really happened. */

/**
 * Energy distance of two samples (Székely & Rizzo 2013, eq. 2.1, as V-statistic),
 *   E(a, b) = 2 · mean ‖a_i − b_j‖ − mean ‖a_i − a_j‖ − mean ‖b_i − b_j‖ ≥ 0,
 * 0 exactly when both are the same set of points; in one dimension 2 ∫ (F_a − F_b)². (SciPy's `energy_distance` is its
 * square root.) Two samples of n and m draws of the same distribution are about mean ‖a_i − a_j‖ · (1/n + 1/m) apart.
 *
 * Channels have units of their own, so each is divided by a scale first and the distance has none: by default the
 * standard deviation of that channel over both samples together. Where several samples are compared with one reference,
 * give them the reference's (`channelSpreads`), or each would be measured with a yardstick of its own. A channel of
 * scale 0 does not count.
 * @param a [samples, width] row-major
 * @param b [samples, width]; the number of samples may differ
 * @param scales [width]
 * @throws RangeError for an empty sample or one that is not whole rows
 */
export function energyDistance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  width: number,
  scales: ArrayLike<number> = channelSpreads([a, b], width),
): number {
  const [left, right] = [scaled(a, width, scales), scaled(b, width, scales)];
  return (
    2 * meanDistance(left, right, width) - meanDistance(left, left, width) - meanDistance(right, right, width)
  );
}

/** [width] standard deviation of every channel over the rows of all samples. */
export function channelSpreads(samples: readonly ArrayLike<number>[], width: number): Float64Array {
  const rows = samples.reduce((sum, sample) => sum + rowsOf(sample, width), 0);
  return Float64Array.from({ length: width }, (_, channel) => {
    const each = (visit: (value: number) => void) => {
      for (const sample of samples) {
        for (let i = channel; i < sample.length; i += width) visit(sample[i]);
      }
    };
    let [sum, squares] = [0, 0];
    each((value) => {
      sum += value;
    });
    each((value) => {
      squares += (value - sum / rows) ** 2;
    });
    return Math.sqrt(squares / rows);
  });
}

function rowsOf(sample: ArrayLike<number>, width: number): number {
  const rows = sample.length / width;
  if (rows < 1 || !Number.isInteger(rows)) {
    throw new RangeError(`${sample.length} numbers are no sample of ${width} channels`);
  }
  return rows;
}

function scaled(sample: ArrayLike<number>, width: number, scales: ArrayLike<number>): Float64Array {
  rowsOf(sample, width);
  return Float64Array.from(sample, (value, i) => {
    const scale = scales[i % width];
    return scale === 0 ? 0 : value / scale;
  });
}

/** Mean Euclidean distance over all pairs of a row of `a` and a row of `b`. */
function meanDistance(a: Float64Array, b: Float64Array, width: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += width) {
    for (let j = 0; j < b.length; j += width) {
      let squares = 0;
      for (let k = 0; k < width; k++) squares += (a[i + k] - b[j + k]) ** 2;
      sum += Math.sqrt(squares);
    }
  }
  return sum / ((a.length / width) * (b.length / width));
}
