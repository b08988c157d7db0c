import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { ReadingProcess } from '../../../src/main/foreign/asking';
import type { Hdf5Answer, Hdf5Question } from '../../../src/main/formats/hdf5/messages';
import { nodeHost } from '../../../src/main/processes/node-host';
import { exported, freshLog, freshPath, imported, workspaceWith } from '../workspaces';
import { counting, foreignFile } from './foreign';
import { oneProcess } from './one-process';

const host = oneProcess();

const DEMO = {
  '/data/demo_0/actions': { data: counting(4), shape: [4, 1] },
  '/data/demo_0/obs/q': { data: counting(8), shape: [4, 2] },
};

/** What an import of it is refused with; nothing of it is in the workspace afterwards. */
async function refusal(path: string): Promise<string> {
  const log = await freshLog();
  const message = await imported(log, path, { periodSeconds: 0.1 }, host).then(
    () => 'imported',
    (thrown: { code: string; message: string }) => `${thrown.code}: ${thrown.message}`,
  );
  expect(await log.episodes()).toEqual([]);
  expect(await log.undo()).toBeNull();
  return message;
}

describe('HDF5 files that nobody should trust', () => {
  it('a link to another file is not opened, and the file is refused with the place', async () => {
    const secret = await foreignFile({ '/q': { data: counting(4) } });
    const path = await foreignFile(DEMO, [], (file) => {
      file.create_group('data/demo_1');
      file.create_external_link(secret, '/q', 'data/demo_1/actions');
    });
    const message = await refusal(path);
    expect(message).toMatch(
      /bad-data: theirs\.hdf5, \/data\/demo_1\/actions: is a link to another file \(.*theirs\.hdf5\)/,
    );
  });

  it('a link inside of the file is not followed, and what is missing for that is said', async () => {
    const path = await foreignFile({ '/data/demo_0/obs/q': { data: counting(4) } }, [], (file) => {
      file.create_soft_link('/data/demo_0/obs/q', 'data/demo_0/actions');
    });
    expect(await refusal(path)).toMatch(/demo_0: has no "actions" that can be read: .*is a link \(to \/data/);
  });

  it('lengths that cannot be in the file are refused before anything is allocated', async () => {
    const path = await foreignFile(DEMO, [], (file) => {
      const rest = { maxshape: [null, 2], chunks: [64, 2] };
      const huge = file.create_dataset({
        name: 'data/demo_0/obs/p',
        data: counting(2),
        shape: [1, 2],
        ...rest,
      });
      huge.resize([2 ** 62, 2]);
    });
    const observations = [{ column: 'obs/p/0', unit: '1' }];
    const log = await freshLog();
    const { head } = await imported(log, path, { periodSeconds: 0.1 }, host);
    expect(head.remarks.join(' ')).toMatch(/"obs\/p" is said to have 4611686018427388000 × 2 numbers/);
    await expect(imported(log, path, { periodSeconds: 0.1, observations }, host)).rejects.toThrow(
      /no column "obs\/p\/0"/,
    );
  });

  it('one episode under many names is refused when together they are more than can be in the file', async () => {
    const path = await foreignFile({}, [], (file) => {
      file.create_group('data');
      file.create_group('data/demo_0');
      file.create_group('data/demo_0/obs');
      for (const name of ['actions', 'obs/q']) {
        const growing = { shape: [1], maxshape: [null], chunks: [64] };
        file.create_dataset({ name: `data/demo_0/${name}`, data: counting(1), ...growing }).resize([200_000]);
      }
      for (let i = 1; i < 30; i++) file.create_hard_link('/data/demo_0', `data/demo_${i}`);
    });
    expect(await refusal(path)).toMatch(
      /theirs\.hdf5, \/data\/demo_\d+\/\S+: with all before it is said to be \d+ bytes, which cannot be/,
    );
  });

  it('groups that contain themselves end, and an episode without its numbers is named', async () => {
    const path = await foreignFile(DEMO, [], (file) => {
      file.create_hard_link('/data', 'data/demo_0/obs/round');
      file.create_group('data/demo_1');
    });
    expect(await refusal(path)).toMatch(/theirs\.hdf5, demo_1: has no "actions" that can be read/);
  });

  it('an episode that lacks what the others have is named, also when others are in the log already', async () => {
    const path = await foreignFile({
      ...DEMO,
      '/data/demo_1/actions': { data: counting(4), shape: [4, 1] },
      '/data/demo_1/obs/q': { data: counting(3), shape: [3, 1] },
    });
    expect(await refusal(path)).toMatch(/theirs\.hdf5, demo_1: "obs\/q" has 3 rows, where 4 were expected/);
  });

  it('what is no number is refused with episode, row and column', async () => {
    const q = { data: Float64Array.of(0, 1, Number.NaN, 3) };
    const path = await foreignFile({ ...DEMO, '/data/demo_0/obs/p': q });
    expect(await refusal(path)).toMatch(/episode 1, row 2, column "obs\/p": NaN instead of a number/);
  });

  it('a file of none of the layouts is refused with what is in it', async () => {
    expect(await refusal(await foreignFile({ '/weights': { data: counting(3) } }))).toMatch(
      /is an HDF5 file with weights in it, and none of the layouts that are read/,
    );
  });

  it('a note that is none is refused', async () => {
    const path = await foreignFile(DEMO, [['/', 'foresight', '{"version": 1, "rig": 7}']]);
    expect(await refusal(path)).toMatch(/attribute "foresight": does not hold what it must \(rig: /);
  });

  const reading = new ReadingProcess<Hdf5Question, Hdf5Answer>(nodeHost(), {
    ...{ entry: 'hdf5-process', label: 'The process that reads HDF5 files', idleSeconds: 600 },
  });
  afterAll(() => reading.close());

  it('every truncated or changed file is answered with a sentence or with numbers, by a process that may die of it', async () => {
    const whole = freshPath('whole.hdf5');
    await exported(await workspaceWith(30), 'd4rl', whole, host);
    const bytes = readFileSync(whole);
    const tried = async (changed: Uint8Array): Promise<string> => {
      const path = freshPath('damaged.hdf5');
      writeFileSync(path, changed);
      const limits = { limitSeconds: 300, what: 'damaged.hdf5', next: 'Get it anew.' };
      return reading
        .ask({ kind: 'look', path }, limits)
        .then(() => reading.ask({ kind: 'read', path, dataset: '/observations', from: 0, to: 29 }, limits))
        .then(
          ({ kind }) => kind,
          (thrown: { name: string; code: string; message: string }) => {
            expect(thrown.name).toBe('ForesightError');
            expect(['bad-data', 'bad-file']).toContain(thrown.code);
            expect(thrown.message).toMatch(/damaged\.hdf5/);
            return thrown.message;
          },
        );
    };
    for (const length of [8, 100, 2000, bytes.length - 1]) {
      expect(await tried(bytes.subarray(0, length))).toMatch(/damaged\.hdf5: cannot be opened \(/);
    }
    for (let at = 8; at < bytes.length; at += Math.floor(bytes.length / 40)) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0xff;
      await tried(changed);
    }
  });
});
