import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import WebSocket from 'ws';
import type { Contract } from '../../src/shared/contract';

const PROGRAM = fileURLToPath(new URL('serve-child.ts', import.meta.url));

export interface ServeProcess {
  child: ChildProcess;
  /** Without the token, as a browser names a page: http://127.0.0.1:1234. */
  origin: string;
  port: number;
  token: string;
  /** Process id of the core that serves now. */
  corePid(): Promise<number>;
  /** Ends it as Ctrl-C does. */
  close(): Promise<void>;
}

/** A real `foresight serve` on a workspace in `folder`, with a page of one line for a window. */
export async function startServe(folder: string): Promise<ServeProcess> {
  writeFileSync(join(folder, 'index.html'), '<title>Foresight</title>');
  const child = fork(PROGRAM, [join(folder, 'workspace'), folder], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.resume();
  const [first] = (await once(child, 'message')) as [{ address: string }];
  const { origin, port, hash } = new URL(first.address);
  return {
    ...{ child, origin, port: Number(port), token: hash.replace('#token=', '') },
    corePid: async () => {
      const answer = once(child, 'message') as Promise<[{ corePid: number }]>;
      child.send('corePid');
      return (await answer)[0].corePid;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

export async function openSocket({
  origin,
  token,
}: Pick<ServeProcess, 'origin' | 'token'>): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws?token=${token}`, { origin });
  await once(socket, 'open');
  return socket;
}

/** The contract over a socket, as the window speaks it. */
export function contractOver(socket: WebSocket): ContractRouterClient<Contract> {
  const port = {
    addEventListener: socket.addEventListener.bind(socket) as MessagePort['addEventListener'],
    postMessage: (data: string) => socket.send(data),
  };
  return createORPCClient(new RPCLink({ port }));
}
