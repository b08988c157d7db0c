import type { MjModel } from '@mujoco/mujoco';
import { ForesightError } from '../../../../shared/errors';
import { CompiledModels } from './compiled-models';
import { MOST_MEMORY_BYTES, type Mujoco } from './engine';
import { type FilesSeen, withRigFiles } from './rig-filesystem';
import { RigFolder } from './rig-folder';

const CORRECT = 'Open the file in MuJoCo’s own viewer, correct what it names, and check the rig again.';

/**
 * An MJCF file compiled with everything it names, or taken from where compiled models are kept; call `delete()` when done.
 * @param folder of the rig, absolute: nothing outside of it is read
 * @param path of the MJCF file, absolute
 * @throws bad-file with what MuJoCo says. A MuJoCo that stopped in the middle of it is not used again.
 */
export function compileModel(mujoco: Mujoco, folder: string, path: string): MjModel {
  const rig = new RigFolder(folder);
  requireInside(rig, path);
  const kept = new CompiledModels(mujoco.version);
  const found = kept.find(rig, path);
  if (found) {
    try {
      return fromBinary(mujoco, found);
    } catch {
      // A kept model that cannot be read is compiled again.
    }
  }
  const { model, seen } = compile(mujoco, rig, path);
  kept.keep(path, seen, () => toBinary(mujoco, model));
  return model;
}

function compile(mujoco: Mujoco, rig: RigFolder, path: string): { model: MjModel; seen: FilesSeen } {
  const { module } = mujoco;
  mujoco.takeWarnings();
  const { result, seen } = withRigFiles(module, rig, (inside) => {
    const files = new module.MjVFS();
    try {
      return module.MjModel.from_xml_path(inside(path), files);
    } catch (thrown) {
      if (!isMujocosOwn(thrown)) mujoco.giveUp();
      // Of an exception of C++ the message is a list.
      return new Error(thrown instanceof Error ? String(thrown.message) : String(thrown), { cause: thrown });
    } finally {
      if (!mujoco.broken) files.delete();
    }
  });
  if (!(result instanceof Error)) return { model: result, seen };
  const [refusal] = seen.refusals;
  if (refusal) throw refusal;
  const wantedMore = [result.message, ...mujoco.takeWarnings()].some(isOutOfMemory);
  const sentence = !mujoco.broken
    ? mujocoSentence(result)
    : wantedMore
      ? `it needs more than ${MOST_MEMORY_BYTES / 1024 ** 2} MB of memory.`
      : `MuJoCo stopped in the middle of it (${result.message}).`;
  throw (
    meshProblem(path, result.message) ??
    new ForesightError('bad-file', `${path} is no model MuJoCo can build: ${sentence}`, CORRECT, {
      cause: result,
    })
  );
}

function requireInside(rig: RigFolder, path: string): void {
  const place = rig.place(path);
  if (place) return;
  throw place === undefined
    ? new ForesightError(
        'bad-file',
        `There is no model file ${path}.`,
        'Correct the path in rig.json; it is relative to the folder of rig.json.',
      )
    : new ForesightError(
        'bad-file',
        `The model file ${path} leads out of the folder of the rig (${rig.folder}), and is not read.`,
        'Copy the model with its meshes into the folder of the rig, and correct the path in rig.json.',
      );
}

/** What is wrong with a mesh or another file that a model names, by its name; undefined where it is something else. */
function meshProblem(path: string, message: string): ForesightError | undefined {
  const missing = /Error opening file '([^']*)'/.exec(message)?.[1];
  if (missing !== undefined) {
    return new ForesightError(
      'bad-file',
      `${path} names the file "${missing}", which is not there.`,
      'Copy it into the folder of the rig, where the model says it is, or correct its path in the model.',
    );
  }
  const unread = /no decoder found for mesh file '([^']*)'/.exec(message)?.[1];
  if (unread !== undefined) {
    return new ForesightError(
      'bad-file',
      `The mesh ${unread} is of a kind that is not read.`,
      'STL, OBJ and MSH files are: export it as one of them, and name that in the model.',
    );
  }
  const [, broken, why = ''] =
    /decoder failed for mesh file '([^']*)'(?:.*?_decoder: ([^']*))?/s.exec(message) ?? [];
  if (broken === undefined) return undefined;
  return new ForesightError(
    'bad-file',
    `The mesh ${broken} cannot be read${why.trim() === '' ? '' : `: ${why.trim()}`}.`,
    'Export the mesh once more, and check the rig again.',
  );
}

/** A sentence of MuJoCo about a model, and no accident: an abort, memory out of bounds or at an end, a stack too deep. */
function isMujocosOwn(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown instanceof RangeError) return false;
  return !(thrown instanceof WebAssembly.RuntimeError) && !isOutOfMemory(String(thrown.message));
}

/** In C++'s words, and in Emscripten's. */
const isOutOfMemory = (message: string) => /bad_alloc|Failed to grow|Cannot enlarge/.test(message);

/** MuJoCo's message on one line, without its prefixes. */
function mujocoSentence(cause: Error): string {
  const plain = cause.message.replace(/^MuJoCo Error: */, '').replace(/^Loading error: */, '');
  return `${plain.replace(/\s+/g, ' ').trim().replace(/\.$/, '')}.`;
}

const BINARY = '/compiled.mjb';

function fromBinary({ module }: Mujoco, bytes: Uint8Array): MjModel {
  const files = new module.MjVFS();
  module.FS.writeFile(BINARY, bytes, { canOwn: true });
  try {
    return module.MjModel.from_binary_path(BINARY, files);
  } finally {
    module.FS.unlink(BINARY);
    files.delete();
  }
}

function toBinary({ module }: Mujoco, model: MjModel): Uint8Array {
  module.mj_saveModel(model, BINARY, null);
  try {
    return module.FS.readFile(BINARY);
  } finally {
    module.FS.unlink(BINARY);
  }
}
