import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ReadingProcess } from '../../src/main/foreign/asking';
import { type Question, READY } from '../../src/main/foreign/messages';
import { RigInspector } from '../../src/main/inspection/inspector';
import type { RigQuestion } from '../../src/main/inspection/messages';
import { nodeHost } from '../../src/main/processes/node-host';
import type { SpawnedProcess } from '../../src/main/processes/port';
import { PortEvents } from '../../src/main/processes/port-events';
import { folderWith, rejection, smallRig, temporaryFolder, writeFiles } from '../rig/rig-helpers';

/** Bodies in bodies in bodies: minutes, or all the memory there is. */
const ENDLESS = `<mujoco><worldbody>${'<replicate count="200" offset="1 0 0">'.repeat(5)}
  <body><joint name="j"/><geom size="1"/></body>${'</replicate>'.repeat(5)}</worldbody></mujoco>`;
const FINE = `<mujoco><worldbody><body><joint name="j" axis="0 1 0"/><geom size="0.1" mass="1"/></body></worldbody>
  <actuator><motor name="m" joint="j"/></actuator></mujoco>`;
const TOO_MUCH = `<mujoco><asset><hfield name="h" nrow="30000" ncol="30000" size="1 1 1 1"/></asset>
  <worldbody><geom type="hfield" hfield="h"/></worldbody></mujoco>`;

/** An inspector whose processes the test sees. */
async function inspectorOf(
  userFolder: string,
  limits: Partial<ConstructorParameters<typeof RigInspector>[2]> = {},
) {
  const processes: SpawnedProcess[] = [];
  const host = nodeHost();
  const inspector = new RigInspector(
    {
      spawn: async (...what) => {
        const process = await host.spawn(...what);
        processes.push(process);
        return process;
      },
    },
    userFolder,
    { alone: 60, inList: 60, slow: 60, failed: 60, ...limits },
  );
  onTestFinished(() => inspector.close());
  return { inspector, processes };
}

const ended = (process: SpawnedProcess) => new Promise<string>((resolve) => void process.onClose(resolve));

describe('a rig that takes for ever to read', () => {
  it('is refused after its time, and its process is ended', async () => {
    const folder = await folderWith({ 'rig.json': smallRig(), 'm.xml': ENDLESS });
    const { inspector, processes } = await inspectorOf('', { alone: 1, inList: 1, slow: 1 });
    const error = await rejection(inspector.inspect(folder));
    expect(error.code).toBe('bad-file');
    expect(error.message).toBe(`The rig "${folder}" took longer than 1 s to read.`);
    expect(await ended(processes[0]!)).toContain('SIGKILL');
  });

  it('ends its process also when nobody is there to end it', async () => {
    const folder = await folderWith({ 'rig.json': smallRig(), 'm.xml': ENDLESS });
    const process = await nodeHost().spawn('rig-reading-process', { label: 'The process that reads rigs' });
    const over = ended(process);
    const asked: RigQuestion = { kind: 'read', rig: folder, userFolder: '' };
    process.post({ number: 1, asked, limitSeconds: 0.1 } satisfies Question<RigQuestion>);
    expect(await over).toContain('was killed by SIGKILL');
  });
});

describe('a list of rigs', () => {
  it('has every rig, whatever the ones before it took', async () => {
    const workspace = await temporaryFolder();
    await writeFiles(workspace, {
      'a-too-much/rig.json': smallRig(),
      'a-too-much/m.xml': TOO_MUCH,
      'b-fine/rig.json': smallRig(),
      'b-fine/m.xml': FINE,
      'c-formula/rig.json': smallRig({ task: { name: 't', reward: '-abs(p)', maxSteps: 20 } }),
      'c-formula/m.xml': FINE,
    });
    const { inspector, processes } = await inspectorOf(workspace);
    const rigs = await inspector.list();
    const problems = Object.fromEntries(
      rigs
        .filter(({ builtIn }) => !builtIn)
        .map(({ folder, problem }) => [folder.slice(workspace.length + 1), problem]),
    );
    expect(problems['a-too-much']).toContain('needs more than 1024 MB of memory');
    expect(problems['b-fine']).toBeNull();
    expect(problems['c-formula']).toContain('reward');
    expect(rigs.filter(({ builtIn }) => builtIn).every(({ problem }) => problem === null)).toBe(true);
    // One process for all of them, and none when it is closed.
    expect(processes).toHaveLength(1);
    const over = ended(processes[0]!);
    await inspector.close();
    await over;
    expect((await rejection(inspector.inspect('pendulum'))).code).toBe('cancelled');
  });
});

