import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readForeign, readForeignSync } from '../../src/main/foreign/read';
import type { ForesightError } from '../../src/shared/errors';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-foreign-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = { what: 'a table', most: 1000, next: 'Use another one.' };
const refusal = (read: () => unknown): Promise<ForesightError> =>
  Promise.resolve()
    .then(read)
    .then(
      () => Promise.reject(new Error('expected a refusal')),
      (thrown: ForesightError) => thrown,
    );

describe.each([
  ['when one can wait', (path: string): unknown => readForeign(path, file)],
  ['in the middle of a computation', (path: string): unknown => readForeignSync(path, file)],
])('a file from elsewhere, read %s', (_, read) => {
  it('is read to its last byte up to the limit, and one byte more is refused', async () => {
    const path = join(folder, 'table.csv');
    await writeFile(path, 'x'.repeat(1000));
    expect(await read(path)).toEqual(Buffer.from('x'.repeat(1000)));
    await writeFile(path, 'x'.repeat(1001));
    const error = await refusal(() => read(path));
    expect(error.code).toBe('bad-file');
    expect(error.message).toBe(`${path}: expected a table of at most 1000 bytes, found 1001.`);
  });

  it('that is not there is said to be missing', async () => {
    const error = await refusal(() => read(join(folder, 'gone')));
    expect(error.code).toBe('not-found');
    expect(error.next).toBe('Use another one.');
  });

  it('is refused when it is a folder', async () => {
    expect((await refusal(() => read(folder))).message).toBe(
      `${folder} is a folder, where a table was expected.`,
    );
  });

  it.skipIf(process.platform === 'win32')(
    'is refused, and not waited for, when it is a pipe that nobody writes to',
    async () => {
      const pipe = join(await mkdtemp(join(folder, 'pipe-')), 'pipe');
      execFileSync('mkfifo', [pipe]);
      expect((await refusal(() => read(pipe))).message).toContain('is a pipe');
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is refused when it is a socket, a device, or a link to one',
    async () => {
      const place = await mkdtemp(join(folder, 'links-'));
      const server = createServer().listen(join(place, 'socket'));
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      expect((await refusal(() => read(join(place, 'socket')))).message).toContain('is a socket');
      expect((await refusal(() => read('/dev/zero'))).message).toContain('is a device');
      await symlink('/dev/zero', join(place, 'table.csv'));
      expect((await refusal(() => read(join(place, 'table.csv')))).message).toContain('is a device');
    },
  );

  it.runIf(process.platform === 'linux')(
    'of the system that says it is empty is read to its end',
    async () => {
      expect(String(await read('/proc/self/comm')).length).toBeGreaterThan(0);
    },
  );
});
