import { open } from 'node:fs/promises';

/** What is needed of an open file. */
interface SyncedFile {
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Brings commits onto the disk from a thread of its own (libuv's), so that a slow disk never holds up the next
 * commit. A frame of the write-ahead log that is on the disk survives a power cut, whoever flushed it; SQLite's own
 * locks are on other files, so opening and closing this one takes none away.
 */
export class WalSync {
  #file: SyncedFile | undefined;
  #dirty = false;
  #running: Promise<void> | undefined;

  /** @param path the log's -wal file, which exists from the first commit on */
  constructor(
    private readonly path: string,
    private readonly failed: (thrown: unknown) => void,
    private readonly openFile: (path: string) => Promise<SyncedFile> = (file) => open(file, 'r+'),
  ) {}

  /** Something was committed: flush now, or once more after the flush that is under way. */
  committed(): void {
    this.#dirty = true;
    this.#running ??= this.#run()
      .catch(this.failed)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when all that was committed is on the disk. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #run(): Promise<void> {
    this.#file ??= await this.openFile(this.path);
    while (this.#dirty) {
      this.#dirty = false;
      await this.#file.datasync();
    }
  }
}
