import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForesightError } from '../../shared/errors';

/** Where the bytes of an upload go, in their order. */
export interface UploadPlace {
  /** @param at byte of the whole, where the ones before it end */
  write(data: Uint8Array, at: number): Promise<void>;
  close(): Promise<void>;
}

export async function filePlace(path: string): Promise<UploadPlace> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx+', 0o600);
  return {
    write: async (data, at) => {
      await file.write(data, 0, data.length, at);
    },
    close: () => file.close(),
  };
}

export interface FolderFile {
  /** Below the folder. */
  path: string;
  bytes: number;
}

/** Files of a folder, whose bytes come one behind the other. @throws wrong-use: a path that leads elsewhere, sizes that do not fit */
export async function folderPlace(
  folder: string,
  bytes: number,
  files: readonly FolderFile[],
): Promise<UploadPlace> {
  if (files.reduce((sum, file) => sum + file.bytes, 0) !== bytes) throw refused('sizes that do not fit');
  for (const { path } of files) if (!isBelow(path)) throw refused(`a file called "${path.slice(0, 80)}"`);
  await mkdir(folder, { recursive: true });
  let next = 0;
  let begins = 0;
  let ends = 0;
  let file: FileHandle | undefined;
  /** Opens files until one takes the byte, empty ones on the way; behind the last byte, all that are left. */
  const openFor = async (at: number) => {
    while (next < files.length && at >= ends) {
      const one = files[next++];
      if (one === undefined) return;
      await file?.close();
      file = undefined;
      begins = ends;
      ends += one.bytes;
      const path = join(folder, one.path);
      await mkdir(dirname(path), { recursive: true });
      file = await open(path, 'wx', 0o600);
    }
  };
  return {
    write: async (data, at) => {
      for (let done = 0; done < data.length; ) {
        await openFor(at + done);
        const length = Math.min(data.length - done, ends - (at + done));
        await file?.write(data, done, length, at + done - begins);
        done += length;
      }
      if (at + data.length === bytes) await openFor(bytes);
    },
    close: async () => file?.close(),
  };
}

/** Every part of the path is the plain name of a file or a folder, on every system. */
function isBelow(path: string): boolean {
  const parts = path.split('/');
  return parts.length <= 12 && parts.every((part) => PLAIN.test(part) && !part.endsWith('.'));
}
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.,=+ -]{0,120}$/;

const refused = (what: string) =>
  new ForesightError(
    'wrong-use',
    `The folder has ${what}, so it is not brought into the workspace.`,
    'Import it with "foresight import" on the computer with the workspace, which reads it where it lies.',
  );
