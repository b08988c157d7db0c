import { Worker } from 'node:worker_threads';

/** How often a process looks whether the one that started it is still there. */
const LOOK_MS = 250;

/**
 * Runs in a thread, because the process that it ends may be in the middle of a long call and hear nothing. It is text
 * and not a file of ours, so that it is there within milliseconds, from source as well as built.
 */
const LIFE_LINE = `
const { workerData } = require('node:worker_threads');
const { parent, graceMs, stallMs, lookMs, beats } = workerData;
const end = () => process.kill(process.pid, 'SIGKILL');
const orphaned = () => {
  if (process.ppid !== parent) return true;
  if (process.platform !== 'win32') return false;
  // Windows keeps the number of a parent that has ended.
  try { process.kill(parent, 0); return false; } catch (thrown) { return thrown.code === 'ESRCH'; }
};
let last = -1;
let still = 0;
const timer = setInterval(() => {
  if (orphaned()) {
    clearInterval(timer);
    setTimeout(end, graceMs);
    return;
  }
  // Counted in looks and not by the clock, so that a machine that was asleep ends nothing.
  const beat = Atomics.load(beats, 0);
  still = beat === last ? still + 1 : 0;
  last = beat;
  if (stallMs > 0 && still * lookMs > stallMs) end();
}, lookMs);
`;

/**
 * This process ends when the one that started it is gone, whatever it is doing then: its own way of leaving (its port
 * closes) has `graceMs`, then it is ended. A process nobody can reach must not keep a serial port, a workspace's lock or
 * a processor.
 * @param stallMs also ends it when its event loop has not turned for so long: nobody can ask it to end any more
 */
export function endWithParent({ graceMs, stallMs = 0 }: { graceMs: number; stallMs?: number }): void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  if (stallMs > 0) setInterval(() => Atomics.add(beats, 0, 1), LOOK_MS).unref();
  const workerData = { parent: process.ppid, graceMs, stallMs, lookMs: LOOK_MS, beats };
  const thread = new Worker(LIFE_LINE, { eval: true, execArgv: [], workerData, name: 'life line' });
  thread.unref();
  // Without memory for a thread there is still the port that closes.
  thread.on('error', (error) => console.error(error));
}

/** Resolves true when `work` came to its end within `ms`, however; false when it is still at it. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const over = () => true as const;
  const result = await Promise.race([work.then(over, over), late]);
  clearTimeout(timer);
  return result;
}
