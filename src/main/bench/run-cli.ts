import { spawn } from 'node:child_process';
import { ForesightError } from '../../shared/errors';
import { entryPoint } from '../processes/entry';
import { peakOf } from './peak-memory';

export interface Ran {
  seconds: number;
  outputMB: number;
  peakMB: number | null;
}

/** A command in a process of its own, whose output is counted and thrown away. */
export async function runCli(args: string[]): Promise<Ran> {
  if (process.versions.electron !== undefined) {
    throw new ForesightError(
      'unavailable',
      'The packaged application cannot start commands of its own to measure them.',
      'Run this bench from a checkout: npm run foresight -- bench.',
    );
  }
  const { path, execArgv } = entryPoint('cli');
  const began = performance.now();
  const child = spawn(process.execPath, [...execArgv, path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let bytes = 0;
  let complaint = '';
  let peakMB: number | null = null;
  const look = () => {
    peakMB = (child.pid === undefined ? null : peakOf(child.pid)) ?? peakMB;
  };
  child.stdout.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  child.stderr.on('data', (part: Buffer) => {
    complaint = (complaint + part).slice(-2000);
  });
  // The mark only rises, so looking now and then is enough.
  const looking = setInterval(look, 20);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(looking));
  if (code !== 0) {
    throw new ForesightError(
      'internal',
      `foresight ${args[0]} ended with ${code}: ${complaint}`,
      'Run it by itself to see why.',
    );
  }
  return { seconds: (performance.now() - began) / 1000, outputMB: bytes / 1e6, peakMB };
}
