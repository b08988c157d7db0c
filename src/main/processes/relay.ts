import { ForesightError } from '../../shared/errors';
import type { EntryName } from './entry';
import type { Host, Port, SpawnedProcess } from './port';
import { PortEvents } from './port-events';

/**
 * A utility process cannot start utility processes; Electron's main process does it on request. The words between
 * them, on `process.parentPort` and on the `UtilityProcess` at the other end:
 */
export type ToSupervisor =
  | { type: 'spawn'; id: number; entry: EntryName; label: string; args: string[] }
  | { type: 'kill'; id: number };

export type FromSupervisor =
  /** Carries the MessagePort to the new process as `ports[0]`; the process gets the other end as `{type: 'port'}`. */
  | { type: 'spawned'; id: number; pid: number | undefined }
  | { type: 'spawn-failed'; id: number; reason: string }
  /** `reason` is a sentence: "Rig process ended with code 1." */
  | { type: 'exited'; id: number; reason: string };

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
    post: (message) => {
      if (open) port.postMessage(message);
    },
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => port.close(),
  };
}

/** Host of a utility process: asks the supervisor. `take` is given what the supervisor says, and says if it was ours. */
export function relayHost(ask: (message: ToSupervisor) => void): {
  host: Host;
  take(message: unknown, ports: MessagePortLike[]): boolean;
} {
  let lastId = 0;
  const asked = new Map<
    number,
    { label: string; resolve(process: SpawnedProcess): void; reject(error: ForesightError): void }
  >();
  const alive = new Map<number, (reason: string) => void>();

  const take = (message: unknown, ports: MessagePortLike[]): boolean => {
    const said = message as FromSupervisor;
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
        asked
          .get(said.id)
          ?.reject(
            new ForesightError(
              'internal',
              `The process "${asked.get(said.id)?.label}" could not be started: ${said.reason}`,
              'Check that the machine has memory and processes to spare, then try again.',
            ),
          );
        asked.delete(said.id);
        return true;
      case 'exited':
        alive.get(said.id)?.(said.reason);
        alive.delete(said.id);
        return true;
      default:
        return false;
    }
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
  return { host, take };
}
