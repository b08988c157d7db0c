import type { EngineName } from '../../shared/model-options';
import { LIBRARIES, type Library, OTHERS, type Other, TITLES } from '../bench/compare/contender';
import type { CompareReport, RowReport } from '../bench/compare/report';
import { chosenRows, POLICY_ROWS, type Row } from '../bench/compare/rows';
import { endOnDefect, interrupts } from './interrupts';
import { number, type Output } from './output';
import { startProgress } from './progress';

export interface CompareFlags {
  engine: EngineName;
  python?: string;
  rows?: string[];
  rounds: number;
  products: boolean;
}

export const benchCompareCommand = (flags: CompareFlags, out: Output): Promise<void> =>
  compare(flags, chosenRows(flags.rows), OTHERS, out);

/** What policies learn with, beside PyTorch. */
export const benchPolicyCommand = (flags: CompareFlags, out: Output): Promise<void> =>
  compare(flags, chosenRows(flags.rows, POLICY_ROWS), ['pytorch', 'pytorch-compiled'], out);

async function compare(
  { rows: _, ...flags }: CompareFlags,
  rows: readonly Row[],
  others: readonly Other[],
  out: Output,
): Promise<void> {
  const { compareLibraries } = await import('../bench/compare/compare');
  const stop = interrupts();
  endOnDefect();
  const progress = startProgress('comparing', 1);
  const report = await compareLibraries({
    ...{ ...flags, rows, others, stop },
    onProgress: progress.update,
  }).finally(() => progress.finish());
  out.result(report, () => printComparison(out, report));
}

export function printComparison(out: Output, report: CompareReport): void {
  const there = LIBRARIES.filter((library) => report.versions[library] !== undefined);
  const named = there.map((library) => `${TITLES[library]} ${report.versions[library]}`).join(', ');
  out.line(`${named}; engine ${report.engine}; ${report.machine}`);
  out.line(`Median of ${report.rounds} rounds in which all take turns, ms, and from which to which round`);
  out.table(
    ['work', ...there.map((library) => TITLES[library]), 'ours ÷ best', 'bar', 'met', 'share of matmul'],
    report.rows.map((row) => [
      row.name,
      ...there.map((library) => cell(row, library)),
      ...[row.ratio === null ? '–' : row.ratio.toFixed(2), row.bar.toFixed(2)],
      row.met === null ? '–' : row.met ? 'yes' : 'no',
      row.share === null ? '–' : `${Math.round(100 * row.share)}%`,
    ]),
  );
  if (report.products.length > 0) {
    out.line();
    out.line(
      `Matrix products, two threads, GFLOP/s; the best, ${number(report.bestGflops)}, is what shares are of`,
    );
    out.table(
      ['product', ...there.map((library) => TITLES[library])],
      report.products.map(({ name, gflops }) => [
        name,
        ...there.map((library) => number(gflops[library], 3)),
      ]),
    );
  }
  const missing = [...report.missing, ...report.rows.flatMap((row) => row.missing)];
  if (missing.length > 0) out.line();
  for (const { library, reason } of missing) out.line(`${TITLES[library]} is missing: ${reason}`);
}

/** "9.8 (9.6 … 10.1)", and with how many threads where it is not two. */
function cell({ timings }: RowReport, library: Library): string {
  const timing = timings.find((one) => one.library === library);
  if (!timing) return '–';
  const { medianMs, lowMs, highMs, threads } = timing;
  const range = `${number(medianMs, 3)} (${number(lowMs, 3)} … ${number(highMs, 3)})`;
  return threads === 2 ? range : `${range}, ${threads} thread`;
}
