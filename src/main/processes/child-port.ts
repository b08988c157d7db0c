import type { Disposable } from '../../shared/disposable';
import { ignoreClosedOutput } from './defects';
import { endWithParent } from './ending';
import { nodeHost } from './node-host';
import type { Host, Port } from './port';
import { PortEvents } from './port-events';
import { type MessagePortLike, relayHost, wrapMessagePort } from './relay';

/** What a process may take to leave after its port closed, when it says nothing else, ms. */
const LEAVE_MS = 2000;

/** What a process of ours finds when it starts: the way to whoever asked for it. */
export interface ChildPort {
  /** To the process that asked for this one (the core, in the case of a rig process). */
  port: Port;
  /** To Electron's main process, which lives on when the core dies; null in plain Node, where the two are one. */
  supervisor: Port | null;
  /** A new way to a new core after the first one closed; only a supervisor gives one. */
  onNewPort(listener: (port: Port) => void): Disposable;
  /** How this process starts others. */
  host: Host;
}

/** `process.parentPort` of an Electron utility process, by shape: this file must load without Electron. */
export interface ParentPortLike {
  on(event: 'message', listener: (event: { data: unknown; ports: MessagePortLike[] }) => void): unknown;
  postMessage(message: unknown): void;
}

/**
 * The port a process of ours was started with: the IPC channel of `child_process.fork`, or, in an Electron utility
 * process, the MessagePort that arrives with `{ type: 'port' }` on `process.parentPort`. What else arrives on
 * `parentPort` (an e-stop straight from the window) is the supervisor's and is not delayed by the core.
 * When whoever started this process is gone, the port closes; `leaveMs` later the process is over, whatever it does.
 */
export function childPort({ leaveMs = LEAVE_MS } = {}): Promise<ChildPort> {
  endWithParent({ graceMs: leaveMs });
  ignoreClosedOutput();
  const parent = (process as unknown as { parentPort?: ParentPortLike }).parentPort;
  return parent ? electronChildPort(parent) : Promise.resolve(forkedChildPort());
}

function forkedChildPort(): ChildPort {
  const events = new PortEvents();
  process.on('message', (message) => events.message(message));
  process.once('disconnect', () => events.close('The process that started this one is gone.'));
  if (!process.connected) events.close('This process was not started by Foresight.');
  return {
    port: {
      post: (message) => {
        if (!events.closed && process.connected) process.send?.(message, undefined, undefined, ignoreGone);
      },
      onMessage: (listener) => events.onMessage(listener),
      onClose: (listener) => events.onClose(listener),
      close: () => {
        if (process.connected) process.disconnect();
      },
    },
    supervisor: null,
    onNewPort: () => ({ dispose: () => {} }),
    host: nodeHost(),
  };
}

/** The parent went away between our look and our send; 'disconnect' tells everybody right after this. */
function ignoreGone(): void {}

/** Exported for tests, which hand in their own parent port. */
export function electronChildPort(parent: ParentPortLike): Promise<ChildPort> {
  const events = new PortEvents();
  const supervisor: Port = {
    post: (message) => parent.postMessage(message),
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => events.close('Closed by this process.'),
  };
  const relay = relayHost((message) => parent.postMessage(message));
  const newPortListeners = new Set<(port: Port) => void>();
  return new Promise((resolve) => {
    let first = true;
    parent.on('message', ({ data, ports }) => {
      const message = data as { type?: string };
      if (message?.type === 'port' && ports[0] !== undefined) {
        const port = wrapMessagePort(ports[0], 'The core is gone.');
        if (first) {
          first = false;
          resolve({
            port,
            supervisor,
            onNewPort: (listener) => {
              newPortListeners.add(listener);
              return { dispose: () => newPortListeners.delete(listener) };
            },
            host: relay.host,
          });
        } else for (const listener of [...newPortListeners]) listener(port);
      } else if (!relay.take(message, ports)) events.message(data);
    });
  });
}
