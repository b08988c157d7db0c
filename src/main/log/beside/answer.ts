import { timingSafeEqual } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';
import type { Endpoint } from './endpoint';
import { encodeFrame, type Frame, FrameReader } from './frames';
import { type BesideMethod, decodeRequest } from './requests';

/** So many are heard at once; more are turned away. */
const MOST_CALLERS = 16;
/** A caller that says nothing for so long is cut off. */
const SILENCE_MS = 30_000;

const Asked = z.object({ token: z.string().max(200), request: z.unknown() });

export interface Answering {
  close(): Promise<void>;
}

/**
 * Answers other processes of this user: one request a connection, parsed by schema and with limits of size and time.
 * No caller ends or holds up the process: what goes wrong with one is told to that one.
 */
export function answerBeside(
  endpoint: Endpoint,
  answer: (method: BesideMethod, args: unknown[], bytes: number) => unknown,
  asError: (thrown: unknown) => ForesightError,
): Answering {
  const callers = new Set<Socket>();
  const server = createServer((socket) => {
    callers.add(socket);
    socket.once('close', () => callers.delete(socket));
    hear(socket, endpoint.token, answer, asError);
  });
  server.maxConnections = MOST_CALLERS;
  server.on('error', () => {}); // nobody can be asked then: the workspace is busy for others
  listen(server, endpoint.path);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of callers) socket.destroy();
      }),
  };
}

function listen(server: Server, path: string): void {
  if (process.platform === 'win32') {
    server.listen(path);
    return;
  }
  // One that is there is of a process that is gone: the workspace's lock is ours.
  rmSync(path, { force: true });
  server.listen(path, () => chmodSync(path, 0o600));
}

function hear(
  socket: Socket,
  token: string,
  answer: (method: BesideMethod, args: unknown[], bytes: number) => unknown,
  asError: (thrown: unknown) => ForesightError,
): void {
  const reader = new FrameReader((document) => requireToken(document, token));
  const say = (document: unknown) => {
    for (const part of encodeFrame({ document, body: new Uint8Array() })) socket.write(part);
    socket.end();
  };
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.on('error', () => {}); // a caller that is gone; 'close' follows
  const take = (part: Buffer) => {
    try {
      const frame = reader.push(part);
      if (frame === undefined) return;
      socket.off('data', take);
      const { method, args } = decodeRequest(requestIn(frame));
      say({ ok: true, value: answer(method, args, frame.body.byteLength) ?? null });
    } catch (thrown) {
      socket.off('data', take);
      say({ ok: false, error: asError(thrown).toShape() });
    }
  };
  socket.on('data', take);
}

function requestIn({ document, body }: Frame): Frame {
  return { document: (document as z.infer<typeof Asked>).request, body };
}

function requireToken(document: unknown, token: string): void {
  const asked = Asked.safeParse(document);
  const given = Buffer.from(asked.success ? asked.data.token : '');
  const wanted = Buffer.from(token);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new ForesightError(
    'wrong-use',
    'Whoever asks does not know the word of this workspace.',
    'Ask as somebody who may read the workspace.',
  );
}
