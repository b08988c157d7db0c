import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

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
}

const native = join(import.meta.dirname, '../../native');
export const built = join(native, 'build/native.node');

function newest(folder: string): number {
  const times = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}

/** The add-on of this checkout's sources, compiled here where it is older than they are. */
export function addon(): Addon {
  if (!existsSync(built) || statSync(built).mtimeMs < newest(join(native, 'src'))) {
    const { status, stderr } = spawnSync(process.execPath, [join(native, 'build.mjs')], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The add-on does not compile:\n${stderr}`);
  }
  return createRequire(import.meta.url)(built) as Addon;
}
