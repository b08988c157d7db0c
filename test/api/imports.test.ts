import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { type ImportInput, MOST_UPLOAD_BYTES } from '../../src/shared/import';
import { withTestCore } from '../core/workspace';
import { attach, type Client, contractOver } from './client';

const HINGE = fileURLToPath(new URL('../fixtures/hinge.csv', import.meta.url));
const channel = (column: string, unit: string) => ({ column, name: column, unit, angle: false });
const MEANING: Omit<ImportInput, 'upload'> = {
  ...{ rig: 'hinge', time: 'time', timeUnit: 's', rate: 50 },
  observations: [channel('q', 'rad'), channel('dq', 'rad/s')],
  actions: [channel('tau', 'N m')],
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
      expect(head.columns[0]).toMatchObject({ kind: 'number', rising: true });
      const report = await client.imports.run({ upload, ...MEANING });
      const [listed] = await client.episodes.list({});
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
      expect(await client.episodes.list({ includeDeleted: true })).toEqual([]);
      const other = { ...meaning, observations: [channel('tau', 'N m')], actions: [] };
      await expect(client.imports.run(other)).rejects.toMatchObject({
        data: { message: 'No column is an action.' },
      });
      await client.imports.drop({ upload });
      expect(isEmpty(core)).toBe(true);
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

  it('is refused when it is too large, before a byte of it has come', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      await expect(begin(client, 'huge.csv', MOST_UPLOAD_BYTES + 1)).rejects.toMatchObject({
        data: { code: 'wrong-use', message: expect.stringContaining('huge.csv has 2.0 GB') },
      });
      expect(isEmpty(core)).toBe(true);
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
