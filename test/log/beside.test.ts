import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { columnOption, readCsvEpisodes } from '../../src/main/formats/csv';
import { type Log, openLog } from '../../src/main/log';
import { type Answering, answerBeside } from '../../src/main/log/beside/answer';
import { askHolder, NOBODY } from '../../src/main/log/beside/ask';
import { type Endpoint, newEndpoint } from '../../src/main/log/beside/endpoint';
import { encodeFrame, FrameReader } from '../../src/main/log/beside/frames';
import { decodeRequest, encodeRequest } from '../../src/main/log/beside/requests';
import { copyRows, emptyColumns } from '../../src/main/log/chunks';
import { asLogError } from '../../src/main/log/failures';
import { readHolder } from '../../src/main/log/lock';
import type { ModelRecord, WholeEpisode } from '../../src/main/log/types';
import type { EpisodeColumns } from '../../src/shared/episode';
import { temporaryFolder } from './folder';

const HINGE = fileURLToPath(new URL('../fixtures/hinge.csv', import.meta.url));

async function hinge(): Promise<WholeEpisode[]> {
  const { episodes } = await readCsvEpisodes({
    files: [HINGE],
    rig: 'hinge',
    mapping: {
      time: 'time',
      observations: [columnOption('q:rad:angle'), columnOption('dq:rad/s')],
      actions: [columnOption('tau:N m')],
    },
    periodSeconds: 0.02,
  });
  return episodes;
}

const model: ModelRecord = {
  ...{ hash: 'ab'.repeat(32), name: 'first', createdAt: 17, rig: 'hinge', options: { members: 5 } },
  ...{ metrics: [1, null], evaluation: null, episodes: [1] },
};

interface Holder {
  child: ChildProcess;
  said: string[];
  /** Resolves with the next line that begins so. */
  hear(beginning: string): Promise<string>;
  close(): Promise<void>;
}

