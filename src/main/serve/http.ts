import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ForesightError } from '../../shared/errors';
import { readAsset, securityHeaders } from '../installation/web-assets';
import { refusal, requestUrl } from './guard';
import { LIMITS } from './limits';

/**
 * The built window over HTTP, and nothing else; whoever asks for more gets a status and a sentence. Upgrades are the
 * caller's. No request, whole or broken off at any byte, throws out of here.
 */
export function windowServer(assets: string): Server {
  const waiting = new WeakMap<Socket, number>();
  const http = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.requestMs,
      requestTimeout: LIMITS.requestMs,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: LIMITS.idleMs,
    },
    (request, response) => {
      const { socket } = request;
      // Also the requests that came in one piece with the one that was too many.
      if (socket.destroyed) return;
      const count = (waiting.get(socket) ?? 0) + 1;
      if (count > LIMITS.unanswered) return void socket.destroy();
      waiting.set(socket, count);
      response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
      void answer(request, response, assets);
    },
  );
  http.maxRequestsPerSocket = LIMITS.requests;
  // The answer before this request said that it is the last; Node would refuse this one and wait for the next.
  http.on('dropRequest', (_request, socket) => socket.destroy());
  http.maxConnections = LIMITS.connections;
  // Also where not a single byte came. An upgraded connection has its own way of being asked.
  http.setTimeout(LIMITS.idleMs, (socket) => socket.destroy());
  // A connection that is reset, whatever it was at; that it is gone is all there is to know.
  http.on('connection', (socket) => socket.on('error', () => {}));
  return http;
}

async function answer(request: IncomingMessage, response: ServerResponse, assets: string): Promise<void> {
  const plain = (status: number, text: string) =>
    response
      .writeHead(status, { ...securityHeaders(), 'Content-Type': 'text/plain; charset=utf-8' })
      .end(`${text}\n`);
  response.on('error', () => {});
  // Nothing that we serve takes a body; whoever sends one need not be listened to any longer.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
    response.shouldKeepAlive = false;
  }
  try {
    const no = refusal(request.headers);
    if (no) return void plain(403, no);
    if (request.method !== 'GET' && request.method !== 'HEAD') return void plain(405, 'Only reading.');
    const url = requestUrl(request);
    const asset = url && (await readAsset(assets, url.pathname));
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
    if (response.headersSent) response.destroy();
    else plain(500, 'The file could not be read.');
  }
}

/** @throws ForesightError `busy` when the port is taken or not allowed */
export function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE' || cause.code === 'EACCES'
          ? new ForesightError(
              'busy',
              `Port ${port} cannot be listened on: ${cause.code === 'EACCES' ? 'not allowed' : 'something else uses it'}.`,
              'Choose another with --port, or leave it out to take any free one.',
              { cause },
            )
          : cause,
      );
    http.once('error', failed);
    http.listen(port, '127.0.0.1', () => {
      http.off('error', failed);
      // A connection that could not be accepted (too many open files): the next one may be.
      http.on('error', (error) => console.error(`A connection could not be accepted: ${error.message}`));
      resolve((http.address() as AddressInfo).port);
    });
  });
}
