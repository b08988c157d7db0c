import type { EngineName } from '../../shared/model-options';
import type { LatentRate, LatentReport } from '../bench/latent/latent';
import { printComparison } from './bench-compare';
import { endOnDefect, interrupts } from './interrupts';
import { number, type Output } from './output';
import { startProgress } from './progress';

export interface LatentFlags {
  engine: EngineName;
  rows?: string[];
  rounds: number;
  python?: string;
}

export async function benchLatentCommand({ python, ...flags }: LatentFlags, out: Output): Promise<void> {
  const { benchLatent, stepsBesidePyTorch } = await import('../bench/latent/latent');
  const stop = interrupts();
  endOnDefect();
  const progress = startProgress('blocks and steps', 1);
  const asked = { ...flags, onProgress: progress.update };
  // First, because what may be wrong with a Python is said at once.
  const measure = async () => {
    const beside = await stepsBesidePyTorch({ ...asked, python, stop });
    return { ...(await benchLatent(asked)), ...beside };
  };
  const report = await measure().finally(() => progress.finish());
  out.result(report, () => {
    printLatent(out, report);
    out.line();
    if (report.beside) printComparison(out, report.beside);
    else out.line(`Nothing stands beside it: ${report.missing}`);
  });
}

function printLatent(out: Output, { engine, rounds, matmulGflops, blocks, steps }: LatentReport): void {
  out.line(`Engine ${engine}; matrix product on this computer, two threads: ${number(matmulGflops)} GFLOP/s`);
  out.line(
    `Median of ${rounds} rounds, ms, and from which to which; a share is of the matrix product in the same rounds`,
  );
  const common = (row: LatentRate) => [
    ...[row.name, number(row.gflop, 3)],
    `${number(row.medianMs, 3)} (${number(row.minMs, 3)} … ${number(row.maxMs, 3)})`,
    ...[number(row.gflops, 3), `${Math.round(100 * row.share)}%`],
  ];
  const met = ({ met }: LatentRate) => (met === null ? '–' : met ? 'yes' : 'no');
  if (blocks.length > 0) {
    out.table(
      ['forward and back', 'GFLOP', 'ms', 'GFLOP/s', 'share of matmul', 'bar', 'met'],
      blocks.map((row) => [...common(row), `${Math.round(100 * (row.bar ?? 0))}%`, met(row)]),
    );
  }
  if (blocks.length > 0 && steps.length > 0) out.line();
  if (steps.length > 0) {
    out.table(
      ['whole step', 'GFLOP', 'ms', 'GFLOP/s', 'share of matmul', 'GFLOP of matmul', 'at most', 'met'],
      steps.map((row) => [
        ...[...common(row), number(row.gflopEquivalents, 3)],
        ...[row.bar === null ? '–' : String(row.bar), met(row)],
      ]),
    );
  }
}
