import { afterEach, describe, expect, it, vi } from 'vitest';
import { measureBareTimer } from '../../src/main/control/bare-timer-client';
import type { OpenRequest, TickMessage } from '../../src/main/control/messages';
import { listPortsApart, probePortApart } from '../../src/main/control/ports-apart';
import { openRigSession, type RigSession } from '../../src/main/control/rig-session';
import { nodeHost } from '../../src/main/processes/node-host';
import type { Host, SpawnedProcess } from '../../src/main/processes/port';
import { loadRig } from '../../src/main/rig';
import type { LinkState } from '../../src/shared/telemetry';
import { begin } from './memory-rig';

const open: RigSession[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

/** With a watchdog that outlives any pause of a busy machine: what a standstill does is tested where it is meant. */
async function request(changes: Partial<OpenRequest> = {}, name = 'cartpole-balance'): Promise<OpenRequest> {
  const rig = await loadRig(name, '');
  rig.file.safety.watchdogSeconds = 10;
  return { rig, mode: 'lockstep', seed: 1, ...changes };
}

async function openSession(changes: Partial<OpenRequest> = {}, rig?: string): Promise<RigSession> {
  const session = await openRigSession(nodeHost(), await request(changes, rig));
  open.push(session);
  return session;
}

/** A host that shows the process it started, and its end. */
function watchedHost(): { host: Host; process: () => SpawnedProcess; ended: Promise<string> } {
  let spawned: SpawnedProcess | undefined;
  let tellEnd: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });
  return {
    host: {
      kind: 'node',
      spawn: async (entry, options) => {
        spawned = await nodeHost().spawn(entry, options);
        spawned.onClose(tellEnd);
        return spawned;
      },
    },
    process: () => {
      if (!spawned) throw new Error('nothing was started');
      return spawned;
    },
    ended,
  };
}

function state(session: RigSession, wanted: (state: LinkState) => boolean): Promise<LinkState> {
  if (wanted(session.state)) return Promise.resolve(session.state);
  return new Promise((resolve) => {
    const listening = session.onState((state) => {
      if (!wanted(state)) return;
      listening.dispose();
      resolve(state);
    });
  });
}

async function recordRandom(session: RigSession, steps: number, episode = 1) {
  const rows: unknown[] = [];
  const listeners = [
    session.onAwaiting(() => session.next(episode)),
    session.onTick((tick) => rows.push(tick)),
  ];
  const ended = new Promise((resolve) => listeners.push(session.onEnded(resolve)));
  await session.begin(begin({ episode, maxSteps: steps, resetSeed: 3 }));
  await ended;
  for (const listener of listeners) listener.dispose();
  return rows;
}

