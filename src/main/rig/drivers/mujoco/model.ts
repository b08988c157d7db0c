import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import type { MainModule, MjModel } from '@mujoco/mujoco';
import { ForesightError } from '../../../../shared/errors';
import type { Mujoco } from './engine';

/** A rig's files come from elsewhere: what is larger than this is not read. */
const MAX_XML_BYTES = 8 * 1024 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/** Names in a compiled model, by kind; unnamed elements are empty strings. */
export interface ModelNames {
  joints: string[];
  actuators: string[];
  sensors: string[];
  bodies: string[];
}

/** An MJCF file compiled, with every file it includes; call `delete()` when done. */
export async function compileModel(mujoco: Mujoco, path: string): Promise<MjModel> {
  const { module } = mujoco;
  const files = await collectFiles(path);
  const vfs = new module.MjVFS();
  try {
    for (const [name, bytes] of files) vfs.addBuffer(name, bytes);
    return module.MjModel.from_xml_path(basename(path), vfs);
  } catch (cause) {
    throw new ForesightError(
      'bad-file',
      `${path} is no model MuJoCo can build: ${mujocoSentence(cause)}`,
      'Open the file in MuJoCo’s own viewer, correct what it names, and check the rig again.',
      { cause },
    );
  } finally {
    vfs.delete();
    mujoco.takeWarnings();
  }
}

/** MuJoCo's message on one line, without its prefixes. */
function mujocoSentence(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const plain = text.replace(/^MuJoCo Error:\s*/, '').replace(/^Loading error:\s*/, '');
  return `${plain.replace(/\s+/g, ' ').trim().replace(/\.$/, '')}.`;
}

/**
 * The MJCF file and everything it names in a `file` attribute, by the name MuJoCo will ask for. Includes are
 * followed; meshes and textures are looked for where the compiler's directories say.
 */
export async function collectFiles(path: string): Promise<Map<string, Uint8Array>> {
  const folder = dirname(path);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  const read = async (name: string, limit: number): Promise<Uint8Array | undefined> => {
    const file = isAbsolute(name) ? name : join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (!info?.isFile()) return undefined;
    total += info.size;
    if (info.size > limit || total > MAX_TOTAL_BYTES) {
      throw new ForesightError(
        'bad-file',
        `${file} is larger than a rig's files may be (${megabytes(info.size)} MB, limit ${megabytes(limit)} MB).`,
        'Use a smaller mesh or texture.',
      );
    }
    return readFile(file);
  };
  const main = await read(basename(path), MAX_XML_BYTES);
  if (!main) {
    throw new ForesightError(
      'bad-file',
      `There is no model file ${path}.`,
      'Correct the path in rig.json; it is relative to the folder of rig.json.',
    );
  }
  const pending: [string, Uint8Array][] = [[basename(path), main]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [name, bytes] = next;
    files.set(name, bytes);
    const text = new TextDecoder().decode(bytes);
    for (const { file, include, directories } of fileReferences(text)) {
      const places = (include ? [dirname(name), '.'] : directories).map((d) => normalize(join(d, file)));
      if (places.some((place) => files.has(place))) continue;
      for (const place of places) {
        const content = await read(place, include ? MAX_XML_BYTES : MAX_TOTAL_BYTES);
        if (!content) continue;
        if (include) pending.push([place, content]);
        else files.set(place, content);
        break;
      }
    }
  }
  return files;
}

interface FileReference {
  file: string;
  include: boolean;
  /** Folders it may lie in, relative to the model. */
  directories: string[];
}

function fileReferences(xml: string): FileReference[] {
  const text = xml.replace(/<!--[\s\S]*?-->/g, '');
  const attribute = (name: string) =>
    new RegExp(`<compiler[^>]*\\b${name}\\s*=\\s*"([^"]*)"`).exec(text)?.[1];
  const asset = attribute('assetdir');
  const directories = [attribute('meshdir'), attribute('texturedir'), asset, '.'].filter(
    (d) => d !== undefined,
  );
  return [...text.matchAll(/<(\w+)\b[^>]*?\bfile\s*=\s*"([^"]+)"/g)].map((match) => ({
    file: match[2] ?? '',
    include: match[1] === 'include',
    directories,
  }));
}

/** An MJCF file as one text, its includes put in place: what a viewer without a file system can read. */
export async function readModelText(path: string): Promise<string> {
  const files = await collectFiles(path);
  const text = (name: string) => new TextDecoder().decode(files.get(name));
  const expand = (name: string, depth: number): string =>
    text(name).replace(
      /<include\b[^>]*?\bfile\s*=\s*"([^"]+)"[^>]*?(?:\/>|>\s*<\/include>)/g,
      (element, file) => {
        const place = [dirname(name), '.'].map((d) => normalize(join(d, file))).find((p) => files.has(p));
        if (place === undefined || depth > 8) return element;
        return /<(mujoco\w*)\b[^>]*>([\s\S]*)<\/\1>/.exec(expand(place, depth + 1))?.[2] ?? '';
      },
    );
  return expand(basename(path), 0);
}

/** Names by kind, read from the model's own name table (mj_id2name returns rubbish for unnamed elements). */
export function modelNames(model: MjModel): ModelNames {
  const table: ArrayLike<number> = model.names;
  const at = (addresses: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const start = addresses[i] ?? 0;
      let end = start;
      while (end < table.length && table[end] !== 0) end++;
      return new TextDecoder().decode(
        Uint8Array.from({ length: end - start }, (_, k) => table[start + k] ?? 0),
      );
    });
  return {
    joints: at(model.name_jntadr, model.njnt),
    actuators: at(model.name_actuatoradr, model.nu),
    sensors: at(model.name_sensoradr, model.nsensor),
    bodies: at(model.name_bodyadr, model.nbody),
  };
}

/** Is the joint described by one number (hinge or slide)? */
export function isScalarJoint(module: MainModule, model: MjModel, joint: number): boolean {
  const type = (model.jnt_type as ArrayLike<number>)[joint];
  return type === module.mjtJoint.mjJNT_HINGE.value || type === module.mjtJoint.mjJNT_SLIDE.value;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
