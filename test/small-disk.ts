import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface SmallDisk {
  folder: string;
  /** False where this user may not mount one: then there is nothing to test. */
  mounted: boolean;
  /** Fills it until so many bytes are free. */
  fill(bytesFree: number): void;
  /** Takes away what `fill` wrote. */
  free(): void;
  /** Makes it a disk that nobody can write to, or an ordinary one again; no file of it may be open for writing. */
  protect(readonly: boolean): void;
}

/** A disk of four megabytes that is gone after the tests of a file. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'foresight-disk-'));
  const mounted =
    process.platform === 'linux' &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).status === 0;
  const ballast = join(folder, 'ballast');
  afterAll(() => {
    if (mounted) spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    mounted,
    fill(bytesFree) {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - bytesFree));
    },
    free: () => rmSync(ballast, { force: true }),
    protect(readonly) {
      execFileSync('mount', ['-o', `remount,${readonly ? 'ro' : 'rw'}`, folder]);
    },
  };
}
