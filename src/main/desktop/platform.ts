import { once } from 'node:events';
import { MessageChannelMain, type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';
import { type EntryName, entryPoint } from '../processes/entry';
import type { Child, Platform } from '../processes/process-keeper';

/** Processes as Electron's utility processes, ports as MessagePorts that go past the main process. */
export function electronPlatform(): Platform<MessagePortMain> {
  return {
    start,
    connect: (child) => {
      const { port1, port2 } = new MessageChannelMain();
      child.post({ type: 'port' }, [port2]);
      return port1;
    },
    // The port was handed on and closes with whoever holds it.
    disconnect: () => {},
  };
}

async function start(
  entry: EntryName,
  { label, args }: { label: string; args: string[] },
): Promise<Child<MessagePortMain>> {
  const { path, execArgv } = entryPoint(entry);
  const child = utilityProcess.fork(path, args, { execArgv, serviceName: label, stdio: 'inherit' });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`${label} ended with code ${code} before it had started.`);
  });
  await Promise.race([once(child, 'spawn'), died]);
  died.catch(() => {}); // It started: its end is the exit listeners' from here on.
  return new UtilityChild(child, label);
}

class UtilityChild implements Child<MessagePortMain> {
  #ended: { reason: string; code: number } | undefined;
  readonly #exitListeners = new Set<(reason: string, code: number | null) => void>();
  readonly pid: number | undefined;

  constructor(
    private readonly child: UtilityProcess,
    label: string,
  ) {
    this.pid = child.pid;
    // A fatal error of its engine; the exit follows and is what counts.
    child.on('error', (type, location) => console.error(`${label} failed: ${type} at ${location}`));
    child.once('exit', (code) => {
      const reason = code === 0 ? `${label} ended.` : `${label} ended with code ${code}.`;
      this.#ended = { reason, code };
      for (const listener of this.#exitListeners) listener(reason, code);
    });
  }

  post(message: unknown, ports: MessagePortMain[] = []): void {
    if (this.#ended === undefined) this.child.postMessage(message, ports);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.child.on('message', listener);
  }

  onExit(listener: (reason: string, code: number | null) => void): void {
    if (this.#ended === undefined) this.#exitListeners.add(listener);
    else listener(this.#ended.reason, this.#ended.code);
  }

  kill(): void {
    if (this.pid === undefined || this.#ended !== undefined) return;
    try {
      // SIGTERM asks; a process that is stopped or stuck does not hear it.
      process.kill(this.pid, 'SIGKILL');
    } catch (thrown) {
      // It has ended, and the news is on its way.
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
  }
}
