import { afterEach, describe, expect, it } from 'vitest';
import type { FromRig } from '../../src/main/control/messages';
import { RigProcess } from '../../src/main/control/rig-server';
import type { ChildPort } from '../../src/main/processes/child-port';
import { nodeHost } from '../../src/main/processes/node-host';
import type { Port } from '../../src/main/processes/port';
import { loadRig } from '../../src/main/rig';
import { begin } from './memory-rig';
import { testPort } from './test-port';

const isHeld = (message: FromRig) =>
  message.type === 'state' && message.state.phase === 'held' && message.state.readback?.halted === true;

const running: RigProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((rig) => rig.shutDown(0, 'the test is over')));
});

async function openRig({ supervised }: { supervised: boolean }) {
  const core = testPort();
  const supervisor = testPort();
  let giveNewPort: (port: Port) => void = () => {};
  let exit: (code: number) => void = () => {};
  const exited = new Promise<number>((resolve) => {
    exit = resolve;
  });
  const child: ChildPort = {
    port: core.port,
    supervisor: supervised ? supervisor.port : null,
    onNewPort: (listener) => {
      giveNewPort = listener;
      return { dispose: () => {} };
    },
    host: nodeHost(),
  };
  running.push(new RigProcess(child, exit));
  const opened = core.hear((message) => message.type === 'opened');
  const rig = await loadRig('cartpole-balance', '');
  // Outlives any pause of a busy machine.
  rig.file.safety.watchdogSeconds = 10;
  core.say({ type: 'open', rig, mode: 'realtime', seed: 1 });
  await opened;
  const moving = core.hear((message) => message.type === 'tick' && message.step === 3);
  core.say({ type: 'begin', request: 1, ...begin() });
  await moving;
  return { core, supervisor, newPort: (port: Port) => giveNewPort(port), exited };
}

describe('a rig process whose core dies', () => {
  it('brings the rig to hold, read back from the device, and ends', async () => {
    const { core, exited } = await openRig({ supervised: false });
    const held = core.hear(isHeld);
    core.gone();
    await held;
    expect(await exited).toBe(0);
  });

  it('stays and holds under a supervisor, and answers to the new core that it brings', async () => {
    const { core, newPort } = await openRig({ supervised: true });
    const held = core.hear(isHeld);
    core.gone();
    await held;
    const next = testPort();
    newPort(next.port);
    expect(next.said).toMatchObject([
      { type: 'opened', rig: 'cartpole-balance', mode: 'realtime' },
      { type: 'state', state: { phase: 'held', reason: 'Held: the core of Foresight is gone.' } },
    ]);
    const resumed = next.hear((message) => message.type === 'answer');
    next.say({ type: 'resume', request: 5 });
    expect(await resumed).toMatchObject({ request: 5, error: null, state: { phase: 'ready' } });
  });

  it('hears the e-stop of the window past a core that says nothing', async () => {
    const { core, supervisor } = await openRig({ supervised: true });
    const ended = core.hear((message) => message.type === 'ended');
    supervisor.say({ type: 'stop', by: 'the window' });
    expect(await ended).toMatchObject({ reason: 'stopped', message: 'Emergency stop by the window.' });
  });

  it('opens a second rig for nobody', async () => {
    const { core } = await openRig({ supervised: false });
    const failed = core.hear((message) => message.type === 'failed');
    core.say({ type: 'open', rig: await loadRig('pendulum', ''), mode: 'realtime', seed: 1 });
    expect(await failed).toMatchObject({ error: { code: 'busy' } });
  });
});

describe('an e-stop pressed while the rig is being opened', () => {
  it('is carried out as soon as there is something to stop', async () => {
    const core = testPort();
    const child: ChildPort = {
      port: core.port,
      supervisor: null,
      onNewPort: () => ({ dispose: () => {} }),
      host: nodeHost(),
    };
    running.push(new RigProcess(child, () => {}));
    const stopped = core.hear(
      (message) =>
        message.type === 'state' && message.state.phase === 'stopped' && message.state.readback !== null,
    );
    core.say({ type: 'open', rig: await loadRig('cartpole-balance', ''), mode: 'lockstep', seed: 1 });
    core.say({ type: 'stop', by: 'the window' });
    expect(await stopped).toMatchObject({ state: { reason: 'Emergency stop by the window.' } });
  });
});
