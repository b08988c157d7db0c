import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import { LIMITS } from '../../src/main/serve/limits';
import { eventually } from '../eventually';
import { contractOver, openSocket, type ServeProcess, startServe } from './serve-process';

let folder: string;
let serve: ServeProcess;
let corePid: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foresight-attacks-'));
  serve = await startServe(folder);
  corePid = await serve.corePid();
});
afterAll(async () => {
  await serve?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The server and its core live on, and whoever asks properly is answered. */
async function expectHonestAnswers(): Promise<void> {
  expect(serve.child.exitCode ?? serve.child.signalCode).toBeNull();
  expect(await serve.corePid()).toBe(corePid);
  expect((await fetch(serve.origin)).status).toBe(200);
  // Windows that have just been reset may still count; a window tries again as well.
  const socket = await eventually(() => openSocket(serve));
  expect((await contractOver(socket).rig.status()).connected).toBe(false);
  socket.close();
}

/** Writes `bytes` to the server and resets the connection, or waits until the server hangs up or has answered. */
async function attack(bytes: string | Uint8Array, how: 'reset' | 'answer'): Promise<string> {
  const socket = await openTcp();
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  if (how === 'reset') socket.resetAndDestroy();
  else if (!socket.closed) await Promise.race([once(socket, 'close'), once(socket, 'data')]);
  socket.destroy();
  return answer;
}

async function openTcp(): Promise<Socket> {
  const socket = connect(serve.port, '127.0.0.1');
  socket.on('error', () => {}); // being cut off is one of the answers
  await once(socket, 'connect');
  return socket;
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const upgrade = (target: string, origin = serve.origin) =>
  `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${serve.port}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\n` +
  `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;
const rightTarget = () => `/ws?token=${serve.token}`;

describe('foresight serve under attack over HTTP', () => {
  it('answers a malformed request line with an upgrade header, without a token, and lives on', async () => {
    for (const target of ['//', '//[', 'http://[', '/ws?token=%', '*', '/ws', `${rightTarget()}#`]) {
      expect(await attack(upgrade(target), 'answer')).toMatch(/^HTTP\/1\.1 (4\d\d|503|101) /);
    }
    expect(await attack(`GET // HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 'answer')).toMatch(/^HTTP\/1\.1 404 /);
    await expectHonestAnswers();
  });

  it('lives on when an upgrade, refused or not, is reset after any number of bytes', async () => {
    for (const request of [upgrade('/ws?token=guess'), upgrade(rightTarget()), upgrade('/elsewhere')]) {
      const cuts = Array.from({ length: 12 }, (_, i) => Math.ceil(((i + 1) * request.length) / 12));
      await Promise.all(cuts.map((cut) => attack(request.slice(0, cut), 'reset')));
    }
    await expectHonestAnswers();
  });

  it('lives on whatever bytes come, in requests that are almost right and in none', async () => {
    const word = fc.constantFrom(
      ...[
        'GET ',
        'POST ',
        'CONNECT ',
        '/',
        '//',
        '/ws?token=',
        '%',
        ' HTTP/1.1',
        ' HTTP/9.9',
        '\r\n',
        '\n',
        ':',
      ],
      ...['Host: 127.0.0.1', 'Host: ', 'Origin: null', 'Upgrade: websocket', 'Connection: Upgrade', '\0'],
      ...[
        'Content-Length: 5',
        'Content-Length: -1',
        'Transfer-Encoding: chunked',
        'ffffffffff\r\n',
        'Expect: x',
      ],
      ...[
        'Sec-WebSocket-Key: x',
        'Sec-WebSocket-Version: 0',
        'Sec-WebSocket-Extensions: permessage-deflate; x=',
      ],
    );
    const almost = fc
      .array(word, { maxLength: 30 })
      .map((words) => new Uint8Array(Buffer.from(words.join(''), 'latin1')));
    const bytes = fc.oneof(almost, fc.uint8Array({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => void (await attack(sent, 'reset'))),
      { numRuns: 150 },
    );
    await expectHonestAnswers();
  });

  it('refuses headers without end, and more connections than a browser needs', async () => {
    expect(await attack(`GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, 'answer')).toMatch(
      /^HTTP\/1\.1 431 |^$/,
    );
    const idle = await Promise.all(Array.from({ length: 200 }, openTcp));
    for (const socket of idle) socket.resetAndDestroy();
    await expectHonestAnswers();
  });

  it('answers as many requests that come at once as a browser sends, and hangs up on more', async () => {
    const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${serve.port}\r\n\r\n`;
    const last = request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const answers = async (count: number) => {
      const socket = await openTcp();
      let answered = '';
      socket.on('data', (chunk: Buffer) => {
        answered += chunk.toString('latin1');
      });
      const closed = once(socket, 'close');
      socket.write(request.repeat(count - 1) + last);
      await closed;
      return answered.match(/HTTP\/1\.1 200 /g)?.length ?? 0;
    };
    expect(await answers(LIMITS.unanswered)).toBe(LIMITS.unanswered);
    expect(await answers(200)).toBeLessThanOrEqual(LIMITS.unanswered);
    await expectHonestAnswers();
  });

  it('ends a connection that asks on and on, after the answer to its last request', async () => {
    const socket = await openTcp();
    const closed = once(socket, 'close');
    let answered = '';
    let asked = 0;
    const ask = () => {
      asked += 1;
      if (asked <= LIMITS.requests + 10) {
        socket.write(`HEAD /none HTTP/1.1\r\nHost: 127.0.0.1:${serve.port}\r\n\r\n`);
      } else socket.end();
    };
    socket.on('data', (chunk: Buffer) => {
      answered += chunk.toString('latin1');
      if (answered.includes('\r\n\r\n')) {
        answered = '';
        ask();
      }
    });
    ask();
    await closed;
    expect(asked).toBeLessThanOrEqual(LIMITS.requests + 1);
    await expectHonestAnswers();
  });

  it('lets so many windows in and refuses more with a sentence', async () => {
    const open: WebSocket[] = [];
    for (const _ of Array(LIMITS.clients)) open.push(await eventually(() => openSocket(serve)));
    expect(await attack(upgrade(rightTarget()), 'answer')).toMatch(/^HTTP\/1\.1 503 .*Too many windows/s);
    for (const socket of open) socket.terminate();
    await expectHonestAnswers();
  });
});

/** A frame as a client sends it, or almost. */
function frame(
  payload: string | Uint8Array,
  { opcode = 1, fin = true, masked = true, rsv = 0, length = payload.length } = {},
): Uint8Array {
  const body = Buffer.from(payload as string);
  const size = length < 126 ? [length] : [127, ...bigEndian(length)];
  const mask = [1, 2, 3, 4];
  return Buffer.concat([
    Buffer.from([
      (fin ? 0x80 : 0) | (rsv << 4) | opcode,
      (size[0] ?? 0) | (masked ? 0x80 : 0),
      ...size.slice(1),
    ]),
    ...(masked ? [Buffer.from(mask), body.map((byte, i) => byte ^ (mask[i % 4] ?? 0))] : [body]),
  ]);
}

function bigEndian(length: number): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return [...bytes];
}

/** A connection that has been upgraded, as bytes. Who was reset before may still count as a window, so it may be refused. */
function openUpgraded(): Promise<Socket> {
  return eventually(async () => {
    const socket = await openTcp();
    socket.write(upgrade(rightTarget()));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain('101 Switching Protocols');
    return socket;
  });
}

/** Sends `frames` as raw bytes and resets, or reads until the server hangs up. */
async function attackSocket(frames: Uint8Array[], how: 'reset' | 'close frame'): Promise<string> {
  const socket = await openUpgraded();
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  for (const bytes of frames) socket.write(bytes);
  if (how === 'close frame') {
    socket.write(frame('\x03\xe8', { opcode: 8 }));
    if (!socket.closed) await once(socket, 'close');
  } else await new Promise((resolve) => socket.write('', resolve));
  socket.resetAndDestroy();
  return answer;
}

/** What the server hangs up with, on the wire: the close codes 1009 (too large) and 1008 (too many pieces). */
const [TOO_LARGE, TOO_MANY] = ['\x03\xf1', '\x03\xf0'];

const NONSENSE = [
  ...[
    '{}',
    'null',
    'text',
    '',
    '[]',
    '0',
    '"x"',
    '{"i":null}',
    '{"i":1}',
    '{"i":1,"p":null}',
    '{"i":1,"p":{}}',
  ],
  ...['{"i":1,"p":{"u":5}}', '{"i":1,"p":{"u":"http://["}}', '{"i":1,"p":{"u":"/"}}', '{"i":1,"t":3}'],
  ...[
    '{"i":1,"t":3,"p":{"e":"x"}}',
    '{"i":1,"t":4}',
    '{"i":{},"p":{"u":"/rig/status"}}',
    '!',
    '!taken:',
    '!x',
  ],
  ...['{"i":1,"p":{"u":"/rig/status","b":{"json":{},"meta":[[1,"__proto__","x"]]}}}'],
  ...['{"i":1,"p":{"u":"/rig/status","h":{"content-type":"multipart/form-data; boundary=x"}}}'],
  ...['{"i":1,"p":{"u":"/rig/stop","b":{"json":{"by":7}}}}', `${'['.repeat(100_000)}`],
];

describe('foresight serve under attack by whoever has the token', () => {
  it('lives on after each message that is none, and answers those that come after it', async () => {
    for (const message of NONSENSE) {
      const socket = await openSocket(serve);
      socket.on('error', () => {});
      socket.send(message);
      if (message.startsWith('!')) await once(socket, 'close');
      else expect((await contractOver(socket).rig.status()).connected).toBe(false);
      socket.terminate();
    }
    await expectHonestAnswers();
  });

  it('lives on whatever messages, fragments and broken frames come, and however they break off', async () => {
    const text = fc.oneof(fc.constantFrom(...NONSENSE), fc.string(), fc.json());
    const whole = text.map((words) => [frame(words)]);
    const binary = fc.uint8Array({ maxLength: 200 }).map((bytes) => [frame(bytes, { opcode: 2 })]);
    const fragments = fc
      .tuple(text, fc.boolean())
      .map(([words, ends]) => [
        frame(words.slice(0, 3), { fin: false }),
        frame(words.slice(3), { opcode: 0, fin: ends }),
      ]);
    const broken = fc
      .record({
        opcode: fc.integer({ min: 0, max: 15 }),
        fin: fc.boolean(),
        masked: fc.boolean(),
        rsv: fc.integer({ min: 0, max: 7 }),
        length: fc.constantFrom(0, 5, 125, 126, 70_000, 2 ** 31, 2 ** 53),
      })
      .map((how) => [frame('broken', how)]);
    const cut = whole.map(([bytes]) => [(bytes ?? new Uint8Array()).slice(0, -1)]);
    const frames = fc
      .array(fc.oneof(whole, binary, fragments, broken, cut), { maxLength: 6 })
      .map((list) => list.flat());
    await fc.assert(
      fc.asyncProperty(frames, async (sent) => void (await attackSocket(sent, 'reset'))),
      { numRuns: 120 },
    );
    await expectHonestAnswers();
  });

  it('hangs up on a message that is too large, by its length, in fragments without end, or in a name', async () => {
    const large = frame('x', { length: 20 * 2 ** 20 });
    expect(await attackSocket([large], 'close frame')).toContain(TOO_LARGE);
    const first = frame('x', { fin: false });
    const more = Array.from({ length: 1000 }, () => frame('x', { opcode: 0, fin: false }));
    expect(await attackSocket([first, ...more], 'close frame')).toContain(TOO_MANY);
    const socket = await openSocket(serve);
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.send(`!stop:${'x'.repeat(10 * 2 ** 20)}`);
    expect((await closed)[0]).toBe(1009);
    await expectHonestAnswers();
  });

  it('answers as many calls at once as a window has, and says of more that they are too many', async () => {
    const socket = await openSocket(serve);
    const api = contractOver(socket);
    const streams = await Promise.all(Array.from({ length: 100 }, () => api.rig.telemetry()));
    const refused: unknown = await api.rig.status().catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'FORESIGHT', data: { code: 'busy' } });
    await Promise.all(streams.map((stream) => stream.return(undefined)));
    await expect.poll(() => api.rig.status().catch(() => null)).toMatchObject({ connected: false });
    socket.close();
  });

  it('cuts off who asks on and on and reads nothing, and keeps its memory', async () => {
    const socket = await openUpgraded();
    socket.pause();
    const call = frame('{"i":1,"p":{"u":"/rig/status"}}');
    const calls = Buffer.concat(Array.from({ length: 1000 }, () => call));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    while (!socket.closed) {
      if (socket.write(calls)) continue;
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    await expectHonestAnswers();
  });
});
