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
  /** Did it stop in the middle of something? Then nothing in it can be relied on any more. */
  readonly broken: boolean;
  /** Marks it so, when a call ended in something that is no error of MuJoCo's own. */
  giveUp(): void;
}

/** What a model may take of memory in all. */
export const MOST_MEMORY_BYTES = 1024 ** 3;
const PAGE_BYTES = 64 * 1024;

let loading: Promise<Mujoco> | undefined;

/**
 * Loads MuJoCo's WebAssembly build once a process, and again after one that broke. The .wasm file is read here and handed
 * over, because inside an asar archive only Node's fs finds it. Nothing of it may reach stdout: that belongs to `--json`.
 */
export async function loadMujoco(): Promise<Mujoco> {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw new ForesightError(
      'unavailable',
      `The simulator MuJoCo cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Install Foresight again; simulated rigs need the package @mujoco/mujoco.',
      { cause },
    );
  });
  const mujoco = await loading;
  if (!mujoco.broken) return mujoco;
  loading = undefined;
  return loadMujoco();
}

async function load(): Promise<Mujoco> {
  const program = await readFile(createRequire(import.meta.url).resolve('@mujoco/mujoco/mujoco.wasm'));
  const { default: factory } = await import('@mujoco/mujoco');
  let warnings: string[] = [];
  let broken = false;
  const note = (line: string) => {
    if (warnings.length < 20) warnings.push(line);
  };
  let refuse: (cause: unknown) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  const started = factory({
    instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(new Uint8Array(program), imports).then(({ instance }) => {
        limitMemory(instance);
        done(instance);
      }, refuse);
    },
    print: note,
    printErr: note,
    onAbort: () => {
      broken = true;
    },
  });
  const module = await Promise.race([started, refused]);
  return {
    module,
    version: module.mj_versionString(),
    takeWarnings: () => {
      const taken = warnings;
      warnings = [];
      return taken;
    },
    get broken() {
      return broken;
    },
    giveUp: () => {
      broken = true;
    },
  };
}

/** Memory that would grow beyond the limit does not: MuJoCo then says that it has no more, or aborts. */
function limitMemory(instance: WebAssembly.Instance): void {
  const { memory } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory)) return;
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE_BYTES > MOST_MEMORY_BYTES) {
      throw new RangeError('more memory than a model may have');
    }
    return grow(pages);
  };
}
