import { median } from '../../../shared/statistics';
import type { Library } from './contender';

/** What one library needs for a row with its best setting; medians of a round each, then over the rounds. */
export interface Timing {
  library: Library;
  /** Threads of the setting that was best. */
  threads: number;
  medianMs: number;
  lowMs: number;
  highMs: number;
}
/** A cell that could not be filled. */
export interface Missing {
  library: Library;
  /** A sentence. */
  reason: string;
}

export interface RowReport {
  id: string;
  name: string;
  bar: number;
  timings: Timing[];
  missing: Missing[];
  /** The fastest of the others; null where there is none. */
  best: Library | null;
  /** Ours divided by it, medians. */
  ratio: number | null;
  met: boolean | null;
  /** 10⁹ operations of the matrix products, a multiply-add being two; null where nobody can tell. */
  gflop: number | null;
  /** Our rate as a share of the best rate of a matrix product that any library reached in this run. */
  share: number | null;
}

export interface ProductReport {
  id: string;
  name: string;
  /** 10⁹ operations a second, median over the rounds. */
  gflops: Partial<Record<Library, number>>;
}

export interface CompareReport {
  engine: string;
  machine: string;
  rounds: number;
  /** Of Foresight, and of every library that took part. */
  versions: Partial<Record<Library, string>>;
  /** The fastest matrix product of all libraries and shapes, 10⁹ operations a second; null where none was measured. */
  bestGflops: number | null;
  products: ProductReport[];
  rows: RowReport[];
  /** Libraries that took no part at all. */
  missing: Missing[];
}

/** One library with one number of threads: the median of every round, ms. */
export interface Sample {
  library: Library;
  threads: number;
  rounds: readonly number[];
}

/** The setting of every library whose median is least. */
export function bestSettings(samples: readonly Sample[]): Timing[] {
  const best = new Map<Library, Timing>();
  for (const { library, threads, rounds } of samples) {
    if (rounds.length === 0) continue;
    const medianMs = median(rounds);
    if (medianMs >= (best.get(library)?.medianMs ?? Number.POSITIVE_INFINITY)) continue;
    const [lowMs, highMs] = [Math.min(...rounds), Math.max(...rounds)];
    best.set(library, { library, threads, medianMs, lowMs, highMs });
  }
  return [...best.values()];
}

/** Ours beside the best of the others. */
export function rowReport(
  row: { id: string; name: string; bar: number; gflop: number | null },
  samples: readonly Sample[],
  missing: readonly Missing[],
  bestGflops: number | null,
): RowReport {
  const timings = bestSettings(samples);
  const ours = timings.find(({ library }) => library === 'foresight');
  const [other] = timings
    .filter(({ library }) => library !== 'foresight')
    .sort((a, b) => a.medianMs - b.medianMs);
  const ratio = ours && other ? ours.medianMs / other.medianMs : null;
  const rate = ours && row.gflop !== null ? row.gflop / (ours.medianMs / 1000) : null;
  return {
    ...row,
    timings,
    missing: [...missing],
    best: other?.library ?? null,
    ratio,
    met: ratio === null ? null : ratio <= row.bar,
    share: rate !== null && bestGflops !== null ? rate / bestGflops : null,
  };
}

export const bestRate = (products: readonly ProductReport[]): number | null => {
  const rates = products.flatMap(({ gflops }) => Object.values(gflops));
  return rates.length > 0 ? Math.max(...rates) : null;
};
