import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForesightError } from '../../../shared/errors';
import type { TensorData } from '../types';
import type { NativeDescription } from './encode';

/** A program that the add-on holds. */
type Handle = object;

/** native/src/addon.cc */
export interface Addon {
  /** What vectors this processor has; '' without fused multiply-add, and then there is no executor. */
  readonly level: string;
  createProgram(description: NativeDescription): Handle;
  run(handle: Handle, inputs: readonly TensorData[], outputs: readonly TensorData[]): void;
  dispose(handle: Handle): void;
}

const OTHERWISE = 'Use the engine "onnxruntime".';

const unavailable = (reason: string, next: string, cause?: unknown): ForesightError =>
  new ForesightError('unavailable', `The engine "native" is not available: ${reason}.`, next, { cause });

/** Where the add-on may be, in the folders above this module: compiled on this machine, or brought along. */
function addonFiles(): string[] {
  const names = [
    join('native', 'build', 'native.node'),
    join('native', 'prebuilds', `${process.platform}-${process.arch}.node`),
  ];
  const files: string[] = [];
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let above = dirname(folder); above !== folder; folder = above, above = dirname(above)) {
    files.push(...names.map((name) => join(folder, name)));
  }
  return files;
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
  const file = addonFiles().find((one) => existsSync(one));
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
  if (addon.level === '') {
    throw unavailable('this processor cannot multiply and add vectors in one step', OTHERWISE);
  }
  return addon;
}