const holders: Holder[] = [];
afterEach(async () => {
  for (const { child } of holders.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Another process that has the workspace open and records into it. */
async function startHolder(folder: string): Promise<Holder> {
  const script = fileURLToPath(new URL('holder-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const waiting = new Set<() => void>();
  if (child.stdout === null) throw new Error('no pipe');
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    for (const look of waiting) look();
  });
  const hear = (beginning: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = said.findIndex((line) => line.startsWith(beginning));
        if (found < 0) return;
        waiting.delete(look);
        resolve(said.splice(found, 1)[0] ?? '');
      };
      waiting.add(look);
      look();
    });
  const close = async () => {
    child.stdin?.write('close\n');
    await once(child, 'exit');
  };
  const holder = { child, said, hear, close };
  holders.push(holder);
  await hear('ready');
  return holder;
}

const PICTURE = {
  camera: 0,
  sequence: 3,
  hostSeconds: 0.5,
  deviceSeconds: 9.5,
  data: Uint8Array.of(1, 2, 3),
};

/** As an import does: its rows in two parts, then its pictures. */
async function addBeside(
  log: Log,
  { episode, columns, notes = [], ...rest }: WholeEpisode,
): Promise<number[]> {
  const cameras = [{ name: 'side', width: 4, height: 3, rate: 25 }];
  const id = await log.stageEpisode({ ...episode, cameras });
  const layout = { observations: episode.observations.length, actions: episode.actions.length };
  const cut = Math.min(1024, columns.rows);
  const part = (from: number, to: number): EpisodeColumns => {
    const some = emptyColumns(to - from, layout);
    copyRows(columns, layout, { from, to }, some, 0);
    return some;
  };
  await log.stageRows(id, 0, part(0, cut));
  if (cut < columns.rows) await log.stageRows(id, cut, part(cut, columns.rows));
  await log.stageFrames(id, [PICTURE]);
  return log.commitStaged([{ id, ...rest, notes }], 'Imported 1 episode');
}

describe('a workspace that another process has open', () => {
  it('takes an import, a model, deletions and undo beside a recording, which keeps its rows', async () => {
    const folder = temporaryFolder();
    const holder = await startHolder(folder);
    const log = await openLog(folder, { beside: true });

    expect((await log.columns(1)).rows).toBe(60);
    const [added] = await hinge();
    const [id = 0] = await addBeside(log, { ...added!, notes: ['A remark.'] });
    await holder.hear('changed');
    expect(await log.episode(id)).toMatchObject({ source: 'import', rig: 'hinge', return: null });
    const columns = await log.columns(id);
    expect(await log.frames(id, 0, 0, 9)).toEqual([PICTURE]);
    expect(columns.observations).toEqual(added?.columns.observations);
    expect(columns.actions).toEqual(added?.columns.actions);
    expect(columns.reward).toEqual(added?.columns.reward);
    expect((await log.events(id)).map((event) => event.message)).toContain('A remark.');
    expect(await log.check()).toMatchObject({ damage: [], database: [], unchecked: 0 });

    await log.addModel(model);
    await log.updateModel(model.hash, { evaluation: { rmse: 0.5 } });
    expect(await log.models()).toEqual([{ ...model, evaluation: { rmse: 0.5 } }]);
    const policy = {
      ...{ hash: model.hash, name: 'pole', createdAt: 17, rig: 'hinge', summary: { steps: 5 } },
      evaluation: null,
    };
    await log.addPolicy(policy);
    await log.updatePolicy(policy.hash, { evaluation: { mean: 1 } });
    expect(await log.policies()).toEqual([{ ...policy, evaluation: { mean: 1 } }]);
    await log.updatePolicy(policy.hash, { removed: true });
    expect(await log.policies()).toEqual([]);
    await log.updatePolicy(policy.hash, { removed: false });
    expect(await log.policies()).toHaveLength(1);
    await log.deleteEpisodes([1]);
    await log.restoreEpisodes([1]);
    expect(await log.undo()).toBe('Brought back episode 1');
    expect(await log.undo()).toBe('Deleted episode 1');
    await expect(log.deleteEpisodes([99])).rejects.toMatchObject({ code: 'not-found' });
    await expect(log.beginEpisode({ ...added!.episode, source: 'random' })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('cannot be recorded into'),
    });

    await holder.close();
    expect(await holder.hear('kept')).toBe('kept complete true');
    expect(holder.said.filter((line) => line.startsWith('failure'))).toEqual([]);
    await log.close();
  });

  it('that ended or was killed meanwhile is written here, and nothing is lost', async () => {
    const folder = temporaryFolder();
    const holder = await startHolder(folder);
    const log = await openLog(folder, { beside: true });
    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    await log.addModel(model);
    const [added] = await hinge();
    const ids = await addBeside(log, added!);
    expect(ids).toHaveLength(1);
    await log.close();
    const after = await openLog(folder);
    expect(await after.models()).toEqual([model]);
    expect(await after.episodes({ source: 'import' })).toHaveLength(1);
    await after.close();
  });

  it('is opened for writing where nobody has it', async () => {
    const folder = temporaryFolder();
    const log: Log = await openLog(folder, { beside: true });
    const [added] = await hinge();
    expect(await addBeside(log, added!)).toEqual([1]);
    await log.close();
  });

  it.skipIf(process.platform === 'win32')('can be asked by nobody but its user', async () => {
    const folder = temporaryFolder();
    await startHolder(folder);
    const path = readHolder(join(folder, 'foresight.lock'))?.endpoint?.path ?? '';
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });
});

