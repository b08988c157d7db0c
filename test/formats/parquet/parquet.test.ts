import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { exportEpisodes } from '../../../src/main/formats/export';
import { numberColumns, numbersOf } from '../../../src/main/formats/parquet/columns';
import { ParquetFile } from '../../../src/main/formats/parquet/file';
import { TableWriter } from '../../../src/main/formats/parquet/table-writer';
import { openDataset } from '../../../src/main/formats/readers';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../workspaces';

const asBuffer = (path: string) => {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};

function foreignFile(columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData']): string {
  const path = freshPath('foreign.parquet');
  writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData })));
  return path;
}

describe('Parquet', () => {
  it('holds all of an episode: what is exported and imported again is equal number for number', async () => {
    const [from, to] = [await workspaceWith(40, 3000, 2), await freshLog()];
    const path = freshPath('out.parquet');
    const report = await exported(from, 'parquet', path);
    expect(report).toMatchObject({ episodes: 3, rows: 3042, path });
    const { episodes } = await imported(to, path);
    expect(episodes).toHaveLength(3);
    for (const id of [1, 2, 3]) expect(await contentOf(to, id)).toEqual(await contentOf(from, id));
    expect(await to.rigFile(1)).toMatchObject({ rig: { name: 'bench-arm', made: 'for a test' } });
  });

  it('says in the footer what the numbers are, for other readers', async () => {
    const path = freshPath('out.parquet');
    await exported(await workspaceWith(5), 'parquet', path);
    const file = await ParquetFile.open(path);
    expect(JSON.parse(file.text('units') ?? '')).toMatchObject({
      angle: 'rad',
      torque: 'N m',
      host_seconds: 's',
    });
    await file.close();
    const rows = await parquetReadObjects({ file: asBuffer(path) });
    expect(rows[1]).toMatchObject({ episode: 1n, step: 1n, missed: 1, reward: 1.125 });
  });

  it('keeps any numbers in columns and vectors of any length, over any number of row groups', async () => {
    const numbers = fc.array(fc.double(), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(numbers, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        async (groups, width) => {
          const path = freshPath('table.parquet');
          const columns = [
            { name: 'one', type: 'double' as const },
            { name: 'many', type: 'double' as const, width },
            { name: 'whole', type: 'int64' as const },
          ];
          const table = await TableWriter.create(path, columns, {});
          for (const group of groups) {
            const many = Float64Array.from(
              { length: group.length * width },
              (_, i) => (group[i % group.length] ?? 0) + i,
            );
            await table.writeGroup(group.length, [
              Float64Array.from(group),
              many,
              BigInt64Array.from(group, (_, i) => BigInt(i)),
            ]);
          }
          await table.finish();
          const file = await ParquetFile.open(path);
          const { numbers: found } = await numberColumns(file);
          expect(found).toEqual([{ name: 'one' }, { name: 'many', width }, { name: 'whole' }]);
          for (const [g, group] of groups.entries()) {
            expect([...(await numbersOf(file, g, { name: 'one' }))]).toEqual(group);
            const many = Array.from(
              { length: group.length * width },
              (_, i) => (group[i % group.length] ?? 0) + i,
            );
            expect([...(await numbersOf(file, g, { name: 'many', width }))]).toEqual(many);
          }
          await file.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it("reads somebody else's table: vectors become channels, the episode column cuts, the reward follows its action", async () => {
    const path = foreignFile([
      { name: 'episode_index', data: [0n, 0n, 0n, 7n, 7n], type: 'INT64' },
      { name: 'timestamp', data: [0, 0.1, 0.2, 0, 0.1], type: 'DOUBLE' },
      { name: 'obs_q', data: [90, 180, 0, 1, 2], type: 'DOUBLE' },
      { name: 'action', data: [1, 2, 3, 4, 5], type: 'DOUBLE' },
      { name: 'next.reward', data: [10, 20, 30, 40, 50], type: 'DOUBLE' },
      { name: 'task', data: ['a', 'b', 'c', 'd', 'e'], type: 'STRING' },
    ]);
    const log = await freshLog();
    const observation = { column: 'obs_q', unit: 'rad', scale: Math.PI / 180, angle: true };
    const { remarks } = await imported(log, path, { rig: 'theirs', observations: [observation] });
    expect(remarks.join('\n')).toMatch(/"task" holds no numbers.*\n.*"episode_index" numbers the episodes/s);
    const [first, second] = [await contentOf(log, 1), await contentOf(log, 2)];
    expect(first).toMatchObject({ rig: 'theirs', periodSeconds: 0.1 });
    expect(first.observations).toEqual([{ name: 'obs_q', unit: 'rad', angle: true, limits: null }]);
    expect(first.numbers).toMatchObject({
      ...{ observations: [Math.PI / 2, Math.PI, 0], actions: [1, 2, null], reward: [0, 10, 20] },
      deviceSeconds: [0, 0.1, 0.2],
    });
    expect(second.numbers).toMatchObject({ actions: [4, null], reward: [0, 40] });
  });

  it('tells what is missing before anything is imported', async () => {
    const nothing = foreignFile([{ name: 'a', data: [1, 2], type: 'DOUBLE' }]);
    const log = await freshLog();
    await expect(imported(log, nothing)).rejects.toThrow(/No column .* observation; there are: a/);
    const some = [{ column: 'a', unit: 'm' }];
    await expect(imported(log, nothing, { observations: some, actions: some })).rejects.toThrow(/"a"/);
    const timeless = foreignFile([
      { name: 'obs', data: [1, 2], type: 'DOUBLE' },
      { name: 'action', data: [1, 2], type: 'DOUBLE' },
    ]);
    await expect(imported(log, timeless)).rejects.toThrow(/how many rows a second/);
    expect(await log.episodes()).toEqual([]);
  });

  it('refuses what is no number, with file, episode, row and column, and keeps nothing of it', async () => {
    const path = foreignFile([
      { name: 'obs', data: [1, 2, Number.NaN], type: 'DOUBLE' },
      { name: 'action', data: [1, 2, 3], type: 'DOUBLE' },
    ]);
    const log = await freshLog();
    await expect(imported(log, path, { periodSeconds: 1 })).rejects.toThrow(
      'foreign.parquet, episode 1, row 2, column "obs": NaN instead of a number.',
    );
    expect(await log.episodes()).toEqual([]);
    expect(await log.undo()).toBeNull();
  });

  it('refuses every truncated or changed file with a sentence that names it, and never half-imports one', async () => {
    const path = freshPath('out.parquet');
    await exported(await workspaceWith(30), 'parquet', path);
    const whole = readFileSync(path);
    const log = await freshLog();
    const damaged = freshPath('damaged.parquet');
    const tried = async (bytes: Uint8Array, codes = ['bad-data']) => {
      writeFileSync(damaged, bytes);
      return imported(log, damaged).then(
        () => 'imported',
        (thrown: { name: string; code: string; message: string }) => {
          expect(thrown.name).toBe('ForesightError');
          expect(codes).toContain(thrown.code);
          return thrown.message;
        },
      );
    };
    for (const length of [4, 11, 200, whole.length - 1])
      expect(await tried(whole.subarray(0, length))).toMatch(/footer|byte/);
    const footer = whole.readUInt32LE(whole.length - 8);
    for (let at = whole.length - 8 - footer; at < whole.length - 8; at += 17) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x7f;
      // A channel or a rig that is called otherwise by now may also be refused as wrong use.
      await tried(changed, ['bad-data', 'wrong-use']);
    }
    const lied = Buffer.from(whole);
    lied.writeUInt32LE(0xffff_fff0, whole.length - 8);
    expect(await tried(lied)).toMatch(/footer is said to be 4294967280 bytes long/);
  });

  it('unpacks no page that claims to be larger than it may be', async () => {
    const path = freshPath('bomb.parquet');
    const column = { name: 'obs', data: new Array<number>(1000).fill(0), type: 'DOUBLE' as const };
    const bytes = Buffer.from(parquetWriteBuffer({ columnData: [column, { ...column, name: 'action' }] }));
    // The page's header begins the column: 15 00 (data page) 15 … (size unpacked), whose number grows to 2³¹ − 2 here.
    const header = bytes.subarray(4);
    expect([header[0], header[2]]).toEqual([0x15, 0x15]);
    const size = header.subarray(3).findIndex((byte) => byte < 128) + 1;
    const grown = Buffer.concat([
      bytes.subarray(0, 7),
      Buffer.from([0xfc, 0xff, 0xff, 0xff, 0x0f]),
      bytes.subarray(7 + size),
    ]);
    writeFileSync(path, grown);
    const file = await ParquetFile.open(path);
    await expect(file.column(0, 'obs')).rejects.toThrow(
      /bomb\.parquet, column "obs", row group 0, byte 4: .*bytes/,
    );
    await file.close();
  });

  it('is written whole or not at all: stopped, nothing is left, and nothing that is there is replaced', async () => {
    const log = await workspaceWith(40);
    const path = freshPath('out.parquet');
    const stop = new AbortController();
    stop.abort();
    const options = { format: 'parquet' as const, path, episodes: await log.episodes() };
    await expect(exportEpisodes(log, options, { signal: stop.signal })).rejects.toThrow(/stopped/);
    expect(readdirSync(dirname(path))).toEqual([]);
    writeFileSync(path, 'mine');
    await expect(exportEpisodes(log, options)).rejects.toThrow(/is not replaced/);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await exportEpisodes(log, { ...options, force: true });
    expect(existsSync(path)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['out.parquet']);
  });

  it('puts no episodes with different channels into one table', async () => {
    const log = await workspaceWith(4, 4);
    const [first, second] = await log.episodes();
    const other = { ...second!, periodSeconds: 0.5 };
    const options = { format: 'parquet' as const, path: freshPath('a.parquet'), episodes: [first!, other] };
    await expect(exportEpisodes(log, options)).rejects.toThrow(/control periods differ \(0\.02 s; 0\.5 s\)/);
  });

  it('is known by what is in it, not by its name', async () => {
    const path = freshPath('numbers.csv');
    await exported(await workspaceWith(4), 'parquet', path);
    const dataset = await openDataset(path);
    expect(dataset?.head).toMatchObject({
      format: 'Parquet of Foresight',
      rig: 'bench-arm',
      episodes: 1,
      rows: 4,
    });
    await dataset?.close();
    writeFileSync(path, 'time,q\n0,1\n');
    expect(await openDataset(path)).toBeUndefined();
  });
});
