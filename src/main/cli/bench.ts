import { type Command, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../../shared/model-options';
import type { MemoryReport } from '../bench/memory';
import type { BenchReport } from '../bench/report';
import { integer, real } from './options';
import { number, type Output } from './output';
import { startProgress } from './progress';

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

  bench
    .command('memory')
    .description('whether memory stays flat in a long training')
    .option('--steps <n>', 'optimisation steps', integer(100), 100_000)
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_NAMES).default('onnxruntime'))
    .action(async (flags: { steps: number; engine: EngineName }) => {
      const { benchMemory, MEMORY_BAR_MB } = await import('../bench/memory');
      const progress = startProgress('training steps', flags.steps);
      const report = await benchMemory({
        ...flags,
        onReading: ({ step, residentMB }) =>
          progress.update(step, flags.steps, `${residentMB.toFixed(0)} MB`),
      }).finally(() => progress.finish());
      printMemory(output(), report, MEMORY_BAR_MB);
    });
}

function printMemory(out: Output, report: MemoryReport, barMB: number): void {
  out.result(report, () => {
    out.table(
      ['step', 'resident MB'],
      report.readings.map(({ step, residentMB }) => [String(step), residentMB.toFixed(1)]),
    );
    const { warmUpSteps, growthMB, driftMB, flat } = report;
    out.line();
    out.line(
      `After step ${warmUpSteps}: at most ${growthMB.toFixed(1)} MB more, drift ${driftMB.toFixed(1)} MB; ` +
        `${flat ? 'flat' : 'not flat'} within ${barMB} MB.`,
    );
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
