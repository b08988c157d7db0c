import { describe, expect, it } from 'vitest';
import { WalSync } from '../../src/main/log/wal-sync';

/** A disk whose flushes end when the test says so. */
function slowDisk() {
  const waiting: ((error?: Error) => void)[] = [];
  let flushes = 0;
  let closed = false;
  return {
    open: async () => ({
      datasync: () => {
        flushes++;
        return new Promise<void>((resolve, reject) => {
          waiting.push((error) => (error === undefined ? resolve() : reject(error)));
        });
      },
      close: async () => {
        closed = true;
      },
    }),
    /** Ends the flush under way and lets what follows from it happen. */
    async finish(error?: Error) {
      waiting.shift()?.(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
    get flushes() {
      return flushes;
    },
    get closed() {
      return closed;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('bringing commits to the disk', () => {
  it('flushes once more for all the commits that came during a flush', async () => {
    const disk = slowDisk();
    const sync = new WalSync('log-wal', () => {}, disk.open);
    sync.committed();
    await turn();
    for (let i = 0; i < 5; i++) sync.committed();
    expect(disk.flushes).toBe(1);
    await disk.finish();
    expect(disk.flushes).toBe(2);
    await disk.finish();
    sync.committed();
    await turn();
    expect(disk.flushes).toBe(3);
  });

  it('closes only when everything is on the disk', async () => {
    const disk = slowDisk();
    const sync = new WalSync('log-wal', () => {}, disk.open);
    sync.committed();
    await turn();
    sync.committed();
    const closed = sync.close();
    await disk.finish();
    expect(disk.closed).toBe(false);
    await disk.finish();
    await closed;
    expect(disk.closed).toBe(true);
    expect(disk.flushes).toBe(2);
  });

  it('reports a disk that fails, and tries again with the next commit', async () => {
    const disk = slowDisk();
    const failures: unknown[] = [];
    const sync = new WalSync('log-wal', (thrown) => failures.push(thrown), disk.open);
    sync.committed();
    await turn();
    const error = new Error('EIO');
    await disk.finish(error);
    expect(failures).toEqual([error]);
    sync.committed();
    await turn();
    expect(disk.flushes).toBe(2);
    await disk.finish();
    await sync.close();
  });
});
