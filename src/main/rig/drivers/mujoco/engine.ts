import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { MainModule } from '@mujoco/mujoco';
import { ForesightError } from '../../../../shared/errors';

/** MuJoCo, loaded, with what it last complained about. */
export interface Mujoco {
  module: MainModule;
  version: string;
  /** Takes the warnings MuJoCo printed since the last call. */
  takeWarnings(): string[];
}

let loading: Promise<Mujoco> | undefined;

/**
 * Loads MuJoCo's WebAssembly build once a process. The .wasm file is read here and handed over, because inside an
 * asar archive only Node's fs finds it. Nothing of it may reach stdout: that belongs to `--json`.
 */
export function loadMujoco(): Promise<Mujoco> {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw new ForesightError(
      'unavailable',
      `The simulator MuJoCo cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Install Foresight again; simulated rigs need the package @mujoco/mujoco.',
      { cause },
    );
  });
  return loading;
}

async function load(): Promise<Mujoco> {
  const wasmBinary = await readFile(createRequire(import.meta.url).resolve('@mujoco/mujoco/mujoco.wasm'));
  const { default: factory } = await import('@mujoco/mujoco');
  let warnings: string[] = [];
  const note = (line: string) => {
    if (warnings.length < 20) warnings.push(line);
  };
  const module = await factory({ wasmBinary, print: note, printErr: note });
  return {
    module,
    version: module.mj_versionString(),
    takeWarnings: () => {
      const taken = warnings;
      warnings = [];
      return taken;
    },
  };
}
