import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { ForesightError } from '../../shared/errors';
import { type EntryName, entryPoint, nodeOptions } from './entry';
import type { Host, SpawnedProcess } from './port';
import { PortEvents } from './port-events';

/** After the child closed the channel: how long it has to end before "closed its connection" is the reason. */
const EXIT_GRACE_MS = 3000;

const running = new Set<ChildProcess>();

/**
 * The host of plain Node (CLI, `foresight serve`, tests): a process of its own by `child_process.fork`, with
 * structured clone over its IPC channel. What the child prints goes to our stderr: stdout belongs to `--json`.
 */
export function nodeHost(): Host {
  return { kind: 'node', spawn };
}

async function spawn(entry: EntryName, options: { label: string; args?: string[] }): Promise<SpawnedProcess> {
  const { path, execArgv } = entryPoint(entry);
  const child = fork(path, options.args ?? [], {
    execArgv: [...execArgv, ...nodeOptions(entry)],
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new ForesightError(
      'internal',
      `The process "${options.label}" could not be started: ${(cause as Error).message}`,
      'Check that the machine has memory and processes to spare, then try again.',
      { cause },
    );
  }
  keepUntilExit(child, entry);
  return new ForkedProcess(child, options.label);
}

class ForkedProcess implements SpawnedProcess {
  private readonly events = new PortEvents();
  private closing = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly label: string,
  ) {
    child.on('message', (message: unknown) => this.events.message(message));
    // Messages may still lie in the channel when the process has ended: closed is when both are over.
    let ended: string | undefined;
    child.once('exit', (code, signal) => {
      ended = this.reason(code, signal);
      if (!child.connected) this.events.close(ended);
    });
    child.once('disconnect', () => {
      if (ended !== undefined) this.events.close(ended);
      // Closed from here, it may take its time: a rig process holds first.
      else if (!this.closing) {
        setTimeout(() => this.events.close(`${label} closed its connection.`), EXIT_GRACE_MS).unref();
      }
    });
    child.on('error', (error) => this.giveUp(`${label} failed: ${error.message}`));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** After the close there is nobody to hear it, and whoever posts has been told by `onClose`. */
  post(message: unknown, onSent?: () => void): void {
    if (this.events.closed || !this.child.connected) return;
    this.child.send(message as object, (error) => {
      onSent?.();
      if (error) this.giveUp(`${this.label} no longer takes messages: ${error.message}`);
    });
  }

  onMessage(listener: (message: unknown) => void) {
    return this.events.onMessage(listener);
  }

  onClose(listener: (reason: string) => void) {
    return this.events.onClose(listener);
  }

  /** The child sees its channel close and ends by itself; `onClose` tells when it has. */
  close(): void {
    this.closing = true;
    if (this.child.connected) this.child.disconnect();
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** The child may live on: it sees that nobody is there any more, and a rig process holds. */
  private giveUp(reason: string): void {
    this.events.close(reason);
    this.close();
  }

  private reason(code: number | null, signal: NodeJS.Signals | null): string {
    if (signal !== null) return `${this.label} was killed by ${signal}.`;
    return code === 0 ? `${this.label} ended.` : `${this.label} ended with code ${code}.`;
  }
}

function keepUntilExit(child: ChildProcess, entry: EntryName): void {
  if (running.size === 0) process.on('exit', stopAll);
  running.add(child);
  // On Windows kill() gives no time for a hold: there the rig process ends by itself when its channel closes.
  if (process.platform === 'win32' && entry === 'rig-process') running.delete(child);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', stopAll);
  });
}

function stopAll(): void {
  for (const child of running) child.kill('SIGTERM');
}
