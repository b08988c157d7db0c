import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../src/shared/random';
import { killRecording } from './recording';

/**
 * Kills a core that records a simulated rig, again and again in the same workspaces, and compares what each leaves with what the rig
 * had sent, row by row. The bar: no more than the last 100 ms, on a machine that is not starved; with `--any-loss` what was lost is told
 * and not judged, and everything else is.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    'any-loss': { type: 'boolean', default: false },
  },
});
const BAR_MS = 100;
const count = Number(values.count);
const began = performance.now();
let next = 0;
let worstMs = 0;
let rows = 0;
let lost = 0;
let failed = 0;

async function work(job: number): Promise<void> {
  const random = new Random(Number(values.seed) + job);
  const folder = await mkdtemp(join(tmpdir(), 'foresight-recording-kills-'));
  while (next++ < count) {
    const { problems, ...kill } = await killRecording(folder, random);
    rows += kill.rows;
    lost += kill.lost;
    worstMs = Math.max(worstMs, kill.lossMs);
    if (problems.length > 0) failed += 1;
    for (const problem of problems) console.log(`FAILED ${problem}`);
  }
  if (failed === 0) await rm(folder, { recursive: true, force: true });
  else console.log(`What is left lies in ${folder}.`);
}

await Promise.all(Array.from({ length: Number(values.jobs) }, (_, job) => work(job)));
const seconds = (performance.now() - began) / 1000;
console.log(
  `${count} kills in ${seconds.toFixed(0)} s: ${rows} rows as the rig sent them, ${lost} lost, the oldest of them sent ${worstMs.toFixed(1)} ms ` +
    `before its kill (bar ${BAR_MS} ms), ${failed} restarts with something wrong.`,
);
process.exit(failed === 0 && (values['any-loss'] || worstMs <= BAR_MS) ? 0 : 1);
