import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRigSession, type RigSession } from '../../src/main/control/rig-session';
import type { EntryName } from '../../src/main/processes/entry';
import { heard, heardOf } from '../../src/main/processes/heard';
import { IpcChildPorts, IpcParentPorts } from '../../src/main/processes/ipc-ports';
import { ToCore, ToSupervisor } from '../../src/main/processes/messages';
import { nodeHost } from '../../src/main/processes/node-host';
import type { Host, SpawnedProcess } from '../../src/main/processes/port';
import { relayHost } from '../../src/main/processes/relay';
import { workInTurn } from '../../src/main/processes/work-in-turn';
import { loadRig } from '../../src/main/rig';
import { eventually } from '../eventually';

beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
afterAll(() => void vi.restoreAllMocks());

const FIELDS = [
  'request',
  'episode',
  'controller',
  'rig',
  'actions',
  'id',
  'to',
  'ports',
  'path',
  'baudRate',
];

/** Whatever can be posted to another process: of the right type with the wrong rest, or nothing of the kind. */
function nonsense(types: readonly string[]): fc.Arbitrary<unknown> {
  const type = fc.constantFrom(...types);
  const rest = fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(fc.jsonValue(), fc.integer({ max: 3 })));
  return fc.oneof(
    fc.tuple(type, rest).map(([one, fields]) => ({ ...fields, type: one })),
    fc.jsonValue(),
    fc.constantFrom(Number.NaN, [1n, undefined], new Map(), new Date(0), new Uint8Array(5)),
  );
}

describe('a rig process', () => {
  let child: SpawnedProcess;
  let session: RigSession;
  let ended: string | undefined;
  beforeAll(async () => {
    const host: Host = {
      kind: 'node',
      spawn: async (entry, options) => {
        child = await nodeHost().spawn(entry, options);
        child.onClose((reason) => {
          ended = reason;
        });
        return child;
      },
    };
    const rig = await loadRig('cartpole-balance');
    session = await openRigSession(host, { rig, mode: 'lockstep', seed: 0 });
  });
  afterAll(() => session?.close());

  const types = [
    'open',
    'begin',
    'end',
    'controller',
    'plan',
    'next',
    'resume',
    'probe',
    'list-ports',
    'bytes',
  ];

  it('lives on whatever a core tells it, answers the next question and stops', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nonsense(types)), async (messages) => {
        for (const message of messages) child.post(message);
        expect((await session.hold()).phase).toBe('held');
      }),
      { numRuns: 60 },
    );
    expect(ended).toBeUndefined();
  });

  it('stops also when the rest of the message is none', async () => {
    await session.resume();
    expect(session.state.phase).toBe('ready');
    child.post({ type: 'stop', by: { not: 'a name' }, request: 'nor a number' });
    await eventually(() => expect(session.state.phase).toBe('stopped'));
  });
});

/** A process of ours, what it said, and how it ended. */
async function started(entry: EntryName) {
  const child = await nodeHost().spawn(entry, { label: entry });
  const said: unknown[] = [];
  const ended: string[] = [];
  child.onMessage((message) => said.push(message));
  child.onClose((reason) => ended.push(reason));
  return { child, said, ended };
}

describe.concurrent('every process of ours', () => {
  it.each([
    [
      'train-process',
      { type: 'evaluate', modelFile: '/none', episodes: [], horizons: [], nice: 0, threads: 1 },
      { type: 'failed' },
    ],
    ['learner-process', { type: 'begin', job: {} }, { type: 'failed' }],
    ['bare-timer', { type: 'report' }, null],
    [
      'core-process',
      { to: 0, data: { type: 'start', folder: '/dev/null/none', version: '1' } },
      { data: { type: 'failed' } },
    ],
  ] as const)('answers after a lot of nonsense: %s', async (entry, question, answer) => {
    const { child, said, ended } = await started(entry);
    const types = [
      'measure',
      'train',
      'unit',
      'check',
      'client',
      'spawned',
      'exited',
      'spawn-failed',
      'port',
    ];
    for (const message of fc.sample(nonsense(types), 200)) child.post(message);
    said.length = 0;
    child.post(question);
    const answered = () =>
      answer === null ? expect(said.at(-1)).toBeNull() : expect(said.at(-1)).toMatchObject(answer);
    await eventually(answered);
    expect(ended).toEqual([]);
    child.kill();
  });
});

