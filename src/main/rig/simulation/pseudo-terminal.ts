import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { mkdtemp, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import type { Disposable } from '../driver';
import { Listeners } from '../listeners';
import type { Line } from './firmware';

const READY_TIMEOUT_MS = 3000;

export interface PseudoTerminal extends Line, Disposable {
  /** The end that a serial driver opens: "/dev/pts/3". */
  path: string;
  onClose(listener: (reason: string) => void): Disposable;
}

/**
 * A real pseudo-terminal, made by socat: a serial driver opens one end as it opens any port, we write and read
 * the other through socat's pipes. Rejects with `unavailable` where socat is not installed.
 */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-port-'));
  const link = join(folder, 'port');
  const socat = spawn('socat', ['-d', '-d', '-t', '0.1', `pty,raw,echo=0,link=${link}`, '-'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const path = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      socat.kill();
      removeFolder();
      reject(
        new ForesightError(
          'unavailable',
          `No pseudo-terminal could be made: ${why}.`,
          'Install socat, or use the simulated firmware without a port.',
        ),
      );
    };
    const timer = setTimeout(() => fail('socat did not start in time'), READY_TIMEOUT_MS);
    socat.once('error', (error) => fail(`socat does not start (${error.message})`));
    socat.once('exit', (code) => fail(`socat ended with code ${code}`));
    let log = '';
    socat.stderr.on('data', async (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes('starting data transfer loop')) return;
      clearTimeout(timer);
      resolve(await readlink(link));
    });
  });
  socat.removeAllListeners('exit');

  const data = new Listeners<Uint8Array>();
  const closes = new Listeners<string>();
  // Held open here as well, so that a program that closes its end and opens it again finds the line still there.
  const keeper = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  socat.stdout.on('data', (chunk: Buffer) => data.emit(chunk));
  // A pipe that breaks is followed by the exit, which is what is told.
  socat.stdin.on('error', () => {});
  void once(socat, 'exit').then(() => {
    closeSync(keeper);
    removeFolder();
    closes.emit('the pseudo-terminal was closed');
  });
  return {
    path,
    write: (bytes) => void socat.stdin.write(bytes),
    onData: (listener) => data.add(listener),
    onClose: (listener) => closes.add(listener),
    dispose: () => void socat.kill(),
  };
}
