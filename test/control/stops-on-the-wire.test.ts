import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FromRig, ToRig } from '../../src/main/control/messages';
import { RigProcess } from '../../src/main/control/rig-server';
import { openRigSession } from '../../src/main/control/rig-session';
import type { ChildPort } from '../../src/main/processes/child-port';
import { nodeHost } from '../../src/main/processes/node-host';
import type { HostMessage } from '../../src/main/rig/drivers/microcontroller/protocol/messages';
import { begin } from './memory-rig';
import { testPort } from './test-port';
import { openWireRig, type WireRig } from './wire-rig';

let wire: WireRig;
beforeAll(async () => {
  wire = await openWireRig();
  // What a command lives: longer than any pause of a busy machine.
  wire.rig.file.safety.watchdogSeconds = 5;
});
afterAll(() => wire.dispose());

/** A rig process in this one, on the wire; what comes to it comes through its two ports. */
function startRigProcess() {
  const core = testPort();
  const supervisor = testPort();
  const child: ChildPort = {
    port: core.port,
    supervisor: supervisor.port,
    onNewPort: () => ({ dispose: () => {} }),
    host: nodeHost(),
  };
  let over: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  return { core, supervisor, ended, process: new RigProcess(child, () => over()) };
}
type Started = ReturnType<typeof startRigProcess>;

const isOpened = (message: FromRig) => message.type === 'opened';
const isStep = (wanted: number) => (message: FromRig) => message.type === 'tick' && message.step === wanted;
const plan = (episode: number): ToRig => ({
  type: 'plan',
  ...{ episode, planId: 99, firstStep: 0, planMs: 1, goodForSteps: 500 },
  actions: Array.from({ length: 500 }, () => [1]),
});
const PLANNED = { kind: 'planned', missedPlansToHold: 1000 } as const;

const open = ({ core }: Started) => {
  core.say({ type: 'open', rig: wire.rig, mode: 'realtime', port: wire.path, seed: 1 });
};
const opened = async (rig: Started) => {
  const done = rig.core.hear(isOpened);
  open(rig);
  await done;
};
const moving = async (rig: Started, step = 3) => {
  await opened(rig);
  const moved = rig.core.hear(isStep(step));
  rig.core.say({ type: 'begin', request: 1, ...begin() });
  await moved;
};

/** Moments of a rig's time line: each brings a rig process up to it. */
const MOMENTS: Record<string, (rig: Started) => Promise<void>> = {
  'before it is told to open anything': async () => {},
  'while the port is being opened': async (rig) => open(rig),
  'while the hello is on its way': async (rig) => {
    const asked = wire.told('helloRequest');
    wire.keepBack();
    open(rig);
    await asked;
  },
  'while the first hold is on its way': async (rig) => {
    const asked = wire.told('hold');
    open(rig);
    await asked;
  },
  'while the resume is being answered': async (rig) => {
    const asked = wire.told('resume');
    open(rig);
    await asked;
  },
  'when it has just been opened': opened,
  'in the turn in which an episode begins': async (rig) => {
    await opened(rig);
    rig.core.say({ type: 'begin', request: 1, ...begin() });
  },
  'while the reset is being answered': async (rig) => {
    await opened(rig);
    const asked = wire.told('reset');
    wire.keepBack();
    rig.core.say({ type: 'begin', request: 1, ...begin() });
    await asked;
  },
  'at the first step of an episode': (rig) => moving(rig, 0),
  'in the middle of an episode': (rig) => moving(rig, 5),
  'while a plan is followed': async (rig) => {
    await opened(rig);
    const moved = rig.core.hear(isStep(2));
    rig.core.say({ type: 'begin', request: 1, ...begin({ controller: PLANNED }) });
    rig.core.say(plan(1));
    await moved;
  },
  'between the end of an episode and the begin of the next': async (rig) => {
    await moving(rig);
    rig.core.say({ type: 'end', episode: 1 });
    const over = rig.core.hear(({ type }) => type === 'ended');
    rig.core.say({ type: 'begin', request: 2, ...begin({ episode: 2 }) });
    await over;
  },
  'in a jog': async (rig) => {
    await opened(rig);
    const moved = wire.told('command');
    rig.core.say({ type: 'controller', controller: { kind: 'jog', action: [0.5], seconds: 60 } });
    await moved;
  },
};

/** What can be asked for, and the way it comes. */
const STOPS: Record<string, (rig: Started) => void> = {
  'an e-stop past the core': ({ supervisor }) => supervisor.say({ type: 'stop', by: 'the window' }),
  'a hold': ({ core }) => core.say({ type: 'hold', request: 50 }),
  'a release': ({ core }) => core.say({ type: 'release', request: 50 }),
  'a disconnect': ({ core }) => core.say({ type: 'close' }),
  'a signal': ({ process }) => void process.signalled('SIGTERM'),
  'the end of the core': ({ core }) => core.gone(),
};

