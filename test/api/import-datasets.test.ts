import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { PIECE_BYTES } from '../../src/shared/import';
import { withTestCore } from '../core/workspace';
import { exported, workspaceWith } from '../formats/workspaces';
import { attach, type Client, contractOver } from './client';

const made = mkdtempSync(join(tmpdir(), 'foresight-brought-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));
const log = await workspaceWith(30, 20);
await exported(log, 'parquet', join(made, 'arm.parquet'));
await exported(log, 'mcap', join(made, 'arm.mcap'));
await exported(log, 'robomimic', join(made, 'arm.hdf5'));
await exported(log, 'lerobot', join(made, 'arm'));
const original = await log.episodes();
await log.close();

/** Brings a file, or all files of a folder one behind the other. */
async function bring(client: Client, path: string, change: (bytes: Buffer) => Buffer = (b) => b) {
  const isFolder = statSync(path).isDirectory();
  const files = isFolder
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [path];
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const bytes = change(Buffer.concat(contents));
  const { upload } = await client.imports.begin({
    ...{ name: path, bytes: bytes.length, modifiedAt: 0 },
    ...(isFolder && {
      files: files.map((file, i) => ({
        path: relative(path, file).replaceAll('\\', '/'),
        bytes: contents[i]?.length ?? 0,
      })),
    }),
  });
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const data = bytes.subarray(at, at + PIECE_BYTES).toString('base64');
    await client.imports.piece({ upload, at, data });
  }
  return upload;
}

const nothingLeft = (core: Core) =>
  expect.poll(() => existsSync(join(core.options.folder, 'uploads'))).toBe(false);

describe('a data set that a window brings', () => {
  it('is recognised by what is in it, shown with channels, units and first rows, and imported whole, in every format', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      for (const name of ['arm.parquet', 'arm.mcap', 'arm.hdf5', 'arm']) {
        const upload = await bring(client, join(made, name));
        expect(await client.imports.recognise({ upload })).toEqual({ dataset: true });
        const look = await client.imports.look({ upload });
        expect(look).toMatchObject({ episodes: 2, rows: 50, rig: original[0]?.rig });
        const { observations = [], actions = [] } = original[0] ?? {};
        const taken = look.columns.filter(({ role }) => role !== null);
        expect(taken.map((one) => `${one.name} ${one.unit}`)).toEqual(
          [...observations, ...actions].map((one) => `${one.name} ${one.unit}`),
        );
        expect(taken.every(({ first }) => first.length > 2)).toBe(true);
        const report = await client.imports.take({ upload, rig: 'arm' });
        expect(report.rows).toBe(50);
        const episodes = await core.log.episodes({ numbers: report.episodes });
        expect(episodes.map(({ steps }) => steps)).toEqual([29, 19]);
        // As nobody changed a column, the limits that the file knows are kept.
        expect(episodes[0]?.observations).toEqual(observations);
      }
      await nothingLeft(core);
    });
  });

  it('becomes the channels that a person says, in units of theirs', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const upload = await bring(client, join(made, 'arm.parquet'));
      const { columns } = await client.imports.look({ upload });
      const [seen, done] = ['observation', 'action'].map((role) => columns.find((one) => one.role === role));
      await client.imports.take({
        ...{ upload, rig: 'mine' },
        channels: {
          observations: [{ column: seen?.column ?? '', name: 'elbow', unit: 'deg', angle: false }],
          actions: [{ column: done?.column ?? '', name: 'push', unit: 'N', angle: false }],
        },
      });
      const [episode] = await core.log.episodes({ rig: 'mine' });
      expect(episode?.observations).toMatchObject([{ name: 'elbow', unit: 'rad' }]);
      expect(episode?.actions).toMatchObject([{ name: 'push', unit: 'N' }]);
    });
  });

  it('is refused with the place of the fault where it is damaged, and the workspace stays as it was', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      const cut = await bring(client, join(made, 'arm.parquet'), (bytes) =>
        bytes.subarray(0, bytes.length - 100),
      );
      expect(await client.imports.recognise({ upload: cut })).toEqual({ dataset: true });
      await expect(client.imports.look({ upload: cut })).rejects.toMatchObject({
        data: { code: 'bad-data', message: expect.stringContaining('arm.parquet') },
      });
      await client.imports.drop({ upload: cut });
      await nothingLeft(core);
      expect(await core.log.episodes({ deleted: 'too' })).toEqual([]);
    });
  });

  it('never leads out of its folder', async () => {
    await withTestCore(async (core) => {
      const client = contractOver(attach(core));
      for (const path of [
        '../../foresight.db',
        '/etc/passwd',
        'a/../../b',
        'meta\\..\\b',
        '.ssh/id',
        'a//b',
      ]) {
        const files = [{ path, bytes: 4 }];
        await expect(
          client.imports.begin({ name: 'arm', bytes: 4, modifiedAt: 0, files }),
        ).rejects.toMatchObject({ data: { code: 'wrong-use' } });
      }
      await nothingLeft(core);
    });
  });
});