it('after one that took too long, the questions that follow share one process', async () => {
  const folder = await folderWith({ 'rig.json': smallRig(), 'm.xml': ENDLESS });
  const { inspector, processes } = await inspectorOf('', { alone: 0.1 });
  await rejection(inspector.inspect(folder));
  await Promise.all([inspector.list(), ended(processes[0]!)]);
  await inspector.list();
  expect(processes).toHaveLength(2);
});

it('a rig that was slow to read is not read again for a list until its folder changes', async () => {
  const workspace = await temporaryFolder();
  await writeFiles(workspace, { 'own/rig.json': smallRig(), 'own/m.xml': FINE });
  const { inspector, processes } = await inspectorOf(workspace, { slow: 0 });
  const first = await inspector.list();
  const over = ended(processes[0]!);
  processes[0]!.kill();
  await over;
  expect(await inspector.list()).toEqual(first);
  expect(processes).toHaveLength(1);
  await writeFiles(workspace, { 'own/m.xml': '<mujoco/>' });
  const again = await inspector.list();
  expect(processes).toHaveLength(2);
  expect(again.at(-1)?.problem).toContain('actions[0].actuator');
  expect(again.slice(0, -1)).toEqual(first.slice(0, -1));
});

it('a process that died between two questions is followed by another', async () => {
  const { inspector, processes } = await inspectorOf('');
  expect((await inspector.scene('pendulum')).joints).toEqual({ hinge: 'angle' });
  const over = ended(processes[0]!);
  processes[0]!.kill();
  await over;
  expect((await inspector.scene('pendulum')).joints).toEqual({ hinge: 'angle' });
  expect(processes).toHaveLength(2);
});

it('a rig that could not be read counts as such for a while and is then read again, though nothing in its folder changed', async () => {
  const workspace = await temporaryFolder();
  await writeFiles(workspace, { 'own/rig.json': smallRig(), 'own/m.xml': '<mujoco/>' });
  for (const [failed, started] of [
    [60, 1],
    [0, 2],
  ] as const) {
    const { inspector, processes } = await inspectorOf(workspace, { slow: 0, failed });
    const first = await inspector.list();
    expect(first.at(-1)?.problem).toContain('actions[0].actuator');
    const over = ended(processes[0]!);
    processes[0]!.kill();
    await over;
    expect(await inspector.list()).toEqual(first);
    expect(processes).toHaveLength(started);
  }
});

/** A process that does nothing by itself. */
function silentProcess() {
  const events = new PortEvents();
  const posted: Question<string>[] = [];
  let killed = false;
  const child: SpawnedProcess = {
    pid: 1,
    post: (message) => posted.push(message as Question<string>),
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => {},
    kill: () => {
      killed = true;
      events.close('It was killed.');
    },
  };
  return { child, posted, say: (message: unknown) => events.message(message), isKilled: () => killed };
}

describe('the time of a question', () => {
  const limits = { limitSeconds: 15, what: 'The file', next: 'Make it smaller.' };
  const readerOf = (child: SpawnedProcess) =>
    new ReadingProcess<string, string>(
      { spawn: async () => child },
      { entry: 'rig-reading-process', label: 'The process that reads rigs', idleSeconds: 1000 },
    );

  it('begins when its process has started and the questions before it are answered', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { child, posted, say, isKilled } = silentProcess();
    const reader = readerOf(child);
    const begun: string[] = [];
    const ask = (name: string) => reader.ask(name, { ...limits, begins: () => begun.push(name) });
    const [first, second] = [ask('first'), ask('second').catch((thrown: unknown) => thrown)];
    await vi.advanceTimersByTimeAsync(100_000);
    expect({ begun, posted, killed: isKilled() }).toEqual({ begun: [], posted: [], killed: false });
    say(READY);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(begun).toEqual(['first']);
    say({ number: posted[0]?.number, answer: 'read' });
    expect(await first).toBe('read');
    await vi.advanceTimersByTimeAsync(14_000);
    expect({ begun, killed: isKilled() }).toEqual({ begun: ['first', 'second'], killed: false });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await second).toMatchObject({
      code: 'bad-file',
      message: 'The file took longer than 15 s to read.',
    });
    expect(isKilled()).toBe(true);
  });

  it('is not that of a process that never starts, which says so of itself', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { child, isKilled } = silentProcess();
    const asked = rejection(readerOf(child).ask('a', limits));
    await vi.advanceTimersByTimeAsync(120_000);
    expect((await asked).code).toBe('unavailable');
    expect(isKilled()).toBe(true);
  });

  it('ends with its reader, also while the process starts', async () => {
    const { child, isKilled } = silentProcess();
    const reader = readerOf(child);
    const asked = rejection(reader.ask('a', limits));
    // What has no need to wait has then been done: the process is there.
    await new Promise((resolve) => setImmediate(resolve));
    await reader.close();
    expect((await asked).code).toBe('cancelled');
    expect(isKilled()).toBe(true);
  });
});
