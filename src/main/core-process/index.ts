import { asForesightError } from '../../shared/errors';
import { serveContract } from '../api';
import { type Core, createCore } from '../core';
import type { ParentPortLike } from '../processes/child-port';
import { type Envelope, IpcChildPorts } from '../processes/ipc-ports';
import { type MessagePortLike, relayHost, wrapMessagePort } from '../processes/relay';
import type { FromCore, ToCore } from '../processes/supervisor';

/**
 * The core in a process of its own, under a supervisor: Electron's main process or `foresight serve`. It serves
 * every client port that it is handed and asks the supervisor for the processes it needs, so that an e-stop can
 * reach them when the core cannot.
 */
type Listener = (message: unknown, ports: MessagePortLike[]) => void;
type Tell = (message: unknown) => void;

/**
 * The supervisor is Electron's main process, or `foresight serve` at the other end of one channel: that of a fork,
 * or, when `serve` itself runs inside the packaged program, the port that Electron's main process brings from it.
 */
function connectSupervisor(listener: Listener): Tell {
  const parent = (process as unknown as { parentPort?: ParentPortLike }).parentPort;
  if (!parent) {
    const send = (envelope: Envelope) => {
      if (process.connected) process.send?.(envelope);
    };
    const { take, tell } = overOneChannel(send, listener);
    process.on('message', take);
    process.once('disconnect', () => void leave());
    return tell;
  }
  let tell: Tell = (message) => parent.postMessage(message);
  parent.on('message', ({ data, ports }) => {
    const port = ports[0];
    if ((data as { type?: string }).type !== 'port' || !port) return listener(data, ports);
    const serve = wrapMessagePort(port, 'foresight serve ended.');
    const channel = overOneChannel((envelope) => serve.post(envelope), listener);
    tell = channel.tell;
    serve.onMessage(channel.take);
    serve.onClose(() => void leave());
  });
  return (message) => tell(message);
}

function overOneChannel(send: (envelope: Envelope) => void, listener: Listener) {
  const ports = new IpcChildPorts(send);
  return {
    take: (envelope: unknown) => ports.receive(envelope as Envelope, listener),
    tell: ((message) => ports.post(message)) as Tell,
  };
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
    core?.then(
      (started) => {
        serveContract(started, port);
        port.start();
      },
      () => port.close(), // why there is no core has been told
    );
  }
});
const relay = relayHost(tell);

// Ctrl-C reaches the whole group of processes; the supervisor decides when the core ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void leave());
