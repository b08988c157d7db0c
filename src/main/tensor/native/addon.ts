import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForesightError } from '../../../shared/errors';
import type { TensorData } from '../types';
import { ABI, type NativeDescription } from './encode';

/** A program that the add-on holds. */
type Handle = object;

/** native/src/addon.cc */
export interface Addon {
  /** Of the encoding that it reads. */
  readonly version: number;
  /** What vectors this processor has; '' without fused multiply-add, and then there is no executor. */
  readonly level: string;
  createProgram(description: NativeDescription): Handle;
  run(handle: Handle, inputs: readonly TensorData[], outputs: readonly TensorData[]): void;
  dispose(handle: Handle): void;
}

const OTHERWISE = 'Use the engine "onnxruntime".';

const unavailable = (reason: string, next: string, cause?: unknown): ForesightError =>
  new ForesightError('unavailable', `The engine "native" is not available: ${reason}.`, next, { cause });

/**
 * Where the add-on may be, in the folders above this module, best first: the one that FORESIGHT_NATIVE names and no other;
 * compiled on this machine, while that is newer than the one brought along; brought along. Inside the packaged app the
 * folders above are in the archive, and Electron loads the copy beside it.
 */
export function addonFiles(from = dirname(fileURLToPath(import.meta.url))): string[] {
  const named = process.env.FORESIGHT_NATIVE;
  if (named) return [named];
  const folders: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    folders.push(join(folder, 'native'));
    if (dirname(folder) === folder) break;
  }
  const system = `${process.platform}-${process.arch}`;
  const inFolder = (folder: string): string[] => {
    const local = join(folder, 'build', 'native.node');
    const shipped = join(folder, 'prebuilds', system, 'foresight.node');
    return changed(local) > changed(shipped) ? [local] : existsSync(shipped) ? [shipped] : [];
  };
  return folders.flatMap(inFolder);
}

/** When a file was written, ms; −1 where there is none, or its folder cannot be looked into. */
function changed(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  } catch {
    return -1;
  }
}

let loaded: Addon | undefined;

/**
 * The native executor, loaded when it is first needed in a thread.
 * @throws ForesightError `unavailable` where there is none for this system, or the processor has no fused multiply-add
 */
export function loadAddon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  const [file] = addonFiles();
  if (file === undefined) {
    throw unavailable(`there is none for ${process.platform} on ${process.arch}`, OTHERWISE);
  }
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw unavailable(`it cannot be loaded (${reason})`, OTHERWISE, cause);
  }
  if (addon.version !== ABI) {
    const versions = `it reads programs of version ${addon.version}, this Foresight writes version ${ABI}`;
    throw unavailable(
      versions,
      process.env.FORESIGHT_NATIVE ? OTHERWISE : `Install Foresight again. ${OTHERWISE}`,
    );
  }
  if (addon.level === '') {
    throw unavailable('this processor cannot multiply and add vectors in one step', OTHERWISE);
  }
  return addon;
}
