import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { MainModule } from '@mujoco/mujoco';
import { ForesightError } from '../../../../shared/errors';
import { readForeignSync } from '../../../foreign/read';
import type { RigFolder } from './rig-folder';
import { urdfForMujoco } from './urdf';

/** What a rig's files may have, bytes. */
const MOST_TEXT_BYTES = 8 * 1024 * 1024;
const MOST_FILE_BYTES = 256 * 1024 * 1024;
const MOST_TOTAL_BYTES = 256 * 1024 * 1024;

/** Emscripten's numbers of errors and kinds of files. */
const ENOENT = 44;
const EINVAL = 28;
const EROFS = 69;
const FOLDER = 0o040555;
const FILE = 0o100444;

interface Node {
  id: number;
  mode: number;
  /** Absolute path on this machine. */
  place: string;
  content?: Buffer;
}
interface Stream {
  node: Node;
  position: number;
}

/** What was looked for while a model was compiled. */
export interface FilesSeen {
  /** SHA-256 of what was read, by absolute path; null where there was nothing. */
  files: Map<string, string | null>;
  bytes: number;
  /** Why something could not be read that was asked for. */
  refusals: ForesightError[];
}

/**
 * Lets MuJoCo look into a rig's folder by itself: what an MJCF file names is found by MuJoCo's own rules (includes, asset
 * folders, attached models), under the paths that it has on this machine, and is read when it is asked for. Outside of
 * what a rig may read there is nothing.
 * @param look what is done while the folder is there
 */
export function withRigFiles<Result>(
  module: MainModule,
  rig: RigFolder,
  look: (inside: (path: string) => string) => Result,
): { result: Result; seen: FilesSeen } {
  const seen: FilesSeen = { files: new Map(), bytes: 0, refusals: [] };
  const { FS } = module;
  const top = insidePath(rig.shelf);
  const isRoot = top === '/';
  const mountPoint = isRoot ? insidePath(rig.folder) : top;
  FS.mkdirTree(mountPoint, 0o755);
  FS.mount(filesystem(module, rig, seen), { root: isRoot ? rig.folder : rig.shelf }, mountPoint);
  try {
    return { result: look(insidePath), seen };
  } finally {
    FS.unmount(mountPoint);
  }
}

/** A path of this machine as MuJoCo sees it: `C:\rigs\arm` is `/C:/rigs/arm`. */
function insidePath(path: string): string {
  const slashes = path.split(sep).join('/');
  return slashes.startsWith('/') ? slashes : `/${slashes}`;
}

/** A read-only file system of Emscripten's over a rig's files. */
function filesystem(module: MainModule, rig: RigFolder, seen: FilesSeen) {
  const { FS } = module;
  const fails = (errno: number): never => {
    throw new FS.ErrnoError(errno);
  };
  const create = (parent: Node | null, name: string, place: string, mode: number): Node =>
    Object.assign(FS.createNode(parent, name, mode, 0), {
      place,
      node_ops: nodeOperations,
      stream_ops: streamOperations,
    });
  const nodeOperations = {
    lookup(parent: Node, name: string): Node {
      const path = join(parent.place, name);
      const place = rig.place(path);
      if (place === undefined) seen.files.set(path, null);
      if (place === null) seen.refusals.push(outside(rig, path));
      if (!place) return fails(ENOENT);
      return create(parent, name, path, statSync(place).isDirectory() ? FOLDER : FILE);
    },
    getattr(node: Node) {
      const time = new Date(0);
      return {
        ...{ dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0 },
        ...{ size: node.mode === FOLDER ? 0 : contentOf(node).length, blksize: 4096, blocks: 1 },
        ...{ atime: time, mtime: time, ctime: time },
      };
    },
    readdir: () => ['.', '..'],
  };
  const streamOperations = {
    open: ({ node }: Stream) => void contentOf(node),
    read({ node }: Stream, into: Int8Array, offset: number, length: number, from: number): number {
      const part = contentOf(node).subarray(from, from + length);
      into.set(part, offset);
      return part.length;
    },
    llseek(stream: Stream, offset: number, whence: number): number {
      const from = [0, stream.position, contentOf(stream.node).length][whence];
      if (from === undefined || from + offset < 0) return fails(EINVAL);
      return from + offset;
    },
    write: () => fails(EROFS),
  };
  /** Read once: what was hashed is what was compiled. */
  const contentOf = (node: Node): Buffer => {
    if (node.content) return node.content;
    try {
      node.content = readForeignSync(node.place, limitsOf(node.place));
      seen.bytes += node.content.length;
      if (seen.bytes > MOST_TOTAL_BYTES) throw tooMuch(rig, seen.bytes);
    } catch (thrown) {
      if (!(thrown instanceof ForesightError)) throw thrown;
      seen.refusals.push(thrown);
      return fails(ENOENT);
    }
    seen.files.set(node.place, createHash('sha256').update(node.content).digest('hex'));
    if (/\.urdf$/i.test(node.place)) node.content = Buffer.from(urdfForMujoco(node.content.toString('utf8')));
    return node.content;
  };
  return { mount: ({ opts }: { opts: { root: string } }) => create(null, '/', opts.root, FOLDER) };
}

/** What MuJoCo parses itself is shorter than what it copies. */
function limitsOf(path: string) {
  const isText = /\.(xml|mjcf|urdf)$/i.test(path);
  return {
    what: isText ? 'an MJCF file' : 'a mesh or texture',
    most: isText ? MOST_TEXT_BYTES : MOST_FILE_BYTES,
    next: 'Use a smaller file, and check the rig again.',
  };
}

function outside(rig: RigFolder, path: string): ForesightError {
  return new ForesightError(
    'bad-file',
    `${path} leads out of the folder of the rig (${rig.folder}), and is not read.`,
    'Copy what the rig needs into its folder, and correct the path.',
  );
}

function tooMuch(rig: RigFolder, bytes: number): ForesightError {
  return new ForesightError(
    'bad-file',
    `The files of the rig in ${rig.folder} have more than ${MOST_TOTAL_BYTES} bytes in all (${bytes} so far).`,
    'Use smaller meshes or textures, and check the rig again.',
  );
}
