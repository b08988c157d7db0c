import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Times, Ways } from '../bench/servos';
import { hostHere } from '../processes/here-host';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

export interface ServosFlags {
  cycles: number;
  adapterLatency?: number;
  training: boolean;
  soak?: number;
  faults: number;
}

/** "1%" or "1" is 0.01. */
export function percent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (text.trim() === '' || !(value >= 0 && value <= 50))
    throw new InvalidArgumentError('Expected a percentage from 0 to 50, like 1%.');
  return value / 100;
}

const HEAD = ['', 'a second', 'p50 ms', 'p99 ms'];
const row = (name: string, times: Times): string[] => [
  name,
  ...[times.perSecond, times.p50Ms, times.p99Ms].map((value) => number(value, 3)),
];

export async function benchServosCommand(flags: ServosFlags, out: Output): Promise<void> {
  if (flags.soak !== undefined) return soakCommand(flags.soak, flags.faults, out);
  if (flags.training) return trainingCommand(flags.cycles, out);
  if (flags.adapterLatency !== undefined) return latencyCommand(flags.adapterLatency, flags.cycles, out);
  const { benchServos, BARS } = await import('../bench/servos');
  const progress = startProgress('cycles', flags.cycles);
  const report = await benchServos(hostHere(), {
    cycles: flags.cycles,
    onCycle: (done, of) => progress.update(done, of),
  }).finally(() => progress.finish());
  out.result(report, () => {
    out.line(WHAT);
    out.table(HEAD, rows(report));
    out.line();
    out.line(`${verdict(report, BARS)}: ${report.fits ? 'inside' : 'not inside'}.`);
  });
}

const WHAT = 'Six simulated motors on a pseudo-terminal: all feedback read, all goals written';

const rows = ({ ours, plain, waiting }: Ways, when = ''): string[][] => [
  row(`our line${when}`, ours),
  row(`a plain loop${when}`, plain),
  row(`a loop that waits without blocking${when}`, waiting),
];

const verdict = ({ ours, plain }: Ways, bars: { perSecond: number; p99Times: number }): string =>
  `${number(ours.perSecond, 3)} cycles a second (bar ${bars.perSecond}), p99 ${number(ours.p99Ms / plain.p99Ms, 3)} times that of the plain loop (bar ${bars.p99Times})`;

/** At 16 ms a cycle takes 16 ms and more: fewer of them say as much. */
const MOST_LATENCY_CYCLES = 1000;

async function latencyCommand(latencyMs: number, wanted: number, out: Output): Promise<void> {
  const { benchAdapterLatency } = await import('../bench/servos');
  const cycles = Math.min(wanted, MOST_LATENCY_CYCLES);
  const latencies = [...new Set([0, 1, latencyMs])];
  const progress = startProgress('cycles', latencies.length * cycles);
  const report = await benchAdapterLatency(hostHere(), latencies, cycles, (done, of) =>
    progress.update(done, of),
  ).finally(() => progress.finish());
  out.result(report, () => {
    out.line(
      'Six simulated motors behind an adapter that collects bytes: all feedback read, all goals written',
    );
    out.table(
      HEAD,
      report.rows.map((times) => row(`collects for ${times.latencyMs} ms`, times)),
    );
  });
}

async function trainingCommand(cycles: number, out: Output): Promise<void> {
  const { benchServosBesideTraining, BARS } = await import('../bench/servos');
  const folder = await mkdtemp(join(tmpdir(), 'foresight-servos-'));
  const progress = startProgress('cycles', cycles);
  const onCycle = (done: number, of: number) => progress.update(done, of);
  try {
    const report = await withCore({ ...out.options, data: folder }, (core) =>
      benchServosBesideTraining(core, hostHere(), { cycles, onCycle }),
    ).finally(() => progress.finish());
    out.result(report, () => {
      const { alone, whileTraining, fits } = report;
      out.line(WHAT);
      out.table(HEAD, [...rows(alone), ...rows(whileTraining, ', beside a training')]);
      out.line();
      out.line(`Beside a training ${verdict(whileTraining, BARS)}: ${fits ? 'inside' : 'not inside'}.`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function soakCommand(minutes: number, faults: number, out: Output): Promise<void> {
  const { soakServos } = await import('../bench/servos-soak');
  const progress = startProgress('minutes', minutes);
  const report = await soakServos(hostHere(), {
    ...{ minutes, faults },
    onMinute: (done, of) => progress.update(done, of),
  }).finally(() => progress.finish());
  out.result(report, () => {
    const megabytes = ([first, last]: [number, number]) => `${number(first, 4)} → ${number(last, 4)} MB`;
    out.line(
      `Six simulated motors at ${report.hz} Hz for ${minutes} minutes, ${number(100 * faults, 3)} % of the answers lost, damaged or late`,
    );
    out.table(
      [
        'periods',
        'observed',
        'bridged',
        'lost while memory was looked at',
        'lost with faults',
        'lost beyond faults',
        'unanswered',
        'damaged',
      ],
      [
        [
          ...[report.periods, report.observed, report.bridged, report.lostToLooks, report.lostWithFaults],
          ...[report.lostBeyondFaults, report.unanswered, report.damaged],
        ].map(String),
      ],
    );
    out.line(
      `A bare timer of the same period was late by ${number(report.bareTimerP99Ms, 3)} ms (p99), ${number(report.bareTimerMaxMs, 3)} ms at most.`,
    );
    out.line(
      `Heap ${megabytes(report.heapMB)} (${number(report.heapGrowthMBPerHour, 3)} MB an hour), process ${megabytes(report.rssMB)}; ` +
        `${report.exceptions.length} exceptions, ${report.faultsTold.length} faults told: ${report.fits ? 'in order' : 'not in order'}.`,
    );
    for (const message of [...report.exceptions, ...report.faultsTold].slice(0, 10)) out.line(`  ${message}`);
  });
}
