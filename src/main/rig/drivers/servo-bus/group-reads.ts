import type { ServoProtocol } from './protocol';

/** So many fast reads in a row of which nothing came: a motor does not know them, or is silent and keeps the others from speaking. */
const MISSES = 3;
/** For so many reads they are left alone then; one that fails afterwards is enough for another rest. */
const REST = 200;

/** How several motors are asked for the same registers in one go: as fast as they answer to. */
export class GroupReads {
  private misses = 0;
  private resting = 0;

  constructor(private readonly protocol: Pick<ServoProtocol, 'syncRead' | 'fastSyncRead'>) {}

  /** undefined where motors cannot be asked together. `packets` answer it; `heard` is to be told whether anything came. */
  question(
    ids: readonly number[],
    address: number,
    length: number,
  ): { bytes: Uint8Array; packets: number; heard(anything: boolean): void } | undefined {
    const { syncRead, fastSyncRead } = this.protocol;
    if (fastSyncRead && ids.length > 1 && this.mayBeFast()) {
      return {
        bytes: fastSyncRead(ids, address, length),
        packets: 1,
        heard: (anything) => {
          this.misses = anything ? 0 : this.misses + 1;
          if (this.misses >= MISSES) this.resting = REST;
        },
      };
    }
    return syncRead && { bytes: syncRead(ids, address, length), packets: ids.length, heard: () => {} };
  }

  private mayBeFast(): boolean {
    if (this.resting === 0) return true;
    this.resting--;
    return false;
  }
}
