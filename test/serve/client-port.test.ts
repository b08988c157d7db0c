import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { clientPort } from '../../src/main/serve/client-port';
import { LIMITS } from '../../src/main/serve/limits';
import { takenMessage } from '../../src/shared/flow';
import { eventually } from '../eventually';

const servers: WebSocketServer[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

/** A browser, the port that the server makes of it, and who pressed its e-stop. */
async function connected(options: WebSocket.ClientOptions = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  await once(server, 'listening');
  const { port: number } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const browser = new WebSocket(`ws://127.0.0.1:${number}`, options);
  const opened = once(browser, 'open');
  const stops: string[] = [];
  const port = clientPort((await accepted)[0], (by) => stops.push(by));
  await opened;
  return { browser, port, stops };
}

it('says of every message to a browser that it has left, so that the core sends no faster', async () => {
  const { browser, port } = await connected();
  const taken = new Promise((resolve) => port.onMessage(resolve));
  const received = once(browser, 'message');
  port.post('{"an":"answer"}');
  expect(String((await received)[0])).toBe('{"an":"answer"}');
  expect(await taken).toBe(takenMessage('{"an":"answer"}'.length));
});

it('lets no browser say for itself what it has taken', async () => {
  const { browser, port } = await connected();
  const heard: unknown[] = [];
  port.onMessage((message) => heard.push(message));
  const closed = once(browser, 'close');
  browser.send('{"a":"call"}');
  browser.send(takenMessage(1e9));
  expect((await closed)[0]).toBe(1008);
  expect(heard).toEqual(['{"a":"call"}']);
});

it('passes an e-stop on whatever waits for the core, with the beginning of the name', async () => {
  const { browser, stops } = await connected();
  browser.send('{}'.repeat(LIMITS.waitingForCore / 4));
  browser.send(`!stop:${'Esc'.repeat(1000)}`);
  await eventually(() => expect(stops).toHaveLength(1));
  expect(stops[0]).toHaveLength(200);
});

it('obeys a flood of e-stops and then cuts it off', async () => {
  const { browser, stops } = await connected();
  const closed = once(browser, 'close');
  for (let i = 0; i <= LIMITS.stops; i += 1) browser.send('!stop:Esc');
  await closed;
  expect(stops).toHaveLength(LIMITS.stops + 1);
});

it('cuts off a browser for which more waits than a window ever sends, and none whose messages have left', async () => {
  const { browser, port } = await connected();
  const part = 'x'.repeat(LIMITS.waitingForCore / 4);
  const passing = port.onMessage((message) => port.passedOn?.(message));
  let passed = 0;
  port.onMessage(() => {
    passed += 1;
  });
  for (let i = 0; i < 10; i += 1) browser.send(part);
  await eventually(() => expect(passed).toBe(10));
  passing.dispose();
  const closed = once(browser, 'close');
  for (let i = 0; i < 5; i += 1) browser.send(part);
  await closed;
  expect(passed).toBeLessThan(15);
});

it('cuts off a browser whose empty messages wait for the core', async () => {
  const { browser, port } = await connected();
  let heard = 0;
  port.onMessage(() => {
    heard += 1;
  });
  const closed = once(browser, 'close');
  for (let i = 0; i < 10_000; i += 1) browser.send('');
  // The last thing it says: without a limit it would be heard, and the connection closed by the browser itself.
  browser.close(1000);
  expect((await closed)[0]).toBe(1006);
  expect(heard).toBeLessThan(10_000);
});

it('cuts off a browser that gives no sign of life, and no other', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const dead = await connected({ autoPong: false });
  const alive = await connected();
  const gone = once(dead.browser, 'close');
  for (let i = 0; i < 3; i += 1) {
    const answered = once(alive.browser, 'ping');
    vi.advanceTimersByTime(LIMITS.pingMs);
    await answered;
    // The answer has been heard once a message that was sent after it has.
    const heard = new Promise<void>((resolve) => {
      const listening = alive.port.onMessage(() => {
        listening.dispose();
        resolve();
      });
    });
    alive.browser.send('{}');
    await heard;
  }
  await gone;
  expect(alive.browser.readyState).toBe(alive.browser.OPEN);
});
