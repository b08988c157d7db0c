import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program in the foreground as if it were this one: same terminal, its signals, its exit code.
 * @returns {Promise<{ code: number, seconds: number }>}
 */
export function run(program, args, options = {}) {
  const started = Date.now();
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  const onInterrupt = () => {}; // Ctrl-C reaches the child by itself; we wait for how it ends.
  const onTerminate = () => child.kill('SIGTERM');
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
      resolve({
        code: code ?? 128 + (constants.signals[signal] ?? 0),
        seconds: (Date.now() - started) / 1000,
      });
    });
  });
}
