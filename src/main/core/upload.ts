import { randomUUID } from 'node:crypto';
import { rm, rmdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { MOST_UPLOAD_BYTES, type UploadInput } from '../../shared/import';
import { filePlace, folderPlace, type UploadPlace } from './upload-place';

/** A file, or a folder of files, that comes in pieces, into a folder of its own under `folder`. */
export interface Upload {
  readonly id: string;
  /** Where it lies; its last part is what it is called. */
  readonly path: string;
  readonly isFolder: boolean;
  /** @throws wrong-use: it does not follow, or is more than was told; unavailable where it cannot be written */
  add(at: number, data: Uint8Array): Promise<void>;
  /** Its path, once all of it is there, as old as where it came from. @throws wrong-use */
  whole(): Promise<string>;
  remove(): Promise<void>;
}

/** @throws wrong-use: too large; unavailable where it cannot be written */
export async function beginUpload(folder: string, input: UploadInput): Promise<Upload> {
  const { name, bytes, modifiedAt, files } = input;
  if (bytes > MOST_UPLOAD_BYTES) {
    throw new ForesightError(
      'wrong-use',
      `${plainName(name)} has ${(bytes / 2 ** 30).toFixed(1)} GB; through a window a file may have ${MOST_UPLOAD_BYTES / 2 ** 30} GB.`,
      'Import it with "foresight import" on the computer with the workspace, which reads it where it lies.',
    );
  }
  const id = randomUUID();
  const path = join(folder, id, plainName(name));
  const place = await written(() =>
    files === undefined ? filePlace(path) : folderPlace(path, bytes, files),
  );
  return new OpenUpload(id, path, files !== undefined, place, bytes, modifiedAt);
}

class OpenUpload implements Upload {
  #length = 0;
  /** Calls follow each other. */
  #last: Promise<unknown> = Promise.resolve();
  #removed = false;

  constructor(
    readonly id: string,
    readonly path: string,
    readonly isFolder: boolean,
    private readonly place: UploadPlace,
    private readonly bytes: number,
    private readonly modifiedAt: number,
  ) {}

  add(at: number, data: Uint8Array): Promise<void> {
    return this.#next(async () => {
      if (at !== this.#length)
        throw notNext(`A piece for byte ${at} came where byte ${this.#length} is next.`);
      if (at + data.length > this.bytes)
        throw notNext(`More came than the ${this.bytes} bytes that were told.`);
      await written(() => this.place.write(data, at));
      this.#length += data.length;
    });
  }

  whole(): Promise<string> {
    return this.#next(async () => {
      if (this.#length < this.bytes) {
        throw notNext(`Only ${this.#length} of ${this.bytes} bytes of the file have come.`);
      }
      const seconds = this.modifiedAt / 1000;
      await utimes(this.path, seconds, seconds);
      return this.path;
    });
  }

  async remove(): Promise<void> {
    if (this.#removed) return;
    this.#removed = true;
    await this.#last.catch(() => undefined);
    await this.place.close();
    await rm(dirname(this.path), { recursive: true, force: true });
    // The folder above goes with the last of them.
    await rmdir(dirname(dirname(this.path))).catch(() => undefined);
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last
      .catch(() => undefined)
      .then(() => {
        if (this.#removed) throw notNext('The file was taken away.');
        return work();
      });
    this.#last = done;
    return done;
  }
}

function notNext(what: string): ForesightError {
  return new ForesightError('wrong-use', what, 'Choose the file once more. Nothing was imported.');
}

async function written<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof ForesightError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ForesightError(
      'unavailable',
      `The file cannot be kept in the workspace until it is imported: ${why}.`,
      'Make room on the disk of the workspace and choose the file once more. Nothing was imported.',
      { cause: thrown },
    );
  }
}

/** A file's name that leads nowhere else. */
function plainName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const plain = last
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it
    .replace(/[\u0000-\u001f\u007f<>:"|?*]/g, '_')
    .replace(/^\.+|[. ]+$/g, '');
  return [...plain].slice(-60).join('') || 'file.csv';
}