describe('a rig process', () => {
  it('gives the same rows for the same seeds, whichever process records them', async () => {
    const [a, b] = await Promise.all([openSession(), openSession()]);
    const first = await recordRandom(a, 40);
    expect(first).toHaveLength(41);
    expect(await recordRandom(b, 40)).toEqual(first);
  });

  it('runs plans in real time, and counts the ones that an artificially slow planner sends late', async () => {
    const session = await openSession({ mode: 'realtime' });
    let planId = 0;
    let late: (() => void) | undefined;
    const rows = new Promise<TickMessage[]>((resolve) => {
      const ticks: TickMessage[] = [];
      session.onTick((tick) => {
        ticks.push(tick);
        if (tick.last) return resolve(ticks);
        late?.();
        late = undefined;
        planId += 1;
        const plan = {
          episode: 1,
          planId,
          firstStep: tick.step + 1,
          actions: Array.from({ length: 10 }, () => [0]),
          planMs: 1,
        };
        // Every second plan comes when its first step has been taken, however slow the machine is; the others at once.
        if (tick.step % 2 === 1) late = () => session.plan(plan);
        else session.plan(plan);
      });
    });
    await session.begin(begin({ maxSteps: 30, controller: { kind: 'planned', missedPlansToHold: 100 } }));
    const ticks = await rows;
    // Nothing waited: every step has its row, and its action comes from a plan that reaches it.
    expect(ticks.map((tick) => tick.step)).toEqual(Array.from({ length: 31 }, (_, k) => k));
    const planned = ticks.slice(1, 30);
    for (const tick of planned) expect(tick.missed).toBe(tick.planOffset > 0 || tick.planId < 0);
    expect(planned.filter((tick) => tick.step % 2 === 0 && !tick.missed)).toEqual([]);
    const told = ticks.flatMap((tick) => tick.events).filter((event) => event.kind === 'missed-plan');
    expect(told).toHaveLength(planned.filter((tick) => tick.missed).length);
    expect(session.state.jitter?.ticks).toBeGreaterThan(0);
  });

  it('tells how late its ticks were, and so does a bare timer that runs beside it', async () => {
    const session = await openSession({ mode: 'realtime' });
    const timer = await measureBareTimer(nodeHost(), session.rig.file.periodSeconds);
    const ended = new Promise((resolve) => session.onEnded(resolve));
    await session.begin(begin({ maxSteps: 30 }));
    await ended;
    const told = { ticks: expect.any(Number), p50: expect.any(Number) };
    expect(session.state.jitter).toMatchObject(told);
    await expect.poll(() => timer.report()).toMatchObject(told);
    timer.stop();
  });

  it('stops in the middle of an episode, and obeys again after a resume', async () => {
    const session = await openSession({ mode: 'realtime' });
    const ended = new Promise<{ reason: string }>((resolve) => session.onEnded(resolve));
    const moving = new Promise<void>((resolve) => session.onTick((tick) => tick.step === 10 && resolve()));
    await session.begin(begin());
    await moving;
    const stopped = await session.stop('the test');
    expect(stopped).toMatchObject({
      phase: 'stopped',
      reason: 'Emergency stop by the test.',
      readback: { halted: true, torque: true, applied: [0] },
    });
    expect((await ended).reason).toBe('stopped');
    await expect(session.begin(begin({ episode: 2 }))).rejects.toMatchObject({ code: 'stopped' });
    await session.resume();
    await session.begin(begin({ episode: 3 }));
    expect(session.state.phase).toBe('running');
  });

  it('is told as lost with a sentence when it is killed, and its episode ends with a fault', async () => {
    const session = await openSession();
    await session.begin(begin());
    const ended = new Promise((resolve) => session.onEnded(resolve));
    process.kill(session.pid as number, 'SIGKILL');
    expect(await ended).toMatchObject({ episode: 1, reason: 'fault', error: { code: 'rig-gone' } });
    expect(session.state).toMatchObject({
      phase: 'lost',
      reason: expect.stringMatching(
        /killed by SIGKILL\. What it does now is not known; .* stops 10 s after the last command/,
      ),
      readback: null,
    });
    await expect(session.stop('the test')).rejects.toMatchObject({ code: 'rig-gone' });
    await expect(session.begin(begin({ episode: 2 }))).rejects.toMatchObject({ code: 'rig-gone' });
  });

  it('says at once why a rig cannot be opened', async () => {
    const wrong = await request({ mode: 'realtime' });
    wrong.rig.file.safety.watchdogSeconds = 0.01;
    await expect(openRigSession(nodeHost(), wrong)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/safety\.watchdogSeconds \(0\.01 s\) .* longer than periodSeconds/),
    });
  });

  it('looks at a serial port without a rig, and ends when it has', async () => {
    const { host, ended } = watchedHost();
    const [port] = await probePortApart(host, '/dev/there-is-none');
    expect(port).toMatchObject({ path: '/dev/there-is-none' });
    expect(await ended).toBe('Port search ended.');
  });

  it.runIf(process.platform === 'linux')('is not needed to list serial ports', async () => {
    const { host, process: child } = watchedHost();
    for (const port of await listPortsApart(host)) expect(port.path).not.toBe('');
    expect(child).toThrow();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('holds and ends by itself on %s', async (signal) => {
    const { host, process: child, ended } = watchedHost();
    const session = await openRigSession(host, await request({ mode: 'realtime' }));
    const states: LinkState[] = [];
    session.onState((state) => states.push(state));
    await session.begin(begin());
    process.kill(child().pid as number, signal);
    expect(await ended).toBe('Rig process of cartpole-balance ended.');
    expect(states).toContainEqual(
      expect.objectContaining({ phase: 'held', readback: expect.objectContaining({ halted: true }) }),
    );
  });
});

