import type { ParentPortLike } from '../processes/child-port';
import { IpcChildPorts } from '../processes/ipc-ports';
import type { Envelope, FromCore, ToSupervisor } from '../processes/messages';
import { type MessagePortLike, wrapMessagePort } from '../processes/relay';

type Listener = (message: unknown, ports: MessagePortLike[]) => void;
type Tell = (message: FromCore | ToSupervisor) => void;

/**
 * The supervisor is Electron's main process, or `foresight serve` at the other end of one channel: that of a fork,
 * or, when `serve` itself runs inside the packaged program, the port that Electron's main process brings from it.
 * When it is gone, every port that came from it closes, and then `onGone` is called.
 */
export function connectSupervisor(listener: Listener, onGone: () => void): Tell {
  const parent = (process as unknown as { parentPort?: ParentPortLike }).parentPort;
  if (!parent) {
    const channel = overOneChannel((envelope) => {
      // That nobody is there any more, 'disconnect' tells right after this.
      if (process.connected) process.send?.(envelope, undefined, undefined, () => {});
    }, listener);
    process.on('message', channel.take);
    process.once('disconnect', () => {
      channel.close();
      onGone();
    });
    return channel.tell;
  }
  let tell: Tell = (message) => parent.postMessage(message);
  parent.on('message', ({ data, ports }) => {
    const port = ports[0];
    if ((data as { type?: unknown } | null)?.type !== 'port' || !port) return listener(data, ports);
    const serve = wrapMessagePort(port, 'foresight serve ended.');
    const channel = overOneChannel((envelope) => serve.post(envelope), listener);
    tell = channel.tell;
    serve.onMessage(channel.take);
    serve.onClose(() => {
      channel.close();
      onGone();
    });
  });
  return (message) => tell(message);
}

function overOneChannel(send: (envelope: Envelope) => void, listener: Listener) {
  const ports = new IpcChildPorts(send);
  return {
    take: (envelope: unknown) => ports.receive(envelope, listener),
    tell: ((message) => ports.post(message)) as Tell,
    close: () => ports.closeAll(),
  };
}
