import type { EngineName } from '../../shared/model-options';
import type { LatentReport, LatentRow } from '../bench/latent/latent';
import { number, type Output } from './output';
import { startProgress } from './progress';

export interface LatentFlags {
  engine: EngineName;
  rows?: string[];
  rounds: number;
}

export async function benchLatentCommand(flags: LatentFlags, out: Output): Promise<void> {
  const { benchLatent } = await import('../bench/latent/latent');
  const progress = startProgress('blocks and steps', 1);
  const report = await benchLatent({ ...flags, onProgress: progress.update }).finally(() =>
    progress.finish(),
  );
  out.result(report, () => printLatent(out, report));
}

function printLatent(out: Output, { engine, rounds, matmulGflops, blocks, steps }: LatentReport): void {
  out.line(`Engine ${engine}; matrix product on this computer, two threads: ${number(matmulGflops)} GFLOP/s`);
  out.line(
    `Median of ${rounds} rounds, ms, and from which to which; a share is of the matrix product in the same rounds`,
  );
  const common = (row: LatentRow) => [
    ...[row.name, number(row.gflop, 3)],
    `${number(row.medianMs, 3)} (${number(row.minMs, 3)} … ${number(row.maxMs, 3)})`,
    ...[number(row.gflops, 3), `${Math.round(100 * row.share)}%`],
  ];
  const met = ({ met }: LatentRow) => (met === null ? '–' : met ? 'yes' : 'no');
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
