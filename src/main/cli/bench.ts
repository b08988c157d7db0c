import type { Command } from 'commander';
import type { BenchReport } from '../bench/report';
import { real } from './options';
import { number, type Output } from './output';

export function benchCommands(program: Command, output: () => Output): void {
  const bench = program
    .command('bench')
    .description('rates on this computer, as a share of its matrix-product rate');

  bench
    .command('train')
    .description('training steps of an ensemble')
    .action(async () => {
      const { benchTrain } = await import('../bench/train');
      print(output(), await benchTrain());
    });

  bench
    .command('plan')
    .description('rollouts of an ensemble, and one planned action')
    .option('--period <seconds>', 'control period that a plan must fit into', real(0.0001, 10), 0.02)
    .action(async (flags: { period: number }) => {
      const { benchPlan } = await import('../bench/plan');
      print(output(), await benchPlan({ periodSeconds: flags.period }));
    });
}

function print(out: Output, report: BenchReport): void {
  out.result(report, () => {
    out.line(`Matrix product on this computer, two threads: ${number(report.matmulGflops)} GFLOP/s`);
    out.table(
      ['what', 'ms', 'GFLOP/s', 'share of matmul'],
      report.results.map((r) => [
        r.name,
        number(r.ms, 3),
        number(r.gflops, 3),
        r.share === null ? '–' : `${Math.round(100 * r.share)}%`,
      ]),
    );
  });
}
