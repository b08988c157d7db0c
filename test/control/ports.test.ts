import { describe, expect, it } from 'vitest';
import { measureBareTimer } from '../../src/main/control/bare-timer-client';
import { electronChildPort } from '../../src/main/processes/child-port';
import type { ToSupervisor } from '../../src/main/processes/messages';
import { nodeHost } from '../../src/main/processes/node-host';
import { PortEvents } from '../../src/main/processes/port-events';
import { type MessagePortLike, relayHost } from '../../src/main/processes/relay';

/** Two ends of a MessagePort as Electron has them. */
function channel(): [MessagePortLike, MessagePortLike] {
  const ends = [new PortEvents(), new PortEvents()] as const;
  const end = (own: PortEvents, other: PortEvents): MessagePortLike => ({
    on: (event: 'message' | 'close', listener: (event: { data: unknown }) => void) =>
      event === 'message'
        ? own.onMessage((data) => listener({ data }))
        : own.onClose(() => listener({ data: undefined })),
    postMessage: (message) => other.message(message),
    start: () => {},
    close: () => other.close('closed'),
  });
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}

describe('port events', () => {
  it('keeps messages in order until somebody listens, and tells a close to those who come later', async () => {
    const events = new PortEvents();
    events.message(1);
    events.message(2);
    const heard: unknown[] = [];
    events.onMessage((message) => heard.push(message));
    events.message(3);
    expect(heard).toEqual([1, 2, 3]);
    events.close('first');
    events.close('second');
    expect(await new Promise((resolve) => events.onClose(resolve))).toBe('first');
  });
});

describe('a child of an Electron process', () => {
  it("gets the core's port, and whatever else comes is the supervisor's", async () => {
    let say: (event: { data: unknown; ports: MessagePortLike[] }) => void = () => {};
    const asked: ToSupervisor[] = [];
    const pending = electronChildPort({
      on: (_event, listener) => {
        say = listener;
      },
      postMessage: (message) => asked.push(message as ToSupervisor),
    });
    const [ours, theirs] = channel();
    say({ data: { type: 'stop', by: 'the window' }, ports: [] });
    say({ data: { type: 'port' }, ports: [theirs] });
    const child = await pending;
    const fromSupervisor: unknown[] = [];
    child.supervisor?.onMessage((message) => fromSupervisor.push(message));
    expect(fromSupervisor).toEqual([{ type: 'stop', by: 'the window' }]);

    const fromCore: unknown[] = [];
    child.port.onMessage((message) => fromCore.push(message));
    ours.postMessage('hello');
    expect(fromCore).toEqual(['hello']);

    const newPort = new Promise((resolve) => child.onNewPort(resolve));
    ours.close();
    expect(await new Promise((resolve) => child.port.onClose(resolve))).toBe('The core is gone.');
    say({ data: { type: 'port' }, ports: [channel()[1]] });
    await newPort;

    const spawned = child.host.spawn('firmware-process', { label: 'Firmware' });
    expect(asked).toEqual([{ type: 'spawn', id: 1, entry: 'firmware-process', label: 'Firmware', args: [] }]);
    const [, toFirmware] = channel();
    say({ data: { type: 'spawned', id: 1, pid: 42 }, ports: [toFirmware] });
    expect((await spawned).pid).toBe(42);
    expect(fromSupervisor).toHaveLength(1);
  });
});

describe('a host that asks a supervisor', () => {
  it('tells why a process ended even when its port closes before the supervisor says so', async () => {
    const { host, take } = relayHost(() => {});
    const [far, near] = channel();
    const spawned = host.spawn('train-process', { label: 'Training' });
    take({ type: 'spawned', id: 1, pid: 7 }, [near]);
    const child = await spawned;
    const closed = new Promise((resolve) => child.onClose(resolve));
    far.close();
    take({ type: 'exited', id: 1, reason: 'Training ended with code 3.' }, []);
    expect(await closed).toBe('Training ended with code 3.');
  });

  it('rejects with the reason when the process cannot be started', async () => {
    const { host, take } = relayHost(() => {});
    const spawned = host.spawn('train-process', { label: 'Training' });
    take({ type: 'spawn-failed', id: 1, reason: 'no memory.' }, []);
    await expect(spawned).rejects.toThrow('The process "Training" could not be started: no memory.');
  });

  it('leaves words that are not its own to others', () => {
    const { take } = relayHost(() => {});
    expect(take({ type: 'stop' }, [])).toBe(false);
    expect(take('anything', [])).toBe(false);
    expect(take(undefined, [])).toBe(false);
  });
});

describe('the host of plain Node', () => {
  it('starts the bare timer in a process of its own, which measures its distance from the schedule', async () => {
    const timer = await measureBareTimer(nodeHost(), 0.005);
    let report = await timer.report();
    while ((report?.ticks ?? 0) < 50) report = await timer.report();
    timer.stop();
    expect(report?.p50).toBeGreaterThan(0);
    expect(report?.p99).toBeGreaterThanOrEqual(report?.p50 ?? Infinity);
    expect(report?.max).toBeGreaterThanOrEqual(report?.p99 ?? Infinity);
  });

  it('says how a process ended', async () => {
    const child = await nodeHost().spawn('bare-timer', { label: 'Timer' });
    const killed = new Promise((resolve) => child.onClose(resolve));
    child.kill();
    expect(await killed).toBe('Timer was killed by SIGKILL.');
    const other = await nodeHost().spawn('bare-timer', { label: 'Timer' });
    const closed = new Promise((resolve) => other.onClose(resolve));
    other.close();
    expect(await closed).toBe('Timer ended.');
    other.post({ type: 'report' });
  });
});
