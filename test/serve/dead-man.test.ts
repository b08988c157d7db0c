import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import type { RigStatus } from '../../src/shared/telemetry';
import { patientRig } from '../rig/patient-rig';
import { contractOver, openSocket, type ServeProcess, startServe } from './serve-process';

/** Goes on until somebody ends it. */
const ENDLESS = { useTermination: false, maxSteps: 1_000_000 };

let folder: string;
let rig: string;
let serve: ServeProcess;
let watcher: Awaited<ReturnType<typeof openWindow>>;

/** A window in a browser: answers the beats while it is awake. */
async function openWindow() {
  const socket: WebSocket = await openSocket(serve);
  const client = contractOver(socket);
  const page = { awake: true };
  await new Promise<void>((resolve) => {
    const answer = async () => {
      for await (const { beat } of await client.app.beats()) {
        if (page.awake) await client.app.here({ beat });
        resolve();
      }
    };
    answer().catch(() => undefined); // its connection was cut
  });
  return { socket, client, page };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foresight-dead-man-'));
  serve = await startServe(folder);
  rig = patientRig(folder, 'pendulum');
});
afterAll(async () => {
  await serve?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  watcher = await openWindow();
  await watcher.client.rig.connect({ rig, mode: 'realtime' });
});
afterEach(async () => {
  await watcher.client.record.finish();
  watcher.socket.terminate();
});

/** Resolves with `null` when a recording has come this far, and with why the rig holds when it does before. */
async function atStep(step: number): Promise<string | null> {
  for await (const { activity, status } of await watcher.client.rig.telemetry()) {
    if (activity?.kind === 'recording' && activity.step >= step) return null;
    if (status && isHeld(status)) return status.link.reason;
  }
  throw new Error('the stream ended');
}

async function status(wanted: (status: RigStatus) => boolean): Promise<RigStatus> {
  for await (const batch of await watcher.client.rig.telemetry()) {
    if (batch.status && wanted(batch.status)) return batch.status;
  }
  throw new Error('the stream ended');
}

const isHeld = ({ link }: RigStatus) => link.phase === 'held' && link.readback?.halted === true;

async function lastEpisode() {
  const newest = async () => (await watcher.client.episodes.list({ limit: 1 })).episodes[0];
  await expect.poll(async () => (await newest())?.state).toBe('interrupted');
  const { summary, events } = await watcher.client.episodes.view({ id: (await newest())!.id });
  return { summary, said: events.map(({ message }) => message) };
}

const GONE = 'Held: the window that started it is gone.';
/** Also what a machine so busy that this very process is not heard for most of a second makes of it, as it should. */
const SILENT = 'Held: the window that started it no longer answers.';

/** A window that has started a recording, which has come to its tenth step; as often as this process goes unheard before. */
async function recordingWindow(more: { unattended?: boolean } = {}) {
  for (;;) {
    const starter = await openWindow();
    const started = starter.client.record.start({ ...ENDLESS, ...more });
    const refused = await started.then(
      () => null,
      (error: unknown) => (error as { data?: { next?: string } }).data?.next,
    );
    if (refused === null) {
      const held = await atStep(10);
      if (held === null) return starter;
      expect(held).toBe(SILENT);
    } else expect(refused).toContain('unattended');
    starter.socket.terminate();
    await atRest();
    await watcher.client.rig.resume();
  }
}

/** Resolves when nothing is being recorded any more. */
const atRest = () =>
  expect
    .poll(async () => (await watcher.client.episodes.list({})).episodes.map(({ state }) => state))
    .not.toContain('recording');

describe('a recording that a window started', () => {
  it('is held when the window is gone, and its episode is kept and says why', async () => {
    for (;;) {
      const starter = await recordingWindow();
      starter.socket.terminate();
      const { reason } = (await status(isHeld)).link;
      const { summary, said } = await lastEpisode();
      expect(summary).toMatchObject({ state: 'interrupted' });
      if (reason !== SILENT) {
        expect(reason).toBe(GONE);
        expect(summary.steps).toBeGreaterThanOrEqual(10);
        expect(said).toContain('Hold: the window that started it is gone.');
        return;
      }
      await watcher.client.rig.resume();
    }
  });

  it('is held when the window stands still although its connection is open', async () => {
    const starter = await recordingWindow();
    starter.page.awake = false;
    expect((await status(isHeld)).link.reason).toBe(SILENT);
    expect((await lastEpisode()).summary.state).toBe('interrupted');
    starter.socket.terminate();
  });

  it('goes on when it was asked to be unattended', async () => {
    const starter = await recordingWindow({ unattended: true });
    starter.socket.terminate();
    expect(await atStep(50)).toBeNull();
    expect((await watcher.client.rig.status()).link.phase).toBe('running');
  });

  it('does not care for another window that goes', async () => {
    const starter = await recordingWindow();
    const other = await openWindow();
    other.socket.terminate();
    // Two seconds at least, in which the one that is gone would have been missed.
    expect(await atStep(50)).toSatisfy((held) => held === null || held === SILENT);
    starter.socket.terminate();
    await status(isHeld);
  });

  it('is refused to a client that nobody would miss', async () => {
    const socket = await openSocket(serve);
    await expect(contractOver(socket).record.start(ENDLESS)).rejects.toMatchObject({
      data: { code: 'wrong-use', next: expect.stringContaining('unattended') },
    });
    socket.terminate();
  });
});
