import type { LatentMap } from '../../../shared/latent-map';
import { symmetricEigen } from '../../../shared/linear-algebra/eigen';

/** Latent states of a stretch of an episode. */
export interface MappedStretch {
  episode: number;
  firstRow: number;
  /** [rows, latent] */
  states: Float64Array;
  /** [rows] s since the episode began. */
  seconds: ArrayLike<number>;
  /** [rows] on arriving; of no meaning at row 0 of an episode. */
  reward: ArrayLike<number>;
}

/** States on a map at most. */
const MOST = 4000;

/** Principal components of the states of some stretches (Pearson 1901), two of them, of an even sample of many. */
export function mapOf(stretches: readonly MappedStretch[], latent: number): LatentMap {
  const all = stretches.flatMap((stretch) =>
    Array.from({ length: stretch.states.length / latent }, (_, row) => ({ stretch, row })),
  );
  const count = Math.min(MOST, all.length);
  const chosen = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
  const { mean, covariance } = spread(chosen, latent);
  const { values, vectors } = symmetricEigen(covariance, latent);
  const total = values.reduce((sum, value) => sum + value, 0);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const axes = [0, 1].map((k) => axisOf(vectors, latent, order[k] ?? 0));
  const along = (axis: Float64Array) =>
    chosen.map(({ stretch, row }) => {
      let sum = 0;
      for (let i = 0; i < latent; i++) sum += axis[i]! * (stretch.states[row * latent + i]! - mean[i]!);
      return round(sum);
    });
  const share = (k: number) => (total > 0 ? Math.max(0, values[order[k] ?? 0]!) / total : 0);
  return {
    x: along(axes[0] as Float64Array),
    y: along(axes[1] as Float64Array),
    episode: chosen.map(({ stretch }) => stretch.episode),
    row: chosen.map(({ stretch, row }) => stretch.firstRow + row),
    second: chosen.map(({ stretch, row }) => round(stretch.seconds[row] as number)),
    reward: chosen.map(({ stretch, row }) => {
      const reward = stretch.reward[row] as number;
      return stretch.firstRow + row > 0 && Number.isFinite(reward) ? round(reward) : null;
    }),
    explained: [share(0), share(1)],
    among: all.length,
  };
}

const round = (value: number): number => Math.round(1e4 * value) / 1e4;

function spread(
  chosen: readonly { stretch: MappedStretch; row: number }[],
  latent: number,
): { mean: Float64Array; covariance: Float64Array } {
  const mean = new Float64Array(latent);
  for (const { stretch, row } of chosen) {
    for (let i = 0; i < latent; i++) mean[i] = mean[i]! + stretch.states[row * latent + i]! / chosen.length;
  }
  const covariance = new Float64Array(latent * latent);
  const apart = new Float64Array(latent);
  for (const { stretch, row } of chosen) {
    for (let i = 0; i < latent; i++) apart[i] = stretch.states[row * latent + i]! - mean[i]!;
    for (let i = 0; i < latent; i++) {
      for (let j = 0; j < latent; j++)
        covariance[i * latent + j] = covariance[i * latent + j]! + (apart[i]! * apart[j]!) / chosen.length;
    }
  }
  return { mean, covariance };
}

/** A column of eigenvectors; its sign is such that its largest entry is positive, so that a map does not turn over by chance. */
function axisOf(vectors: Float64Array, n: number, column: number): Float64Array {
  const axis = Float64Array.from({ length: n }, (_, i) => vectors[i * n + column]!);
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}
