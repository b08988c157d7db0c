import { ForesightError } from '../../shared/errors';
import { heard, typeOf } from './heard';
import { FROM_SUPERVISOR_TYPES, FromSupervisor, type ToSupervisor } from './messages';
import type { Host, Port, SpawnedProcess } from './port';
import { PortEvents } from './port-events';

/** Electron's MessagePortMain, by shape. */
export interface MessagePortLike {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

/** How long the exit's reason and the port's close wait for each other, so that "ended with code 1" is told. */
const REASON_GRACE_MS = 200;

/** A Port over a MessagePort of Electron; `onClosed` (by default: tell the listeners) is called when it closes. */
export function wrapMessagePort(
  port: MessagePortLike,
  closeReason: string,
  events = new PortEvents(),
  onClosed = () => events.close(closeReason),
): Port {
  let open = true;
  port.on('message', (event) => events.message(event.data));
  port.on('close', () => {
    open = false;
    onClosed();
  });
  port.start();
  return {
    post: (message, onSent) => {
      if (open) port.postMessage(message);
      onSent?.();
    },
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => port.close(),
  };
}

/**
 * Host of a utility process: asks the supervisor. `take` is given what the supervisor says, and says if it was ours;
 * `lost` says that the supervisor is gone, so that nobody waits for its answer.
 */
export function relayHost(ask: (message: ToSupervisor) => void): {
  host: Host;
  take(message: unknown, ports: MessagePortLike[]): boolean;
  lost(): void;
} {
  let lastId = 0;
  const asked = new Map<
    number,
    { label: string; resolve(process: SpawnedProcess): void; reject(error: ForesightError): void }
  >();
  const alive = new Map<number, (reason: string) => void>();

  const take = (message: unknown, ports: MessagePortLike[]): boolean => {
    if (!FROM_SUPERVISOR_TYPES.has(typeOf(message))) return false;
    const said = heard(FromSupervisor, message, 'the supervisor');
    switch (said?.type) {
      case 'spawned': {
        const request = asked.get(said.id);
        const port = ports[0];
        asked.delete(said.id);
        if (!request || !port) return true;
        request.resolve(relayedProcess(said.id, said.pid, request.label, port));
        return true;
      }
      case 'spawn-failed':
        refuse(said.id, said.reason);
        return true;
      case 'exited':
        alive.get(said.id)?.(said.reason);
        alive.delete(said.id);
        return true;
      default:
        return true;
    }
  };

  const refuse = (id: number, reason: string) => {
    const request = asked.get(id);
    asked.delete(id);
    request?.reject(
      new ForesightError(
        'internal',
        `The process "${request.label}" could not be started: ${reason}`,
        'Check that the machine has memory and processes to spare, then try again.',
      ),
    );
  };

  const lost = () => {
    for (const id of [...asked.keys()]) refuse(id, 'the program that starts processes is gone.');
  };

  const relayedProcess = (
    id: number,
    pid: number | undefined,
    label: string,
    messagePort: MessagePortLike,
  ): SpawnedProcess => {
    const events = new PortEvents();
    const closeSoon = (reason: string) => setTimeout(() => events.close(reason), REASON_GRACE_MS).unref();
    let portClosed = false;
    let exitReason: string | undefined;
    const port = wrapMessagePort(messagePort, '', events, () => {
      portClosed = true;
      if (exitReason !== undefined) events.close(exitReason);
      else closeSoon(`${label} closed its connection.`);
    });
    alive.set(id, (reason) => {
      exitReason = reason;
      if (portClosed) events.close(reason);
      else closeSoon(reason);
    });
    return { ...port, pid, kill: () => ask({ type: 'kill', id }) };
  };

  const host: Host = {
    kind: 'electron',
    spawn: (entry, { label, args }) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        asked.set(lastId, { label, resolve, reject });
        ask({ type: 'spawn', id: lastId, entry, label, args: args ?? [] });
      }),
  };
  return { host, take, lost };
}
