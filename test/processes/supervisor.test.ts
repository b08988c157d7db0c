import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EntryName } from '../../src/main/processes/entry';
import type { Child, Platform } from '../../src/main/processes/process-keeper';
import { Supervisor } from '../../src/main/processes/supervisor';
import type { ErrorShape } from '../../src/shared/errors';
import { eventually } from '../eventually';

/** A process that does what the test says. */
class FakeChild implements Child<string> {
  readonly posted: { message: { type: string; [key: string]: unknown }; ports: string[] }[] = [];
  readonly listeners: ((message: unknown) => void)[] = [];
  readonly exits: ((reason: string, code: number | null) => void)[] = [];
  ended = false;
  disconnected = false;
  constructor(
    readonly entry: EntryName,
    readonly pid: number,
  ) {}
  post(message: unknown, ports: string[] = []): void {
    this.posted.push({ message: message as { type: string }, ports });
  }
  onMessage(listener: (message: unknown) => void): void {
    this.listeners.push(listener);
  }
  onExit(listener: (reason: string, code: number | null) => void): void {
    this.exits.push(listener);
  }
  kill(): void {
    this.end('killed');
  }
  say(message: unknown): void {
    for (const listener of this.listeners) listener(message);
  }
  end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    for (const exit of this.exits) exit(reason, 1);
  }
  types(): string[] {
    return this.posted.map(({ message }) => message.type);
  }
}

function fakePlatform() {
  const started: FakeChild[] = [];
  const platform: Platform<string> = {
    start: async (entry) => {
      const child = new FakeChild(entry, started.length + 1);
      started.push(child);
      return child;
    },
    connect: (child) => `way to ${child.pid}`,
    disconnect: (child) => {
      (child as FakeChild).disconnected = true;
      // A rig process holds and ends by itself when its way is cut.
      if ((child as FakeChild).entry === 'rig-process') (child as FakeChild).end('held and ended');
    },
  };
  return { platform, started, cores: () => started.filter(({ entry }) => entry === 'core-process') };
}

async function supervised(options: { backOffMs?: number[] } = {}) {
  const fake = fakePlatform();
  const restarts: number[] = [];
  const failures: ErrorShape[] = [];
  const supervisor = new Supervisor(fake.platform, {
    folder: '/lab',
    version: '1.2.3',
    onRestart: () => restarts.push(Date.now()),
    onFailed: (error) => failures.push(error),
    ...options,
  });
  await supervisor.start();
  return { ...fake, supervisor, restarts, failures };
}

const settle = () => eventually(() => {});
const spawn = (id: number, entry: EntryName) => ({ type: 'spawn', id, entry, label: entry, args: [] });

afterEach(() => vi.useRealTimers());