/** Everything that may still be on its way from before the stop, whoever sent it. */
function onItsWay({ core }: Started): void {
  core.say({ type: 'next', episode: 1 });
  for (const episode of [1, 2]) core.say(plan(episode));
  core.say({ type: 'controller', controller: { kind: 'jog', action: [1], seconds: 60 } });
  core.say({ type: 'begin', request: 90, ...begin({ episode: 9 }) });
  core.say({ type: 'resume', request: 91, seen: 0 });
  core.say({ type: 'begin', request: 92, ...begin({ episode: 10 }) });
}

const moves = (message: HostMessage) =>
  message.kind === 'resume' ||
  message.kind === 'reset' ||
  (message.kind === 'command' && Array.from(message.values).some((value) => value !== 0));

const CASES = Object.keys(MOMENTS).flatMap((moment, i) => {
  const kinds = Object.keys(STOPS);
  // Every kind at every other moment, every moment with at least two kinds of each sort of way.
  return kinds.filter((_, k) => (i + k) % 2 === 0).map((kind) => [kind, moment] as const);
});

describe('after a stop the wire carries no motion', () => {
  let rig: Started;
  beforeEach(() => {
    wire.forget();
    rig = startRigProcess();
  });
  afterEach(async () => {
    wire.letThrough();
    await rig.process.shutDown(0, 'the test is over');
    await rig.ended;
  });

  it.each(CASES)('%s, %s', async (kind, moment) => {
    await MOMENTS[moment]!(rig);
    // What was sent before is no matter; what the device hears of the stop is what counts from here on.
    wire.forget();
    const opening = !rig.core.said.some(isOpened);
    STOPS[kind]!(rig);
    onItsWay(rig);
    if (moment.startsWith('before') && kind !== 'a disconnect') open(rig);
    wire.letThrough();
    await rest(rig);
    const halts = wire.heard.findIndex(({ kind: said }) => said === 'hold' || said === 'release');
    const after = wire.heard.slice(Math.max(0, halts));
    expect(after.filter(moves)).toEqual([]);
    // While it was being opened nobody had moved it, and nobody does.
    if (opening) expect(wire.heard.filter(moves).filter(({ kind: said }) => said !== 'resume')).toEqual([]);
  });
});

it('an episode that is ended while its reset is being answered is called off by a hold on the wire', async () => {
  wire.forget();
  const rig = startRigProcess();
  await MOMENTS['while the reset is being answered']!(rig);
  wire.forget();
  const held = wire.told('hold');
  const answered = rig.core.hear((message) => message.type === 'answer' && message.request === 1);
  rig.core.say({ type: 'end', episode: 1 });
  // The device's answer to the reset never comes; that of the hold is not needed to call the begin off.
  await held;
  expect(await answered).toMatchObject({ error: { code: 'stopped' } });
  wire.letThrough();
  await rest(rig);
  expect(wire.heard.filter(moves)).toEqual([]);
  await rig.process.shutDown(0, 'the test is over');
  await rig.ended;
});

/** Until the device has confirmed its rest, half a dozen periods of its stream more; or until nothing can come any more. */
async function rest({ core, ended }: Started): Promise<void> {
  const isConfirmed = (message: FromRig) =>
    (message.type === 'state' || message.type === 'opened') && message.state.readback?.halted === true;
  const isFailed = (message: FromRig) => message.type === 'failed';
  const over = Promise.race([ended, core.said.some(isFailed) ? undefined : core.hear(isFailed)]);
  const newest = core.said.at(-1);
  if (!newest || !isConfirmed(newest)) await Promise.race([over, core.hear(isConfirmed)]);
  for (let k = 0; k < 6; k++) await Promise.race([over, wire.says(({ kind }) => kind === 'observation')]);
}

describe('a rig process that is suspended for longer than its last command lives', () => {
  it('sends the device nothing but a hold when it goes on, and says what happened', async () => {
    wire.forget();
    const rig = {
      ...wire.rig,
      file: { ...wire.rig.file, safety: { ...wire.rig.file.safety, watchdogSeconds: 1 } },
    };
    const session = await openRigSession(nodeHost(), { rig, mode: 'realtime', port: wire.path, seed: 1 });
    const moved = new Promise<void>((resolve) => session.onTick(({ step }) => step === 5 && resolve()));
    const over = new Promise<{ message: string; reason: string }>((resolve) => session.onEnded(resolve));
    const events: string[] = [];
    session.onTick((tick) => events.push(...tick.events.map(({ message }) => message)));
    await session.begin(begin());
    await moved;
    process.kill(session.pid!, 'SIGSTOP');
    await wire.says((message) => message.kind === 'status' && message.expired);
    wire.forget();
    process.kill(session.pid!, 'SIGCONT');
    const { message, reason } = await over;
    expect(reason).toBe('held');
    expect(message).toMatch(
      /^Ended by a hold: the control loop stood still for \d+\.\d\d s, longer than the watch/,
    );
    // The device's own word is an event of the episode only where it is read before the loop sees how long it stood still.
    expect(events.filter((said) => said.includes('stopped by itself')).length).toBeLessThan(2);
    await session.hold();
    expect(session.state).toMatchObject({ phase: 'held', readback: { halted: true } });
    expect(wire.heard.filter(({ kind }) => kind === 'command' || kind === 'resume')).toEqual([]);
    await session.close();
  });
});
