import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import type { Disposable } from '../../../shared/disposable';
import { ForesightError } from '../../../shared/errors';
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
  // A group of its own: Ctrl-C on a terminal unplugs no cable. It ends when its pipes do.
  const socat = spawn('socat', ['-d', '-d', '-t', '0.1', 'pty,raw,echo=0', '-'], {
    stdio: 'pipe',
    detached: true,
  });
  const path = await readPath(socat);
  const data = new Listeners<Uint8Array>();
  const closes = new Listeners<string>();
  // Held open here as well, so that a program that closes its end and opens it again finds the line still there.
  const keeper = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  socat.stdout.on('data', (chunk: Buffer) => data.emit(chunk));
  // A pipe that breaks, or a kill that comes too late, is followed by the exit, which is what is told.
  for (const one of [socat, socat.stdin, socat.stdout, socat.stderr]) one.on('error', () => {});
  socat.once('exit', () => {
    closeSync(keeper);
    closes.emit('the pseudo-terminal was closed');
  });
  return {
    path,
    write: (bytes) => {
      // What is said in one turn goes in one piece, as an adapter brings it, not with a wake-up of everybody for each answer.
      if (socat.stdin.writableCorked === 0) {
        socat.stdin.cork();
        process.nextTick(() => socat.stdin.uncork());
      }
      socat.stdin.write(bytes);
    },
    onData: (listener) => data.add(listener),
    onClose: (listener) => closes.add(listener),
    dispose: () => void socat.kill(),
  };
}

/** socat names the terminal on stderr, and says when it carries bytes. */
function readPath(socat: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      socat.off('error', notStarted).off('exit', ended).stderr.off('data', read).resume();
      finish();
    };
    const fail = (why: string) =>
      settle(() => {
        // Whatever it says from here on has been said already.
        socat.on('error', () => {});
        socat.kill();
        reject(
          new ForesightError(
            'unavailable',
            `No pseudo-terminal could be made: ${why}.`,
            'Install socat, or use the simulated firmware without a port.',
          ),
        );
      });
    const notStarted = (error: Error) => fail(`socat does not start (${error.message})`);
    const ended = (code: number | null) => fail(`socat ended with code ${code}`);
    const read = (chunk: Buffer) => {
      log += chunk.toString();
      const path = /PTY is (\S+)/.exec(log)?.[1];
      if (path && log.includes('starting data transfer loop')) settle(() => resolve(path));
    };
    const timer = setTimeout(() => fail('socat did not start in time'), READY_TIMEOUT_MS);
    socat.on('error', notStarted).on('exit', ended).stderr.on('data', read);
  });
}
