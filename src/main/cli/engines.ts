import type { Command } from 'commander';
import type { EngineRow } from '../bench/compare-engines';
import { hostHere } from '../processes/here-host';
import { number, type Output } from './output';
import { startProgress } from './progress';

export function engineCommand(program: Command, output: () => Output): void {
  program
    .command('engines')
    .description('what can compute here, and how fast')
    .option('--no-time', 'only say which there are')
    .action(async ({ time }: { time: boolean }) => {
      const out = output();
      const engines = time ? await timed() : await listed();
      out.result({ engines }, () => print(out, engines));
    });
}

async function listed(): Promise<EngineRow[]> {
  const { listEngines } = await import('../tensor');
  const statuses = await listEngines(hostHere());
  return statuses.map((status) => ({ ...status, rates: null, remarks: [] }));
}

async function timed(): Promise<EngineRow[]> {
  const { compareEngines } = await import('../bench/compare-engines');
  const progress = startProgress('timing engines', 1);
  try {
    return await compareEngines(hostHere(), { onProgress: progress.update });
  } finally {
    progress.finish();
  }
}

function print(out: Output, engines: EngineRow[]): void {
  const timed = engines.filter(({ rates }) => rates !== null);
  if (timed.length > 0) printRates(out, timed);
  else for (const { name } of engines.filter(({ available }) => available)) out.line(`${name} is available.`);
  for (const { name, rates, remarks } of engines) {
    if (rates !== null) for (const remark of remarks) out.line(`${name}, ${remark}.`);
    else if (remarks.length > 0) out.line(`${name} could not be timed: ${remarks.join(' ')}`);
  }
  for (const { available, reason, next } of engines) if (!available) out.line(`${reason} ${next}`);
}

function printRates(out: Output, engines: EngineRow[]): void {
  const networks = engines[0]?.rates?.steps ?? [];
  out.line('A training step of five members on a batch of 256. Time: in units of that on onnxruntime.');
  out.table(
    ['engine', 'matmul GFLOP/s', ...networks.flatMap(({ network }) => [`${network}: ms`, 'GFLOP/s', 'time'])],
    engines.map(({ name, rates }) => [
      name,
      number(rates?.matmulGflops, 3),
      ...(rates?.steps ?? []).flatMap((step) => [
        number(step.msPerStep, 3),
        number(step.gflops, 3),
        number(step.timesReference, 3),
      ]),
    ]),
  );
  out.line();
}
