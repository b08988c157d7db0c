import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/main/log/database';
import { smallDisk } from '../small-disk';

const disk = smallDisk();
afterEach(() => disk.free());

describe.skipIf(!disk.mounted)('a log on a disk without a byte left', () => {
  it('refuses a new workspace, leaves nothing half-written there, and makes it when there is room', () => {
    const folder = join(disk.folder, 'new');
    mkdirSync(folder);
    disk.fill(20_000);
    expect(() => openDatabase(folder, { readonly: false })).toThrow('is full');
    expect(readdirSync(folder)).toEqual([]);
    disk.free();
    openDatabase(folder, { readonly: false }).close();
    openDatabase(folder, { readonly: true }).close();
  });
});
