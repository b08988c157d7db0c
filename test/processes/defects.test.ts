import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type WebSocket from 'ws';
import { eventually } from '../eventually';
import { contractOver, openSocket, type ServeProcess, startServe } from '../serve/serve-process';

/** Loaded by every process of the family: the signals are the defects that nobody catches. */
const DEFECTS = `
  process.on('SIGUSR2', () => { throw new Error('a defect that the test made'); });
  process.on('SIGWINCH', () => { Promise.reject(new Error('a promise that the test broke')); });
`;

let folder: string;
let serve: ServeProcess;
let socket: WebSocket;
let api: ReturnType<typeof contractOver>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foresight-defects-'));
  vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(DEFECTS)}`);
  serve = await startServe(folder);
  socket = await openSocket(serve);
  api = contractOver(socket);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  socket?.close();
  await serve?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(process.platform === 'win32')('what nobody caught', () => {
  it.each([
    ['an error in the core', 'core', 'SIGUSR2'],
    ['a broken promise in the core', 'core', 'SIGWINCH'],
    ['an error in foresight serve', 'serve', 'SIGUSR2'],
    ['a broken promise in foresight serve', 'serve', 'SIGWINCH'],
  ] as const)('stops the rig, is said, and ends nothing: %s', async (_what, where, signal) => {
    await api.rig.connect({ rig: 'cartpole-balance', mode: 'realtime' });
    expect((await api.rig.status()).link.phase).toBe('ready');
    const corePid = await serve.corePid();
    process.kill(where === 'core' ? corePid : (serve.child.pid ?? Number.NaN), signal);
    await eventually(async () => expect((await api.rig.status()).link.phase).toBe('stopped'));
    expect((await api.rig.status()).link.reason).toContain('a defect in Foresight');
    expect(serve.child.exitCode).toBeNull();
    expect(await serve.corePid()).toBe(corePid);
    if (where === 'serve') return;
    const notices = await api.app.notices();
    const { value } = await notices.next();
    await notices.return(undefined);
    expect(value).toMatchObject({ level: 'error', message: expect.stringContaining('that the test') });
  });
});
