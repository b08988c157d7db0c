import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type ErrorShape, ForesightError } from '../../shared/errors';
import { readAsset, rendererFolder } from '../installation/web-assets';
import { Supervisor } from '../processes/supervisor';
import { clientPort } from './client-port';
import { newToken, refusal, requestUrl, sameToken } from './guard';
import { listen, windowServer } from './http';
import { LIMITS } from './limits';
import { servePlatform } from './platform';

export interface ServeOptions {
  /** Workspace. */
  folder: string;
  version: string;
  /** Loopback port; any free one when left out. */
  port?: number;
  /** Folder of the built window, for tests. */
  assets?: string;
  /** After it served: the core will not come back; the caller says so and ends. */
  onFailed(error: ErrorShape): void;
}

export interface Served {
  /** To open in a browser on this machine, token included. */
  address: string;
  port: number;
  /** Process id of the core, for messages and tests; it changes when the core is started again. */
  corePid(): number | undefined;
  /** Emergency stop of every rig, past the core; `by` is who asked for it. */
  stop(by: string): void;
  /** Holds the rig, closes the log, ends every process. */
  close(): Promise<void>;
}

/**
 * `foresight serve`: the core in a process of its own and the window in a browser, over a WebSocket on loopback.
 * Resolves when a core serves the workspace.
 * @throws ForesightError `busy` when the port is taken, `unavailable` when the window has not been built, and whatever
 *   keeps the core from opening the workspace
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const assets = options.assets ?? rendererFolder();
  if (!(await readAsset(assets, '/'))) {
    throw new ForesightError(
      'unavailable',
      'The window has not been built, so there is nothing to serve.',
      'Run "npm run build" first.',
    );
  }
  const token = newToken();
  let onReady: () => void = () => {};
  let onFailed: (error: ErrorShape) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    onReady = resolve;
    onFailed = (error) => reject(ForesightError.fromShape(error));
  });
  const supervisor = new Supervisor(servePlatform(), {
    folder: options.folder,
    version: options.version,
    onReady: () => onReady(),
    // Their ports closed with the old core, so the browsers are connecting again already.
    onRestart: () => {},
    onFailed: (error) => onFailed(error),
  });
  const http = windowServer(assets);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.messageBytes,
    maxFragments: LIMITS.fragments,
    maxBufferedChunks: LIMITS.chunks,
  });
  http.on('upgrade', (request, socket, head) => {
    // Before anything else: the other side may be gone already.
    socket.on('error', () => {});
    const no = refusedSocket(request, token);
    if (no) return refuse(socket, 403, no);
    if (windows(sockets) >= LIMITS.clients) return refuse(socket, 503, 'Too many windows are open.');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      supervisor.attach(clientPort(webSocket, (by) => supervisor.stop(by)));
    });
  });
  const port = await listen(http, options.port ?? 0);
  const close = async () => {
    http.close();
    await supervisor.shutdown();
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    http.closeAllConnections();
  };
  try {
    await supervisor.start();
    await ready;
  } catch (thrown) {
    await close();
    throw thrown;
  }
  onFailed = options.onFailed;
  const address = `http://127.0.0.1:${port}/#token=${token}`;
  return {
    ...{ address, port, close },
    corePid: () => supervisor.corePid,
    stop: (by) => supervisor.stop(by),
  };
}

/** Those that have left may still be about to close. */
function windows(sockets: WebSocketServer): number {
  return [...sockets.clients].filter(({ readyState, OPEN }) => readyState === OPEN).length;
}

function refusedSocket(request: IncomingMessage, token: string): string | null {
  const no = refusal(request.headers);
  if (no) return no;
  const url = requestUrl(request);
  if (url?.pathname !== '/ws') return 'There is no such address.';
  if (request.headers.origin === undefined) return 'Only the window may connect here.';
  return sameToken(url.searchParams.get('token'), token) ? null : 'The token is not the one of this start.';
}

/** Says why and hangs up; who does not read it is hung up on. */
function refuse(socket: Duplex, status: 403 | 503, reason: string): void {
  const words = status === 403 ? 'Forbidden' : 'Service Unavailable';
  const late = setTimeout(() => socket.destroy(), LIMITS.goodbyeMs);
  socket.once('close', () => clearTimeout(late));
  socket.resume();
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${reason}\n`,
  );
}
