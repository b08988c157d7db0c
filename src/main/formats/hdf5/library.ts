import { ForesightError } from '../../../shared/errors';

/** What the library may take of memory in all. */
const MOST_MEMORY_BYTES = 2 ** 29;
const PAGE_BYTES = 2 ** 16;
/** What is kept of its complaints, characters. */
const MOST_COMPLAINT = 2 ** 16;
/** "No such file", as the library's own C code numbers it. */
const NOT_THERE = 44;

export type H5Module = typeof import('h5wasm/node').Module;

/** HDF5, loaded, with only one file of this computer in its reach. */
export interface Hdf5 {
  module: H5Module;
  /** From now on this file, and no other, can be opened. */
  allow(path: string): void;
  /** What went wrong since this was last asked. */
  taken(): Hdf5Troubles;
}

export interface Hdf5Troubles {
  /** The library's own words for the innermost reason; empty where it said nothing. */
  reason: string;
  /** Another file that it wanted to open: a file's links can name any. */
  elsewhere: string | undefined;
  /** What the system answered to a write that failed, which the library does not pass on. */
  failed: { code: string; message: string } | undefined;
}

let loading: Promise<Hdf5> | undefined;

/**
 * Loads HDF5 as WebAssembly, once a process. Its calls for files end at a wall here: whatever a file says, no path but the one that
 * is allowed is opened, asked about or searched for plug-ins. Nothing of it may reach stdout: that belongs to `--json`.
 */
export function loadHdf5(): Promise<Hdf5> {
  loading ??= load().catch((cause: unknown) => {
    throw new ForesightError(
      'unavailable',
      `The library for HDF5 cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Install Foresight again; HDF5 needs the package h5wasm.',
      { cause },
    );
  });
  return loading;
}

async function load(): Promise<Hdf5> {
  limitMemory();
  const { ready } = await import('h5wasm/node');
  const module = await ready;
  for (let left = module.get_plugin_search_paths().length; left > 0; left--)
    module.remove_plugin_search_path(0);
  const wall = wallAround(module.FS as unknown as FileCalls);
  return { module, ...wall };
}

/** This process is there for the library alone, so the limit is that of all memory that WebAssembly has here. */
function limitMemory(): void {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * PAGE_BYTES > MOST_MEMORY_BYTES) {
      throw new RangeError('more memory than a file may take');
    }
    return grow.call(this, pages);
  };
}

type FileCall = (...args: unknown[]) => unknown;
type FileCalls = Record<string, FileCall> & { ErrnoError: new (errno: number) => Error };

/** Calls that take a path first. */
const BY_PATH = [
  ...['open', 'stat', 'lstat', 'statfs', 'readdir', 'unlink', 'rename', 'mkdir', 'rmdir', 'symlink'],
  ...[
    'readlink',
    'mknod',
    'truncate',
    'utime',
    'chmod',
    'lchmod',
    'chown',
    'lchown',
    'readFile',
    'writeFile',
  ],
  ...['chdir', 'lookupPath'],
];
/** Calls that change a file that is open. */
const CHANGES = ['write', 'ftruncate', 'close'];

function wallAround(files: FileCalls): Pick<Hdf5, 'allow' | 'taken'> {
  let allowed: string | undefined;
  let complaint = '';
  let elsewhere: string | undefined;
  let failed: Hdf5Troubles['failed'];
  for (const name of BY_PATH) {
    const original = files[name];
    if (original === undefined) continue;
    files[name] = (path, ...rest) => {
      if (path === allowed) return original(path, ...rest);
      elsewhere ??= String(path);
      throw new files.ErrnoError(NOT_THERE);
    };
  }
  for (const name of CHANGES) {
    const original = files[name];
    if (original === undefined) continue;
    files[name] = (stream, ...rest) => {
      try {
        return original(stream, ...rest);
      } catch (thrown) {
        failed ??= { code: codeOf(thrown), message: (thrown as Error).message };
        throw thrown;
      }
    };
  }
  const write = files.write;
  files.write = (stream, buffer, offset, length, ...rest) => {
    if ((stream as { fd: number }).fd > 2) return write?.(stream, buffer, offset, length, ...rest);
    const { buffer: memory, byteOffset } = buffer as Uint8Array;
    const said = new Uint8Array(memory, byteOffset + (offset as number), length as number);
    if (complaint.length < MOST_COMPLAINT) complaint += new TextDecoder().decode(said.slice());
    return length;
  };
  return {
    allow: (path) => {
      allowed = path;
    },
    taken: () => {
      const troubles = { reason: innermost(complaint), elsewhere, failed };
      complaint = '';
      elsewhere = undefined;
      failed = undefined;
      return troubles;
    },
  };
}

/** Of the library's list of calls, outermost first, what the last one said. */
function innermost(complaint: string): string {
  const reasons = [...complaint.matchAll(/#\d+: .* in \w+\(\): (.*)/g)];
  return (reasons.at(-1)?.[1] ?? '').trim().slice(0, 200);
}

/** Of C's numbers for what a system refuses, as WebAssembly has them, those that a disk answers with. */
const CODES: Record<number, string> = { 19: 'EDQUOT', 22: 'EFBIG', 29: 'EIO', 51: 'ENOSPC', 69: 'EROFS' };

function codeOf(thrown: unknown): string {
  const { code, errno } = thrown as { code?: string; errno?: number };
  return code ?? CODES[errno ?? 0] ?? 'EIO';
}
