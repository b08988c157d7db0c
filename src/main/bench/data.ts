import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../shared/contract';
import { Random } from '../../shared/random';
import { median } from '../../shared/statistics';
import { serveContract } from '../api';
import { createCore } from '../core';
import { nodeHost } from '../processes/node-host';
import { type Ran, runCli } from './run-cli';

/** What long recordings should cost. */
export const DATA_BARS = { importMBPerSecond: 50, viewMs: 150, peakMB: 500 } as const;

const OBSERVATIONS = 8;
const ACTIONS = 4;
const PERIOD_SECONDS = 0.01;
/** Calls behind every warm latency. */
const TIMES = 9;
/** Shares of an episode that are looked at. */
const SHARES = [1, 0.1, 0.001] as const;

/** A command in a process of its own; MB are 10⁶ bytes. */
interface Cost {
  seconds: number;
  mbPerSecond: number;
  /** The most memory that the process had; null where the system does not say. */
  peakMB: number | null;
}

export interface LongRecording {
  rows: number;
  fileMB: number;
  import: Cost;
  /** Through the contract, as a window asks. */
  views: { share: number; coldMs: number; warmMs: number }[];
  /** `episode show --json`. */
  show: Cost;
}

export interface DataReport {
  channels: number;
  recordings: LongRecording[];
  bars: typeof DATA_BARS;
}

/**
 * Imports, looks at and prints recordings of so many rows and twelve channels, each in a workspace of its own, which is removed.
 * @throws ForesightError unavailable, or what a command failed with
 */
export async function benchData(
  rows: readonly number[],
  onStep: (what: string) => void = () => {},
): Promise<DataReport> {
  const recordings: LongRecording[] = [];
  for (const count of rows) {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-data-'));
    try {
      onStep(`${count} rows: writing a file`);
      const file = join(folder, 'recording.csv');
      await writeRecording(file, count);
      const fileMB = (await stat(file)).size / 1e6;
      const workspace = join(folder, 'workspace');
      onStep(`${count} rows: importing ${fileMB.toFixed(0)} MB`);
      const imported = await runCli(['import', file, ...IMPORT, '--data', workspace]);
      onStep(`${count} rows: looking at them`);
      const views = await viewing(workspace, count);
      onStep(`${count} rows: printing them`);
      const shown = await runCli(['episode', 'show', '1', '--json', '--data', workspace]);
      recordings.push({
        ...{ rows: count, fileMB, views },
        import: costOf(imported, fileMB),
        show: costOf(shown, shown.outputMB),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { channels: OBSERVATIONS + ACTIONS, recordings, bars: DATA_BARS };
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
const IMPORT = [
  ...['--name', 'long', '--time', 'time', '--rate', String(1 / PERIOD_SECONDS), '--json'],
  ...names('q', OBSERVATIONS).flatMap((name) => ['--observation', `${name}:rad`]),
  ...names('u', ACTIONS).flatMap((name) => ['--action', `${name}:N m`]),
];

/** Slow swings under noise, with all the digits that programs write. */
async function writeRecording(path: string, rows: number): Promise<void> {
  const random = new Random(0);
  const out = createWriteStream(path);
  out.write(`${['time', ...names('q', OBSERVATIONS), ...names('u', ACTIONS)].join(',')}\n`);
  for (let first = 0; first < rows; first += 1000) {
    const lines = Array.from({ length: Math.min(1000, rows - first) }, (_, i) => {
      const row = first + i;
      const cells = [(row * PERIOD_SECONDS).toFixed(2)];
      for (let c = 0; c < OBSERVATIONS + ACTIONS; c++) {
        cells.push(String(Math.sin(row / 1000 + c) + random.uniformIn(-0.1, 0.1)));
      }
      return cells.join(',');
    });
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}

const costOf = ({ seconds, peakMB }: Ran, megabytes: number): Cost => ({
  ...{ seconds, mbPerSecond: megabytes / seconds, peakMB },
});

/** How long a window waits for what it shows: the first time, and then. */
async function viewing(folder: string, rows: number): Promise<LongRecording['views']> {
  const core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'bench' });
  const { port1, port2 } = new MessageChannel();
  try {
    serveContract(core, port1 as unknown as globalThis.MessagePort);
    for (const port of [port1, port2]) port.start();
    const link = new RPCLink({ port: port2 as unknown as globalThis.MessagePort });
    const client: ContractRouterClient<Contract> = createORPCClient(link);
    const views: LongRecording['views'] = [];
    for (const share of SHARES) {
      const length = rows * PERIOD_SECONDS * share;
      const look = async (time: number) => {
        // Elsewhere each time, where there is an elsewhere.
        const from = (rows * PERIOD_SECONDS - length) * ((time + 1) / (TIMES + 2));
        const began = performance.now();
        await client.episodes.view({ id: 1, from, to: from + length });
        return performance.now() - began;
      };
      const coldMs = await look(0);
      const warm: number[] = [];
      for (let time = 1; time <= TIMES; time++) warm.push(await look(time));
      views.push({ share, coldMs, warmMs: median(warm) });
    }
    return views;
  } finally {
    port2.close();
    await core.close();
  }
}