describe('a core', () => {
  it('goes on whatever its rig process tells it', async () => {
    let say: (message: unknown) => void = () => {};
    const listeners = new Set<(message: unknown) => void>();
    const process: SpawnedProcess = {
      pid: 1,
      post: () => {},
      onMessage: (listener) => {
        listeners.add(listener);
        say = (message) => {
          for (const one of [...listeners]) one(message);
        };
        return { dispose: () => listeners.delete(listener) };
      },
      onClose: () => ({ dispose: () => {} }),
      close: () => {},
      kill: () => {},
    };
    const rig = await loadRig('cartpole-balance');
    const opening = openRigSession(
      { kind: 'node', spawn: async () => process },
      { rig, mode: 'lockstep', seed: 0 },
    );
    await eventually(() => expect(listeners.size).toBeGreaterThan(0));
    const types = ['opened', 'failed', 'awaiting', 'tick', 'ended', 'live', 'state', 'answer'];
    fc.assert(
      fc.property(nonsense(types), (message) => void say(message)),
      { numRuns: 300 },
    );
    const state = {
      phase: 'ready',
      reason: 'Ready.',
      readback: null,
      info: null,
      counters: {},
      error: null,
      jitter: null,
    };
    const info = { name: 'x', version: '1', link: 'y' };
    say({ type: 'opened', info, rig: 'r', mode: 'lockstep', state, halts: 0 });
    const session = await opening;
    fc.assert(
      fc.property(nonsense(types), (message) => void say(message)),
      { numRuns: 300 },
    );
    say({ type: 'state', state: { ...state, reason: 'Held.', phase: 'held' }, halts: 1 });
    expect(session.state.phase).toBe('held');
  });
});

describe('what starts processes for others', () => {
  it('hears only what it knows, on every way', () => {
    const types = [
      'spawn',
      'kill',
      'spawned',
      'spawn-failed',
      'exited',
      'start',
      'client',
      'shutdown',
      'port',
    ];
    const parent = new IpcParentPorts(() => {});
    const child = new IpcChildPorts(() => {});
    const relay = relayHost(() => {});
    const heardByParent: unknown[] = [];
    fc.assert(
      fc.property(nonsense(types), (message) => {
        relay.take(message, []);
        parent.receive(message, (said) => heardByParent.push(said));
        parent.receive({ to: 0, data: message, ports: 'none' }, (said) => heardByParent.push(said));
        child.receive(message, () => {});
        child.receive({ to: 3, data: message, closed: true }, () => {});
        const [request, order] = [heard(ToSupervisor, message, 'x'), heard(ToCore, message, 'x')];
        if (request) expect(typeof request.id).toBe('number');
        if (order?.type === 'start') expect(typeof order.folder).toBe('string');
      }),
      { numRuns: 500 },
    );
    for (const empty of [{ to: 0 }, { to: 0, closed: true }, { to: 0, ports: [1] }])
      parent.receive(empty, (said) => heardByParent.push(said));
    expect(heardByParent).toEqual([]);
    const spawn = { type: 'spawn', id: 1, entry: '../../evil', label: 'x', args: [] };
    expect(heard(ToSupervisor, spawn, 'x')).toBeUndefined();
    expect(heard(ToSupervisor, { ...spawn, entry: 'rig-process' }, 'x')).toMatchObject({ id: 1 });
  });

  it('says a few times that it did not understand, and then no more', () => {
    vi.mocked(console.error).mockClear();
    for (let i = 0; i < 100; i += 1) heardOf({ known: true }, i, 'a peer that floods');
    expect(vi.mocked(console.error).mock.calls).toHaveLength(3);
  });
});

describe('a thread', () => {
  it('works on after a message that is none, and after one that it cannot work on', async () => {
    const { port1, port2 } = new MessageChannel();
    const answers: unknown[] = [];
    const failed = (message: { type: string }) => {
      if (message.type === 'broken') throw new Error('nobody can be told');
      answers.push('failed');
    };
    const handle = async (message: { type: string }) => {
      if (message.type !== 'good') throw new Error('no');
      answers.push('done');
    };
    workInTurn(port1, { good: true, bad: true, broken: true }, handle, failed);
    for (const message of [
      null,
      5,
      {},
      { type: 'other' },
      { type: 'broken' },
      { type: 'bad' },
      { type: 'good' },
    ]) {
      port2.postMessage(message);
    }
    await eventually(() => expect(answers).toEqual(['failed', 'done']));
    port1.close();
  });
});
