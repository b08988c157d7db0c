/** What a benchmark prints and `--json` holds. */
export interface BenchReport {
  /** Square matrix product on two threads through the same engine, interleaved with the measurements. */
  matmulGflops: number;
  results: BenchResult[];
}

export interface BenchResult {
  name: string;
  /** Median wall time of one call. */
  ms: number;
  /** Null for what has no floating-point work worth counting. */
  gflops: number | null;
  /** gflops / matmulGflops. */
  share: number | null;
}
