import { ForesightError } from '../../../shared/errors';
import type { Brought } from './sending';

/** Folders deeper or fuller than this are no data set that a window brings. */
const MOST_DEPTH = 10;
const MOST_FILES = 5000;

interface Inside {
  path: string;
  file: File;
}

export function droppedFolders(transfer: DataTransfer): FileSystemDirectoryEntry[] {
  return [...transfer.items]
    .map((item) => item.webkitGetAsEntry?.() ?? null)
    .filter((entry): entry is FileSystemDirectoryEntry => entry?.isDirectory === true);
}

/** A folder that was dropped, with all that is in it. @throws ForesightError wrong-use: too much */
export async function broughtFolder(folder: FileSystemDirectoryEntry): Promise<Brought> {
  const inside: Inside[] = [];
  await walk(folder, '', 0, inside);
  return asOne(folder.name, inside);
}

/** A folder that was chosen: its files say their paths, that of the folder first; null of none. */
export function chosenFolder(files: readonly File[]): Brought | null {
  const [first] = files;
  if (!first) return null;
  const [name = 'folder'] = first.webkitRelativePath.split('/');
  if (files.length > MOST_FILES) throw tooMuch(name);
  return asOne(
    name,
    files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file })),
  );
}

/** As one run of bytes: nothing is read before it is sent. What begins with a point is the system's own. */
export function asOne(name: string, all: readonly Inside[]): Brought {
  const inside = all.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')));
  const bytes = new Blob(inside.map(({ file }) => file));
  return {
    ...{ name, size: bytes.size, lastModified: Math.max(0, ...inside.map(({ file }) => file.lastModified)) },
    slice: (from, to) => bytes.slice(from, to),
    files: inside.map(({ path, file }) => ({ path, bytes: file.size })),
  };
}

async function walk(
  folder: FileSystemDirectoryEntry,
  path: string,
  depth: number,
  inside: Inside[],
): Promise<void> {
  if (depth > MOST_DEPTH) throw tooMuch(folder.name);
  const reader = folder.createReader();
  for (;;) {
    // A reader gives some at a time, and none at the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const entry of entries) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, below, depth + 1, inside);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        inside.push({ path: below, file });
      }
      if (inside.length > MOST_FILES) throw tooMuch(folder.name);
    }
  }
}

const tooMuch = (name: string) =>
  new ForesightError(
    'wrong-use',
    `The folder ${name} has more than ${MOST_FILES} files or ${MOST_DEPTH} folders in one another.`,
    'Choose the folder of one data set; a larger one is imported by "foresight import", which reads it where it lies.',
  );
