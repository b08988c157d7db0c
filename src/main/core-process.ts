import { asForesightError } from '../shared/errors';
import type { ParentPortLike } from './child-port';
import { type Core, createCore } from './core';
import { type Envelope, IpcChildPorts } from './ipc-ports';
import type { FromCore, ToCore } from './supervisor';
import { type MessagePortLike, relayHost } from './supervisor-relay';

/**
 * The core in a process of its own, under a supervisor: Electron's main process or `foresight serve`. It serves
 * every client port that it is handed and asks the supervisor for the processes it needs, so that an e-stop can
 * reach them when the core cannot.
 */
type Listener = (message: unknown, ports: MessagePortLike[]) => void;

function connectSupervisor(listener: Listener): (message: unknown) => void {
  const parent = (process as unknown as { parentPort?: ParentPortLike }).parentPort;
  if (parent) {
    parent.on('message', ({ data, ports }) => listener(data, ports));
    return (message) => parent.postMessage(message);
  }
  const ports = new IpcChildPorts((envelope) => {
    if (process.connected) process.send?.(envelope);
  });
  process.on('message', (envelope: Envelope) => ports.receive(envelope, listener));
  process.once('disconnect', () => void leave());
  return (message) => ports.post(message);
}

let core: Promise<Core> | undefined;
/** The supervisor has been told why there is no core. */
let failed = false;

async function start(
  { folder, version, notice }: Extract<ToCore, { type: 'start' }>,
  tell: (message: FromCore) => void,
): Promise<void> {
  const hostKind = 'parentPort' in process && process.parentPort ? 'electron' : 'node';
  core = createCore({ folder, version, hostKind, host: relay.host });
  try {
    const started = await core;
    if (notice) started.notice(notice.level, notice.message, notice.next);
    tell({ type: 'ready' });
  } catch (thrown) {
    failed = true;
    tell({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}

async function leave(): Promise<void> {
  try {
    await (await core)?.close();
    process.exit(0);
  } catch (thrown) {
    if (!failed) console.error(thrown);
    process.exit(1);
  }
}

const tell = connectSupervisor((message, ports) => {
  if (relay.take(message, ports)) return;
  const said = message as ToCore;
  if (said.type === 'start') void start(said, tell);
  else if (said.type === 'shutdown') void leave();
  else if (said.type === 'client') {
    const port = ports[0];
    if (!port) return;
    void core?.then((started) => {
      started.attach(port);
      port.start();
    });
  }
});
const relay = relayHost(tell);

// Ctrl-C reaches the whole group of processes; the supervisor decides when the core ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void leave());