describe('the supervisor', () => {
  it('tells the core its workspace and keeps clients until it is ready', async () => {
    const { supervisor, cores } = await supervised();
    const [core] = cores();
    supervisor.attach('first');
    expect(core?.posted).toEqual([
      { message: { type: 'start', folder: '/lab', version: '1.2.3' }, ports: [] },
    ]);
    core?.say({ type: 'ready' });
    supervisor.attach('second');
    expect(core?.posted.slice(1)).toEqual([
      { message: { type: 'client' }, ports: ['first'] },
      { message: { type: 'client' }, ports: ['second'] },
    ]);
  });

  it('starts what the core asks for and gives it the way there', async () => {
    const { cores, started } = await supervised();
    cores()[0]?.say(spawn(7, 'rig-process'));
    await eventually(() => expect(cores()[0]?.types()).toContain('spawned'));
    const rig = started.find(({ entry }) => entry === 'rig-process');
    expect(cores()[0]?.posted.at(-1)).toEqual({
      message: { type: 'spawned', id: 7, pid: rig?.pid },
      ports: [`way to ${rig?.pid}`],
    });
    rig?.end('Rig ended with code 1.');
    expect(cores()[0]?.posted.at(-1)?.message).toEqual({
      type: 'exited',
      id: 7,
      reason: 'Rig ended with code 1.',
    });
  });

  it('says why something could not be started', async () => {
    const { cores, platform } = await supervised();
    platform.start = () => Promise.reject(new Error('no memory'));
    cores()[0]?.say(spawn(1, 'train-process'));
    await eventually(() =>
      expect(cores()[0]?.posted.at(-1)?.message).toEqual({
        type: 'spawn-failed',
        id: 1,
        reason: 'no memory',
      }),
    );
  });

  it('passes an e-stop to every rig process and to nothing else', async () => {
    const { cores, started, supervisor } = await supervised();
    for (const [id, entry] of ['rig-process', 'train-process', 'rig-process'].entries()) {
      cores()[0]?.say(spawn(id, entry as EntryName));
    }
    await eventually(() => expect(started).toHaveLength(4));
    await settle();
    supervisor.stop('the Esc key');
    const reached = started.filter((child) => child.types().includes('stop'));
    expect(reached.map(({ entry }) => entry)).toEqual(['rig-process', 'rig-process']);
    expect(reached[0]?.posted.at(-1)?.message).toEqual({ type: 'stop', by: 'the Esc key' });
  });

  it('starts a dead core again with a notice, and ends what the old one had started', async () => {
    const { cores, started, restarts } = await supervised({ backOffMs: [0] });
    cores()[0]?.say({ type: 'ready' });
    cores()[0]?.say(spawn(1, 'train-process'));
    cores()[0]?.say(spawn(2, 'rig-process'));
    await eventually(() => expect(started).toHaveLength(3));
    await settle();
    cores()[0]?.end('killed by SIGKILL');
    await eventually(() => expect(cores()).toHaveLength(2));
    expect(started.slice(1, 3).every((child) => child.ended && child.disconnected)).toBe(true);
    const notice = cores()[1]?.posted[0]?.message.notice as { message: string };
    expect(notice.message).toContain('The core ended unexpectedly and was started again');
    expect(restarts).toHaveLength(1);
  });

  it('gives up on a core that keeps dying, with a sentence', async () => {
    const { cores, failures } = await supervised({ backOffMs: [0, 0] });
    for (let death = 1; death <= 3; death += 1) {
      await eventually(() => expect(cores()).toHaveLength(death));
      await settle();
      cores().at(-1)?.end('Foresight core ended with code 1.');
    }
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toContain('ended 3 times within a minute');
    expect(cores()).toHaveLength(3);
  });

  it('does not start a core again that says it cannot serve the workspace', async () => {
    const { cores, failures } = await supervised({ backOffMs: [0] });
    const error = { code: 'busy', message: 'In use.', next: 'Close it.' };
    cores()[0]?.say({ type: 'failed', error });
    cores()[0]?.end('Foresight core ended.');
    await settle();
    expect(failures).toEqual([error]);
    expect(cores()).toHaveLength(1);
  });

  it('closes the core first and then whatever is left, once', async () => {
    const { cores, started, supervisor } = await supervised();
    cores()[0]?.say(spawn(1, 'rig-process'));
    await eventually(() => expect(started).toHaveLength(2));
    const closing = supervisor.shutdown();
    expect(supervisor.shutdown()).toBe(closing);
    expect(
      cores()[0]
        ?.types()
        .filter((type) => type === 'shutdown'),
    ).toHaveLength(1);
    expect(started[1]?.ended).toBe(false);
    cores()[0]?.end('Foresight core ended.');
    await closing;
    expect(started.every(({ ended }) => ended)).toBe(true);
    expect(cores()).toHaveLength(1);
  });

  it('kills a core that does not close', async () => {
    vi.useFakeTimers();
    const { cores, supervisor } = await supervised();
    const closing = supervisor.shutdown();
    await vi.advanceTimersByTimeAsync(60_000);
    await closing;
    expect(cores()[0]?.ended).toBe(true);
  });
});
