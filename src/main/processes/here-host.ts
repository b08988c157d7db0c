import type { ParentPortLike } from './child-port';
import { nodeHost } from './node-host';
import type { Host } from './port';
import { relayHost } from './relay';

/**
 * How the command line starts processes where it runs: by forking, or, inside the packaged program (where Electron
 * is the only Node there is), by asking Electron's main process.
 */
export function hostHere(): Host {
  here ??= findHost();
  return here;
}

/** One for all: what the main process answers is told apart by numbers that one relay counts. */
let here: Host | undefined;

function findHost(): Host {
  const parent = (process as unknown as { parentPort?: ParentPortLike }).parentPort;
  if (!parent) return nodeHost();
  const relay = relayHost((message) => parent.postMessage(message));
  parent.on('message', ({ data, ports }) => relay.take(data, ports));
  return relay.host;
}
