import { type Command, Option } from 'commander';
import { FORMAT_NAMES, type FormatName } from '../../shared/export';
import { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from '../../shared/model-options';
import type { MemoryReport } from '../bench/memory';
import type { RecordingBenchOptions } from '../bench/recording-report';
import { benchCompareCommand, benchPolicyCommand, type CompareFlags } from './bench-compare';
import { benchDataCommand } from './bench-data';
import { benchEstopCommand } from './bench-estop';
import { benchLatentCommand, type LatentFlags } from './bench-latent';
import { benchLoadCommand } from './bench-load';
import { benchPlanCommand, PLANNER_NAMES, type PlanFlags, printRates } from './bench-plan';
import { benchRecordingCommand } from './bench-recording';
import { benchServosCommand, percent, type ServosFlags } from './bench-servos';
import { benchWindowCommand, type WindowFlags } from './bench-window';
import { collected, integer, real } from './options';
import type { Output } from './output';
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
      const report = await benchTrain();
      output().result(report, () => printRates(output(), report));
    });

  bench
    .command('plan')
    .description('how much of every planner fits into the control period, and rates of whole plans')
    .option('--period <seconds>', 'control period that a plan must fit into', real(0.0001, 10), 0.02)
    .option(
      '--model <model>',
      "a model of the workspace and its rig instead of a cart-pole's of default size",
    )
    .addOption(new Option('--planner <name>', 'only this one').choices(PLANNER_NAMES))
    .option('--plans <n>', 'plans behind every quantile', integer(10), 100)
    .option('--small', 'leaves the large settings out, which take a second a plan', false)
    .option('--profile', 'where the time of one planned action goes, instead', false)
    .action((flags: PlanFlags) => benchPlanCommand(flags, output()));

  const comparing = (command: Command, python: string) =>
    command
      .addOption(
        new Option('--engine <name>', 'what computes here').choices(ENGINE_NAMES).default(DEFAULT_ENGINE),
      )
      .option('--python <path>', `a Python that has ${python}; a new environment is made when left out`)
      .option('--rows <names>', 'only these rows, separated by commas', (names) => names.split(','))
      .option('--rounds <n>', 'rounds in which all take turns', integer(1), 5)
      .option('--no-products', 'leaves the matrix products out, and with them the shares');

  comparing(bench.command('compare'), 'torch and jax')
    .description('Foresight beside PyTorch and JAX on the same work, one after the other in one run')
    .action((flags: CompareFlags) => benchCompareCommand(flags, output()));

  comparing(bench.command('policy'), 'torch')
    .description('what policies learn with: SAC updates, rollouts in a model, both as MBPO; beside PyTorch')
    .action((flags: CompareFlags) => benchPolicyCommand(flags, output()));

  bench
    .command('latent')
    .description('what models learn from pictures with: encoders, decoders, whole learning steps')
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_NAMES).default(DEFAULT_ENGINE))
    .option('--rows <names>', 'only these blocks and steps, separated by commas', (names) => names.split(','))
    .option('--rounds <n>', 'rounds, each with the matrix product before it', integer(1), 5)
    .option(
      '--python <path>',
      'a Python that has torch, for steps beside it; python3 where it has it, when left out',
    )
    .action((flags: LatentFlags) => benchLatentCommand(flags, output()));

  bench
    .command('load')
    .description('real time on a simulated cart-pole, alone and beside a training and an open window')
    .option('--rig <rig>', 'cartpole-balance or any other with a simulator', 'cartpole-balance')
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .action((flags: { rig: string; seed: number }) => benchLoadCommand(flags, output()));

  bench
    .command('waits')
    .description(
      'what a person waits for: the lists of 2,000 long and of 200,000 short episodes, one of them, a cancelled training',
    )
    .action(async () => {
      const { benchWaits } = await import('../bench/waits');
      const report = await benchWaits();
      output().result(report, () =>
        output().table(
          ['wait', 'median ms', 'max ms', 'bar ms'],
          report.waits.map(({ name, medianMs, maxMs, barMs }) => [
            ...[name, medianMs.toFixed(1), maxMs.toFixed(1)],
            String(barMs),
          ]),
        ),
      );
    });

  bench
    .command('camera')
    .description('pictures of simulated cameras, 64 × 64 pixels, on one core')
    .action(async () => {
      const { benchCamera } = await import('../bench/camera');
      const { benchFrames } = await import('../bench/frames');
      const report = { ...(await benchCamera()), training: await benchFrames() };
      output().result(report, () => {
        const { firstPerSecond, batchesPerSecond, bar: least } = report.training;
        output().table(
          ['pictures', 'rays a pixel', 'a second', 'bar'],
          [
            ...report.cameras.map(({ rig, raysPerPixel, framesPerSecond, bar }) => [
              ...[rig, String(raysPerPixel), framesPerSecond.toFixed(0), String(bar)],
            ]),
            ['from the log, the first time', '', firstPerSecond.toFixed(0), String(least)],
            ['in batches for a training', '', batchesPerSecond.toFixed(0), String(least)],
          ],
        );
      });
    });

  bench
    .command('data')
    .description('what long recordings cost: import, looks at them, episode show --json; time and memory')
    .option('--rows <n...>', 'rows of each recording, of twelve channels', collectRows)
    .action((flags: { rows?: number[] }) => benchDataCommand(flags.rows ?? [100_000, 1_000_000], output()));

  bench
    .command('export')
    .description('a long workspace in formats of other software: time, and the most memory that it takes')
    .option('--rows <n>', 'rows of twelve channels', integer(1000), 8_400_000)
    .addOption(new Option('--format <format...>', 'only these').choices(FORMAT_NAMES))
    .action(async ({ rows, format }: { rows: number; format?: FormatName[] }) => {
      const { benchExport } = await import('../bench/export');
      const out = output();
      const report = await benchExport(rows, format, (what) => out.remark(what));
      out.result(report, () => {
        out.table(
          ['format', 'seconds', 'MB', 'MB/s', 'bar', 'peak memory, MB'],
          report.exports.map((one) => [
            ...[one.format, one.seconds.toFixed(1), one.fileMB.toFixed(0), one.mbPerSecond.toFixed(1)],
            ...[
              String(report.barMBPerSecond),
              one.peakMB === null ? 'not known here' : one.peakMB.toFixed(0),
            ],
          ]),
        );
      });
    });

  bench
    .command('recording')
    .description('one long episode of many channels with cameras, in real time: what is dropped, and memory')
    .option('--seconds <n>', 'how long it is', integer(1), 600)
    .option('--channels <n>', 'observations', integer(2), 64)
    .option('--rate <n>', 'steps a second', integer(1), 1000)
    .option('--cameras <n>', 'cameras of 640 × 480 pixels at 30 Hz', integer(0), 2)
    .action((flags: RecordingBenchOptions) => benchRecordingCommand(flags, output()));

  bench
    .command('servos')
    .description('six simulated motors read and written over a pseudo-terminal, beside a plain loop')
    .option('--cycles <n>', 'reads of all feedback and writes of all goals, each way', integer(10), 4000)
    .option(
      '--adapter-latency <ms>',
      'behind adapters that collect bytes for 0, 1 and so many ms, instead',
      real(0, 1000),
    )
    .option('--training', 'alone and beside a training, instead', false)
    .option(
      '--soak <minutes>',
      'driven at 100 Hz for so long: lost periods, memory, exceptions; instead',
      real(0.1, 10_000),
    )
    .option(
      '--faults <percent>',
      'with --soak: share of the answers that are lost, damaged or late',
      percent,
      0.01,
    )
    .action((flags: ServosFlags) => benchServosCommand(flags, output()));

  bench
    .command('estop')
    .description("the e-stop's way to the wire of a moving rig, idle and beside a training")
    .option('--times <n>', 'stops in each of the two', integer(1), 200)
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .option('--servos', 'of motors on a line, until each has been read back, instead', false)
    .option('--rig <rig>', 'with --servos: motors that can be simulated', 'so101')
    .action((flags: Parameters<typeof benchEstopCommand>[0]) => benchEstopCommand(flags, output()));

  bench
    .command('window')
    .description(
      'what a person in front of the window feels: start, rooms, frames during a run; in a Chromium',
    )
    .option('--browser <program>', 'a Chromium, Chrome or Edge; one that is found when left out')
    .option('--browser-arg <argument>', 'for the browser; may be given several times', collected, [])
    .option('--rounds <n>', 'starts that are timed', integer(1), 5)
    .option('--seconds <n>', 'how long the run is looked at', integer(1), 20)
    .action((flags: WindowFlags) => benchWindowCommand(flags, output()));

  bench
    .command('memory')
    .description('whether memory stays flat in a long training, and what a training on very much data takes')
    .option('--steps <n>', 'optimisation steps', integer(100), 100_000)
    .option(
      '--rows <n>',
      'instead, one pass over a recording of so many rows of twelve channels',
      integer(1000),
    )
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_NAMES).default(DEFAULT_ENGINE))
    .action(async ({ rows, ...flags }: { steps: number; engine: EngineName; rows?: number }) => {
      if (rows !== undefined) return benchRows(output(), rows);
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

async function benchRows(out: Output, rows: number): Promise<void> {
  const { benchBigTraining } = await import('../bench/big-training');
  const progress = startProgress('training on much data', 1);
  const report = await benchBigTraining(rows, (phase) => progress.update(0, 1, phase)).finally(() =>
    progress.finish(),
  );
  const mb = (value: number | null) => (value === null ? 'not known' : `${value.toFixed(0)} MB`);
  out.result(report, () => {
    out.table(
      ['process', 'highest resident memory'],
      [
        ['core', mb(report.coreMB)],
        ['training', mb(report.trainingMB)],
        ['together', `${mb(report.totalMB)} of ${report.barMB} MB`],
      ],
    );
    out.line();
    out.line(
      `${report.rows} rows were ready after ${report.preparationSeconds.toFixed(1)} s, ${Math.round(report.rowsPerSecond)} a second; ` +
        `${report.steps} steps and the verdict took ${report.trainingSeconds.toFixed(1)} s.`,
    );
  });
}

const collectRows = (text: string, before: number[] = []) => [...before, integer(1000)(text)];

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