describe('what answers beside an open window', () => {
  const answering: Answering[] = [];
  afterEach(async () => {
    await Promise.all(answering.splice(0).map((one) => one.close()));
  });

  function listenIn(heard: unknown[] = []): Endpoint {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const endpoint = newEndpoint(folder);
    if (endpoint === undefined) throw new Error('no place for a socket');
    const answer = (method: string, args: unknown[]) => {
      heard.push([method, ...args]);
      return method === 'undo' ? 'Deleted episode 1' : null;
    };
    answering.push(answerBeside(endpoint, answer, (thrown) => asLogError(thrown, folder)));
    return endpoint;
  }

  /** Sends bytes and takes what comes back until the other side hangs up. */
  async function send(endpoint: Endpoint, bytes: Uint8Array): Promise<Buffer> {
    const socket = connect(endpoint.path);
    socket.on('error', () => {}); // being cut off is one of the answers
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.end(bytes);
    await once(socket, 'close');
    return Buffer.concat(parts);
  }

  it('hears who knows the word of the workspace, and does nothing for others', async () => {
    const heard: unknown[] = [];
    const endpoint = listenIn(heard);
    expect(await askHolder(endpoint, encodeRequest('undo', []))).toBe('Deleted episode 1');
    await expect(askHolder({ ...endpoint, token: 'guess' }, encodeRequest('undo', []))).rejects.toMatchObject(
      {
        code: 'wrong-use',
      },
    );
    expect(heard).toEqual([['undo']]);
    expect(await askHolder({ ...endpoint, path: `${endpoint.path}x` }, encodeRequest('undo', []))).toBe(
      NOBODY,
    );
  });

  it('lives on through whatever is sent to it', async () => {
    const heard: unknown[] = [];
    const endpoint = listenIn(heard);
    const frame = (document: unknown, body = new Uint8Array()) =>
      Buffer.concat(encodeFrame({ document: { token: endpoint.token, request: document }, body }));
    const tooLong = Buffer.alloc(8);
    tooLong.writeUInt32LE(0xffffffff, 0);
    const episode = {
      ...(encodeRequest('stageRows', [1, 0, (await hinge())[0]?.columns]).document as object),
    };
    const bad = [
      tooLong,
      frame(null),
      frame({}),
      frame({ method: 'close' }),
      frame({ method: 'deleteEpisodes', ids: ['1; DROP TABLE episodes'] }),
      frame({ method: 'addModel', model: { ...model, hash: '../../etc' } }),
      frame(episode), // announces numbers that do not come
      frame({ method: 'undo' }).subarray(0, 20),
      Buffer.concat([frame({ method: 'undo' }), Buffer.from('and more')]),
    ];
    for (const bytes of bad) await send(endpoint, bytes);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await send(endpoint, bytes);
      }),
      { numRuns: 40 },
    );
    expect(heard).toEqual([]);
    expect(await askHolder(endpoint, encodeRequest('undo', []))).toBe('Deleted episode 1');
  });

  it('understands a frame however its bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (document, body, cuts) => {
          const bytes = Buffer.concat(encodeFrame({ document, body }));
          const reader = new FrameReader();
          let frame: ReturnType<FrameReader['push']>;
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const end = Math.min(bytes.length, at + (cuts[i % cuts.length] ?? 1));
            frame = reader.push(bytes.subarray(at, end));
            at = end;
          }
          expect(frame?.document).toEqual(JSON.parse(JSON.stringify(document)));
          expect(new Uint8Array(frame?.body ?? [])).toEqual(new Uint8Array(body));
        },
      ),
    );
  });

  it('gets the pictures that were sent, byte for byte, and none that are not there', () => {
    const frame = (sequence: number, ...bytes: number[]) => ({
      ...{ camera: 1, sequence, hostSeconds: sequence / 3, deviceSeconds: 100 + sequence / 3 },
      data: Uint8Array.from(bytes),
    });
    const frames = [frame(0, 1, 2, 3), frame(4), frame(5, 9)];
    const sent = encodeRequest('stageFrames', [7, frames]);
    const document: unknown = JSON.parse(JSON.stringify(sent.document));
    const { args } = decodeRequest({ document, body: sent.body });
    const [id, got] = args as [number, typeof frames];
    expect(id).toBe(7);
    expect(got.map((one) => ({ ...one, data: new Uint8Array(one.data) }))).toEqual(frames);
    expect(() => decodeRequest({ document, body: sent.body.subarray(1) })).toThrow('announces 4 bytes');
  });

  it('gets the rows that were sent, number for number', async () => {
    const [episode] = await hinge();
    const frame = encodeRequest('stageRows', [7, 1024, episode?.columns]);
    const document: unknown = JSON.parse(JSON.stringify(frame.document));
    const { args } = decodeRequest({ document, body: frame.body });
    const [id, firstRow, columns] = args as [number, number, EpisodeColumns];
    expect([id, firstRow]).toEqual([7, 1024]);
    expect(columns.observations).toEqual(episode?.columns.observations);
    expect(columns.deviceSeconds).toEqual(episode?.columns.deviceSeconds);
    expect(columns.requested).toEqual(episode?.columns.requested);
  });
});