describe.skipIf(process.platform === 'win32')('a rig process that does not come to an end of opening', () => {
  it('is ended after its time, and the rig said to be not open', async () => {
    const { host, ended } = watchedHost();
    const stopped: Host = {
      ...host,
      // It answers as little as one that compiles a model without end.
      spawn: async (...what) => {
        const child = await host.spawn(...what);
        process.kill(child.pid ?? Number.NaN, 'SIGSTOP');
        return child;
      },
    };
    await expect(openRigSession(stopped, await request(), undefined, 0.1)).rejects.toMatchObject({
      code: 'rig-silent',
      message: '"Cart-pole, balance" was not open after 0.1 s.',
    });
    expect(await ended).toBe('Rig process of cartpole-balance was killed by SIGKILL.');
  });
});

describe.skipIf(process.platform === 'win32')('a rig process that does not answer', () => {
  it('is said to be so, with nothing claimed of the rig, until it is heard again', async () => {
    const session = await openSession({ mode: 'realtime' });
    const pid = session.pid ?? Number.NaN;
    process.kill(pid, 'SIGSTOP');
    try {
      const silent = await state(session, ({ reason }) =>
        reason.startsWith('The rig process has said nothing'),
      );
      expect(silent).toMatchObject({ readback: null, error: { code: 'rig-process-silent' } });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await state(session, ({ error }) => error === null)).toMatchObject({ phase: 'ready' });
  });
});

describe.skipIf(process.platform === 'win32')('a rig process with a defect', () => {
  it('holds, and ends with code 1', async () => {
    const { host, ended } = watchedHost();
    // No message makes it stumble, so the defect comes with a signal.
    const defect = "process.on('SIGUSR2', () => { throw new Error('a defect that the test made'); })";
    vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(defect)}`);
    const session = await openRigSession(host, await request({ mode: 'realtime' }));
    vi.unstubAllEnvs();
    const held = state(session, ({ phase, readback }) => phase === 'held' && readback?.halted === true);
    await session.begin(begin({ controller: { kind: 'planned', missedPlansToHold: 1e6 } }));
    process.kill(session.pid ?? Number.NaN, 'SIGUSR2');
    expect((await held).reason).toBe('Held: a defect in Foresight.');
    expect(await ended).toBe('Rig process of cartpole-balance ended with code 1.');
  });
});

describe('a rig process on a serial rig with simulated firmware', () => {
  it('reads a hold back from the firmware, and ends by itself when the core is pulled away', async () => {
    const { host, process: child, ended } = watchedHost();
    const session = await openRigSession(
      host,
      await request({ mode: 'realtime', port: 'simulated' }, 'cartpole-serial'),
    );
    const moving = new Promise<void>((resolve) => session.onTick((tick) => tick.step === 5 && resolve()));
    await session.begin(begin());
    await moving;
    const firstEnded = new Promise((resolve) => session.onEnded(resolve));
    const held = await session.hold();
    expect(held).toMatchObject({ phase: 'held', readback: { halted: true, torque: true } });
    expect(await firstEnded).toMatchObject({ episode: 1, reason: 'held' });
    await session.resume();
    await session.begin(begin({ episode: 2 }));
    await state(session, ({ phase }) => phase === 'running');
    // No signal and no kill: the channel closes, as it does when the core dies.
    child().close();
    expect(await ended).toBe('Rig process of cartpole-serial ended.');
  });

  it('is lost with a sentence when the firmware is unplugged', async () => {
    const session = await openSession({ mode: 'realtime', port: 'simulated' }, 'cartpole-serial');
    await session.begin(begin());
    const ended = new Promise((resolve) => session.onEnded(resolve));
    const { execFileSync } = await import('node:child_process');
    const firmware = execFileSync('pgrep', ['-P', String(session.pid)])
      .toString()
      .trim()
      .split('\n')
      .map(Number);
    for (const pid of firmware) process.kill(pid, 'SIGKILL');
    expect(await ended).toMatchObject({ reason: 'fault', error: { code: 'rig-gone' } });
    await state(session, ({ phase }) => phase === 'lost');
  });
});
