import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Served, serve } from '../../src/main/serve/serve';
import { type ErrorShape, ForesightError } from '../../src/shared/errors';
import { contractOver, openSocket } from './serve-process';

let folder: string;
let served: Served;
let origin: string;
let token: string;
const failures: ErrorShape[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foresight-serve-'));
  writeFileSync(join(folder, 'index.html'), '<title>Foresight</title>');
  const options = { folder: join(folder, 'workspace'), version: '1.2.3', assets: folder };
  served = await serve({ ...options, onFailed: (error) => failures.push(error) });
  origin = `http://127.0.0.1:${served.port}`;
  token = new URL(served.address).hash.replace('#token=', '');
});
afterAll(async () => {
  await served?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Status that a connection attempt is refused with. */
async function refusedWith(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  socket.on('error', () => {}); // what is cut off after the refusal
  socket.terminate();
  return response.statusCode;
}

describe('foresight serve', () => {
  it('serves the window on loopback with its policies', async () => {
    const answer = await fetch(origin);
    expect(await answer.text()).toContain('Foresight');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${origin}/workspace/foresight.db`)).status).toBe(404);
    expect((await fetch(origin, { method: 'POST' })).status).toBe(405);
  });

  it('serves the contract over a WebSocket to whoever has the token', async () => {
    const socket = await openSocket({ origin, token });
    const info = await contractOver(socket).app.info();
    expect(info).toMatchObject({ version: '1.2.3', workspace: join(folder, 'workspace'), host: 'node' });
    socket.close();
  });

  it('refuses a wrong token, a foreign page, a foreign host and another path', async () => {
    const right = `/ws?token=${token}`;
    expect(await refusedWith('/ws?token=guess', { Origin: origin })).toBe(403);
    expect(await refusedWith('/ws', { Origin: origin })).toBe(403);
    expect(await refusedWith(right, { Origin: 'http://example.com' })).toBe(403);
    expect(await refusedWith(right, {})).toBe(403);
    expect(await refusedWith(right, { Host: 'rebind.example', Origin: 'http://rebind.example' })).toBe(403);
    expect(await refusedWith(`/other?token=${token}`, { Origin: origin })).toBe(403);
  });

  it('starts a killed core again and tells the clients that come back', async () => {
    const socket = await openSocket({ origin, token });
    await contractOver(socket).app.info();
    const closed = once(socket, 'close');
    const before = served.corePid();
    process.kill(before as number, 'SIGKILL');
    expect((await closed)[0]).toBe(1012);
    const again = await openSocket({ origin, token });
    const api = contractOver(again);
    await api.app.info();
    expect(served.corePid()).not.toBe(before);
    const notices = await api.app.notices();
    const { value } = await notices.next();
    expect(value).toMatchObject({ level: 'error', message: expect.stringContaining('was started again') });
    again.close();
    expect(failures).toEqual([]);
  });

  it('says so when its port is taken', async () => {
    const options = { folder, version: '1', assets: folder, port: served.port, onFailed: () => {} };
    const failed = await serve(options).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(ForesightError);
    expect(failed).toMatchObject({ code: 'busy', message: expect.stringContaining(String(served.port)) });
  });

  it('says so when the workspace is in use', async () => {
    const options = { folder: join(folder, 'workspace'), version: '1', assets: folder, onFailed: () => {} };
    const failed = await serve(options).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code: 'busy', message: expect.stringContaining('in use') });
  });

  it('says so when the window has not been built', async () => {
    const options = { folder, version: '1', assets: join(folder, 'none'), onFailed: () => {} };
    expect(await serve(options).catch((thrown: unknown) => thrown)).toMatchObject({ code: 'unavailable' });
  });
});
