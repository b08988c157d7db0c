import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { binaryOf, hashOfPrebuilds, hashOfSources, native, prebuilds } from '../../scripts/native/recipe.mjs';

export interface Description {
  abi: number;
  code: Int32Array;
  constants: Float32Array | Int32Array;
  arenaWords: number;
  localWords: number;
  inputs: Int32Array;
  outputs: Int32Array;
  level?: string;
}
export type Bound = Float32Array | Int32Array | Uint8Array;
export interface Addon {
  version: number;
  level: string;
  levels(): string[];
  createProgram(description: Description): object;
  run(program: object, inputs: Bound[], outputs: Bound[]): void;
  dispose(program: object): void;
  /** Of the packed constants of all programs of the process, each counted once. */
  packedBytes(): number;
}

const built = join(native, 'build', 'native.node');
const shipped = binaryOf(prebuilds, `${process.platform}-${process.arch}`);

function newest(folder: string): number {
  const times = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}

/** The add-on of this checkout's sources: the committed one when it was made of them, else compiled here. */
function current(): string {
  const { FORESIGHT_NATIVE } = process.env;
  if (FORESIGHT_NATIVE) return FORESIGHT_NATIVE;
  if (existsSync(shipped) && hashOfPrebuilds() === hashOfSources()) return shipped;
  if (existsSync(built) && statSync(built).mtimeMs >= newest(join(native, 'src'))) return built;
  const build = [join(native, '..', 'scripts', 'native.mjs'), '--local'];
  const { status, stderr } = spawnSync(process.execPath, build, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The add-on does not compile:\n${stderr}`);
  return built;
}

export const addonFile = current();

export function addon(): Addon {
  return createRequire(import.meta.url)(addonFile) as Addon;
}
