import { hostHere } from '../processes/here-host';
import { IpcParentPorts } from '../processes/ipc-ports';
import type { Port, SpawnedProcess } from '../processes/port';
import type { Child, Platform } from '../processes/process-keeper';

/**
 * Processes for the supervisor of `foresight serve`. A rig process has one channel, ours: what the
 * core says to it is passed on (about 0.1 ms), and an e-stop goes into it even when the core says nothing.
 */
export function servePlatform(): Platform<Port> {
  const host = hostHere();
  const processes = new Map<Child<Port>, SpawnedProcess>();
  const way = (child: Child<Port>): SpawnedProcess => {
    const found = processes.get(child);
    if (!found) throw new Error(`process ${child.pid} was not started here`);
    return found;
  };
  return {
    async start(entry, options) {
      const process = await host.spawn(entry, options);
      const child = entry === 'core-process' ? coreChild(process) : otherChild(process);
      processes.set(child, process);
      child.onExit(() => processes.delete(child));
      return child;
    },
    connect: way,
    disconnect: (child) => processes.get(child)?.close(),
  };
}

/** The core's channel carries many ports. */
function coreChild(process: SpawnedProcess): Child<Port> {
  const ports = new IpcParentPorts((envelope, onSent) => process.post(envelope, onSent));
  const listeners = new Set<(message: unknown) => void>();
  process.onMessage((envelope) =>
    ports.receive(envelope, (message) => {
      for (const listener of listeners) listener(message);
    }),
  );
  process.onClose(() => ports.closeAll());
  return {
    pid: process.pid,
    post: (message, handedOver) => ports.post(message, handedOver),
    onMessage: (listener) => listeners.add(listener),
    onExit: (listener) => void process.onClose((reason) => listener(reason, null)),
    kill: () => process.kill(),
  };
}

/** Everything another process says is for the core; if it needs processes itself, it forks them. */
function otherChild(process: SpawnedProcess): Child<Port> {
  return {
    pid: process.pid,
    post: (message) => process.post(message),
    onMessage: () => {},
    onExit: (listener) => void process.onClose((reason) => listener(reason, null)),
    kill: () => process.kill(),
  };
}
