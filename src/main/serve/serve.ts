import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { type ErrorShape, ForesightError } from '../../shared/errors';
import { readAsset, rendererFolder, securityHeaders } from '../installation/web-assets';
import type { Port } from '../processes/port';
import { PortEvents } from '../processes/port-events';
import { Supervisor } from '../processes/supervisor';
import { newToken, refusal, sameToken } from './guard';
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
  /** Holds the rig, closes the log, ends every process. */
  close(): Promise<void>;
}

/** A browser that takes nothing for so long that this much waits for it is cut off; it connects again by itself. */
const MOST_WAITING_BYTES = 64 * 2 ** 20;
/** Largest message from a browser. */
const MOST_MESSAGE_BYTES = 16 * 2 ** 20;
/** "Service restart": the window tries again at once. */
const GOING_AWAY = 1012;
const STOP_FRAME = '!stop:';

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
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES });
  const http = createServer((request, response) => void answer(request, response, assets));
  http.on('upgrade', (request, socket, head) => {
    const no = refusal(request.headers) ?? refusedSocket(request, token);
    if (no) return refuse(socket, no);
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
  return { address, port, corePid: () => supervisor.corePid, close };
}

async function answer(request: IncomingMessage, response: ServerResponse, assets: string): Promise<void> {
  const plain = (status: number, text: string) =>
    response
      .writeHead(status, { ...securityHeaders(), 'Content-Type': 'text/plain; charset=utf-8' })
      .end(`${text}\n`);
  const no = refusal(request.headers);
  if (no) return void plain(403, no);
  if (request.method !== 'GET' && request.method !== 'HEAD') return void plain(405, 'Only reading.');
  try {
    const asset = await readAsset(assets, new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    if (!asset) return void plain(404, 'There is no such file.');
    response.writeHead(200, {
      ...securityHeaders(),
      'Content-Type': asset.type,
      'Content-Length': asset.body.length,
      'Cache-Control': 'no-cache',
    });
    response.end(request.method === 'HEAD' ? undefined : asset.body);
  } catch (thrown) {
    console.error(thrown);
    plain(500, 'The file could not be read.');
  }
}

function refusedSocket(request: IncomingMessage, token: string): string | null {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname !== '/ws') return 'There is no such address.';
  if (request.headers.origin === undefined) return 'Only the window may connect here.';
  return sameToken(url.searchParams.get('token'), token) ? null : 'The token is not the one of this start.';
}

function refuse(socket: Duplex, reason: string): void {
  socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${reason}\n`);
}

/** A browser as a port to the core; its e-stop frames go to `stop` and never reach the core. */
function clientPort(socket: WebSocket, stop: (by: string) => void): Port {
  const events = new PortEvents();
  socket.on('message', (data: RawData, binary: boolean) => {
    if (binary) return events.message(new Uint8Array(data as Buffer));
    const text = data.toString();
    if (text.startsWith(STOP_FRAME)) stop(text.slice(STOP_FRAME.length));
    else events.message(text);
  });
  socket.on('close', () => events.close('The browser went away.'));
  // 'close' follows and is what counts.
  socket.on('error', () => {});
  return {
    post: (message) => {
      if (socket.bufferedAmount > MOST_WAITING_BYTES) return socket.terminate();
      if (socket.readyState === socket.OPEN) socket.send(message as string | Uint8Array);
    },
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => socket.close(GOING_AWAY, 'The core was ended.'),
  };
}

function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE' || cause.code === 'EACCES'
          ? new ForesightError(
              'busy',
              `Port ${port} cannot be listened on: ${cause.code === 'EACCES' ? 'not allowed' : 'something else uses it'}.`,
              'Choose another with --port, or leave it out to take any free one.',
              { cause },
            )
          : cause,
      ),
    );
    http.listen(port, '127.0.0.1', () => resolve((http.address() as AddressInfo).port));
  });
}
