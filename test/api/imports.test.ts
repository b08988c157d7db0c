import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Core, createCore } from '../../src/main/core';
import { type ImportInput, MOST_UPLOAD_BYTES, PIECE_BYTES } from '../../src/shared/import';
import { withTestCore } from '../core/workspace';
import { attach, type Client, contractOver } from './client';

const HINGE = fileURLToPath(new URL('../fixtures/hinge.csv', import.meta.url));
const channel = (column: string, unit: string) => ({ column, name: column, unit, angle: false });
const MEANING: Omit<ImportInput, 'upload'> = {
  ...{ rig: 'hinge', time: 'time', timeUnit: 's', rate: 50 },
  observations: [channel('q', 'rad'), channel('dq', 'rad/s')],
  actions: [channel('tau', 'N m')],
};

const BY_NUMBER: Partial<ImportInput> = {
  ...{ time: '1', headerLine: 0 },
  observations: [{ ...channel('2', 'rad'), name: 'q' }],
  actions: [{ ...channel('3', 'N m'), name: 'tau' }],
};

const begin = async (client: Client, name: string, bytes: number) =>
  (await client.imports.begin({ name, bytes, modifiedAt: Date.UTC(2024, 0, 2) })).upload;

/** Sends a file in pieces of so many bytes. */
async function send(client: Client, bytes: Buffer, name = 'hinge.csv', size = 1000): Promise<string> {
  const upload = await begin(client, name, bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    const data = bytes.subarray(at, at + size).toString('base64');
    await client.imports.piece({ upload, at, data });
  }
  return upload;
}

const isEmpty = (core: Core) => {
  const folder = join(core.options.folder, 'uploads');
  return !existsSync(folder);
};

