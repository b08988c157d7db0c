import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  engine,
  env,
  findBackendFactory,
  type KernelBackend,
  registerBackend,
  registerGradient,
  removeBackend,
} from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import { GRADIENTS } from '../gradients';

const reasonOf = (cause: unknown): string => {
  const message = (cause instanceof Error ? cause.message.split('\n')[0] : String(cause)) ?? '';
  return message.replace(/\.$/, '');
};

const unavailable = (engine: string, reason: string, next: string, cause?: unknown): ForesightError =>
  new ForesightError('unavailable', `The engine "${engine}" is not available: ${reason}.`, next, { cause });

/** Lower than what a program may have chosen by itself. */
const PRIORITY = 0;

const starting = new Map<string, Promise<KernelBackend>>();

/**
 * Starts a registered backend once, without putting it in charge. tfjs itself starts a backend by switching to it,
 * which leaves everything else that happens in the meantime without one; so it is started here and registered again
 * as one that is there at once.
 */
function start(backend: string): Promise<KernelBackend> {
  const known = starting.get(backend);
  if (known) return known;
  const factory = findBackendFactory(backend);
  const begin = async () => {
    const running = engine().registry[backend];
    if (running) return running;
    const instance = await factory();
    removeBackend(backend);
    registerBackend(backend, () => instance, PRIORITY);
    return instance;
  };
  const started = begin();
  starting.set(backend, started);
  started.catch(() => starting.delete(backend));
  return started;
}

const PROCESS_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** Runs `body` and takes off the listeners for dying processes that it put on: how to die is not a library's business. */
async function keepingProcessListeners<T>(body: () => Promise<T>): Promise<T> {
  const before = PROCESS_EVENTS.map(
    (event) => new Set<unknown>(process.listeners(event as 'uncaughtException')),
  );
  try {
    return await body();
  } finally {
    PROCESS_EVENTS.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i]?.has(listener)) process.off(event, listener);
      }
    });
  }
}

/**
 * Loads a part of tfjs without its remarks. tfjs-node brings a TensorFlow.js of its own, and with that beside the one in our
 * bundle each says of every kernel that the other had it already.
 */
async function quietly<T>(load: () => T | Promise<T>): Promise<T> {
  const flags = env();
  const before = flags.getBool('PROD');
  flags.set('PROD', true);
  try {
    return await load();
  } finally {
    flags.set('PROD', before);
  }
}

export async function startCpu(): Promise<string> {
  await quietly(() => import('@tensorflow/tfjs-backend-cpu'));
  const cpu = await start('cpu');
  // Its first use prints an advertisement for tfjs-node, which belongs in no technician's terminal.
  (cpu as unknown as { firstUse: boolean }).firstUse = false;
  return 'cpu';
}

/** Beside the bundled program, or in the installed package when it runs from source. */
function wasmFolder(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = [join(here, 'wasm'), join(here, '..', 'wasm')];
  const file = 'tfjs-backend-wasm-simd.wasm';
  const bundled = beside.find((folder) => existsSync(join(folder, file)));
  if (bundled) return bundled;
  try {
    return dirname(createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-wasm/dist/${file}`));
  } catch {
    return undefined; // not installed: reported by the caller
  }
}

export async function startWasm(): Promise<string> {
  const folder = wasmFolder();
  if (!folder) {
    throw unavailable(
      'wasm',
      'its WebAssembly files are missing',
      'Install Foresight again, or use "onnxruntime".',
    );
  }
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(folder + sep);
  await keepingProcessListeners(() => start('wasm')).catch((cause: unknown) => {
    throw unavailable('wasm', reasonOf(cause), 'Use the engine "onnxruntime".', cause);
  });
  return 'wasm';
}

/** Not a literal, so that bundlers and the type checker do not look for the optional package. */
const TFJS_NODE = ['@tensorflow', 'tfjs-node'].join('/');

export async function startTensorFlow(): Promise<string> {
  const require = createRequire(import.meta.url);
  // tfjs-node 4.22 calls util.isNullOrUndefined, which Node 23 removed.
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  try {
    // Without its library it fails only after it has loaded a second TensorFlow.js beside ours.
    const folder = dirname(require.resolve(`${TFJS_NODE}/package.json`));
    if (!existsSync(join(folder, 'lib'))) throw new Error('its native library has not been downloaded');
    await quietly(() => require(TFJS_NODE));
    // It has registered TensorFlow.js's own gradients over ours.
    for (const [kernelName, gradient] of Object.entries(GRADIENTS))
      registerGradient({ kernelName, ...gradient });
  } catch (cause) {
    const missing = (cause as { code?: string }).code === 'MODULE_NOT_FOUND';
    const reason = missing ? 'the optional package @tensorflow/tfjs-node is not installed' : reasonOf(cause);
    throw unavailable(
      'tensorflow',
      reason,
      'Fetch it with "npm rebuild @tensorflow/tfjs-node --ignore-scripts=false", or use "onnxruntime".',
      cause,
    );
  }
  await start('tensorflow').catch((cause: unknown) => {
    throw unavailable('tensorflow', reasonOf(cause), 'Use the engine "onnxruntime".', cause);
  });
  return 'tensorflow';
}