describe('a file that a window brings', () => {
  it('comes in pieces, says what its columns are, and becomes episodes; nothing of it stays', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const upload = await send(client, await readFile(HINGE));
      const head = await client.imports.head({ upload });
      expect(head.columns.map(({ column }) => column)).toEqual(['time', 'q', 'dq', 'tau']);
      expect(head.columns[0]).toMatchObject({ kind: 'number', step: expect.closeTo(0.02, 3) });
      const report = await client.imports.run({ upload, ...MEANING });
      const [listed] = (await client.episodes.list({})).episodes;
      expect(report.episodes).toEqual([listed?.id]);
      expect(listed).toMatchObject({
        rig: 'hinge',
        source: 'import',
        reason: expect.stringContaining('hinge.csv'),
      });
      // As old as the file was where it came from.
      expect(new Date(listed?.startedAt ?? 0).getUTCFullYear()).toBe(2024);
      await expect.poll(() => isEmpty(core)).toBe(true);
    });
  });

  it('is refused with the place that is wrong, can be imported otherwise after that, and leaves no episode', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const upload = await send(client, Buffer.from('time,q,tau\n0,1,0\n0.02,x,0\n0.04,1,0\n'), 'bad.csv');
      const meaning = { ...MEANING, upload, observations: [channel('q', 'rad')] };
      await expect(client.imports.run(meaning)).rejects.toMatchObject({
        data: { code: 'bad-data', message: expect.stringContaining('bad.csv, line 3, column "q"') },
      });
      expect((await client.episodes.list({ deleted: 'too' })).episodes).toEqual([]);
      const other = { ...meaning, observations: [channel('tau', 'N m')], actions: [] };
      await expect(client.imports.run(other)).rejects.toMatchObject({
        data: { message: 'No column is an action.' },
      });
      await client.imports.drop({ upload });
      expect(isEmpty(core)).toBe(true);
    });
  });

  it('is told what to do about it in the words of its dialog, with no option of the command line', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const [q, tau] = [channel('q', 'rad'), channel('tau', 'N m')];
      const refused = async (text: string, meaning: Partial<ImportInput> = {}) => {
        const upload = await send(client, Buffer.from(text));
        const asked = { ...MEANING, observations: [q], actions: [tau], ...meaning, upload };
        const { data } = await client.imports.run(asked).catch((thrown) => thrown);
        await client.imports.drop({ upload });
        return data.next as string;
      };
      const fine = 'time,q,tau\n0,1,0\n0.02,1,0\n';
      const words = [
        [await refused(fine, { time: undefined }), 'taken as time'],
        [await refused(fine, { observations: [{ ...q, name: 'tau' }] }), '"Channel"'],
        [await refused(fine, { observations: [{ ...q, name: '2nd' }] }), '"Channel"'],
        [await refused('time;q;tau\n0;1,5;0\n1;1.5;0\n'), '"Decimal sign"'],
        [await refused('time,q,tau\n65530,1,0\n65534,1,0\n2,1,0\n'), '16 bits under "Time counter"'],
        [await refused('time,q,tau\n0,1,0\n0,1,0\n'), 'as "episode number"'],
        [await refused('time,q,tau\n0,1,0\n9e5,1,0\n', { gapSeconds: 1e6, rate: 1e5 }), 'fewer rows'],
        [await refused('time,q,tau\n0,1,0\n', { observations: [channel('x', 'm')] }), 'once more'],
        [await refused('0,a,0\n1,b,0\n', BY_NUMBER), 'do not hold numbers'],
      ];
      for (const [next, expected] of words) {
        expect(next).toContain(expected);
        expect(next).not.toMatch(/--|header:/);
      }
      const upload = await send(client, Buffer.from('time,q,tau\n0,3.1,0\n0.1,-3.1,0\n0.2,-3,0\n0.3,-3,0\n'));
      const { remarks } = await client.imports.run({ ...MEANING, observations: [q], actions: [tau], upload });
      expect(remarks).toEqual(
        expect.arrayContaining([
          expect.stringContaining('10 rows a second keep to what was measured'),
          expect.stringContaining('marked under "Angle"'),
        ]),
      );
      expect(remarks.join()).not.toContain('--');
    });
  });

  it('takes the column that numbers its episodes, a gap and a counter that ran over', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const lines = [
        'time,trial,q,tau',
        '65516,a,1,0',
        '0,a,1,0',
        '20,a,1,0',
        '0,b,1,0',
        '20,b,1,0',
        '300,b,1,0',
        '320,b,1,0',
      ];
      const upload = await send(client, Buffer.from(lines.join('\n')));
      const [observations, actions] = [[channel('q', 'rad')], [channel('tau', 'N m')]];
      const said = { timeUnit: 'ms', timeBits: 16, episode: 'trial', gapSeconds: 1 } as const;
      const report = await client.imports.run({ ...MEANING, upload, observations, actions, ...said });
      expect(report).toMatchObject({ samples: 7, gaps: 0 });
      const steps = (await client.episodes.list({})).episodes.map((episode) => episode.steps);
      expect(steps.toSorted((a, b) => a - b)).toEqual([2, 16]);
    });
  });

  it('takes no piece out of its order, none beyond what was told, and is not imported before it is whole', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const upload = await begin(client, 'a.csv', 6);
      const data = Buffer.from('abcd').toString('base64');
      await expect(client.imports.piece({ upload, at: 4, data })).rejects.toMatchObject({
        data: { message: 'A piece for byte 4 came where byte 0 is next.' },
      });
      await client.imports.piece({ upload, at: 0, data });
      await expect(client.imports.piece({ upload, at: 4, data })).rejects.toMatchObject({
        data: { message: 'More came than the 6 bytes that were told.' },
      });
      await expect(client.imports.run({ upload, ...MEANING })).rejects.toMatchObject({
        data: { message: 'Only 4 of 6 bytes of the file have come.' },
      });
    });
  });

  it('is stopped in the middle of its import where it is dropped, and leaves no episode', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const lines = Array.from({ length: 180_000 }, (_, i) => `${i / 100},0.5,0.25`);
      const upload = await send(
        client,
        Buffer.from(['time,q,tau', ...lines].join('\n')),
        'long.csv',
        PIECE_BYTES,
      );
      const asked = { ...MEANING, observations: [channel('q', 'rad')], rate: 2000, gapSeconds: 1, upload };
      const steps = await client.imports.progress({ upload });
      const ended = expect(client.imports.run(asked)).rejects.toMatchObject({
        data: { code: 'cancelled', next: expect.stringContaining('Nothing was imported') },
      });
      expect((await steps.next()).value).toMatchObject({ total: expect.any(Number) });
      await client.imports.drop({ upload });
      await ended;
      expect((await steps.next()).done).toBe(true);
      expect((await client.episodes.list({ deleted: 'too' })).episodes).toEqual([]);
      expect(isEmpty(core)).toBe(true);
    });
  });

  it('is refused when it is too large, before a byte of it has come', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      await expect(begin(client, 'huge.csv', MOST_UPLOAD_BYTES + 1)).rejects.toMatchObject({
        data: { code: 'wrong-use', message: expect.stringContaining('huge.csv has 2.0 GB') },
      });
      expect(isEmpty(core)).toBe(true);
    });
  });

  it('waits where four others are on their way, and where the workspace has no room for it', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      writeFileSync(join(core.options.folder, 'uploads'), 'in the way');
      await expect(begin(client, 'a.csv', 6)).rejects.toMatchObject({
        data: { code: 'unavailable', next: expect.stringContaining('Nothing was imported') },
      });
      rmSync(join(core.options.folder, 'uploads'));
      const [upload = ''] = await Promise.all([1, 2, 3, 4].map((i) => begin(client, `${i}.csv`, 6)));
      const another = contractOver(attach(core));
      await expect(begin(another, 'b.csv', 6)).rejects.toMatchObject({ data: { code: 'busy' } });
      await client.imports.drop({ upload });
      await begin(another, 'b.csv', 6);
    });
  });

  it('that was left by a process that was killed goes at the next start, though not beside one that is open', async () => {
    await withTestCore(async (core) => {
      const { folder } = core.options;
      await begin(contractOver(attach(core)), 'a.csv', 6);
      const beside = await createCore({ ...core.options, beside: true });
      await beside.close();
      expect(isEmpty(core)).toBe(false);
      await core.close();
      mkdirSync(join(folder, 'uploads', 'left'), { recursive: true });
      writeFileSync(join(folder, 'uploads', 'left', 'a.csv'), 'time');
      await withTestCore(async () => expect(isEmpty(core)).toBe(true), folder);
    });
  });

  it('stays in the folder for it whatever it is called, and is nobody else’s', async () => {
    await withTestCore(async (core) => {
      const [client, other] = [contractOver(attach(core)), contractOver(attach(core))];
      const upload = await begin(client, '../../foresight.db', 3);
      const folder = join(core.options.folder, 'uploads', upload);
      expect(readdirSync(folder)).toEqual(['foresight.db']);
      await expect(other.imports.head({ upload })).rejects.toMatchObject({ data: { code: 'not-found' } });
      await other.imports.drop({ upload });
      expect(readdirSync(folder)).toEqual(['foresight.db']);
    });
  });

  it('goes with its window, and with Foresight', async () => {
    await withTestCore(async (core) => {
      const port = attach(core);
      await begin(contractOver(port), 'a.csv', 6);
      expect(isEmpty(core)).toBe(false);
      port.close();
      await expect.poll(() => isEmpty(core)).toBe(true);
      await begin(contractOver(attach(core)), 'b.csv', 6);
      await core.close();
      expect(isEmpty(core)).toBe(true);
    });
  });
});
