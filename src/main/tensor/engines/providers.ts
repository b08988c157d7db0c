import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { ENGINE_NAMES, type EngineName } from '../../../shared/model-options';
import { encodeModel } from '../onnx/model';

type Runtime = typeof import('onnxruntime-node');

const PREFIX = 'onnxruntime:';
/** What ONNX Runtime computes with besides the processor, in its own words. */
export type Provider =
  Extract<EngineName, `${typeof PREFIX}${string}`> extends `${typeof PREFIX}${infer P}` ? P : never;

/** The execution provider of an engine's name; undefined for engines that are none. */
export function providerOf(engine: EngineName): Provider | undefined {
  return engine.startsWith(PREFIX) ? (engine.slice(PREFIX.length) as Provider) : undefined;
}

/** The providers that the installed package has for this system, whether or not they start here. */
export function offeredProviders(runtime: Runtime): Provider[] {
  const offered = new Set(runtime.listSupportedBackends().map(({ name }) => name));
  return ENGINE_NAMES.flatMap((engine) => providerOf(engine) ?? []).filter((name) => offered.has(name));
}

const started = new Map<Provider, Promise<void>>();

/**
 * Computes something small with a provider, once a process: a provider says that it does not work only then.
 * Native code of graphics drivers runs here and may end the process; `listEngines` does it in one apart.
 * @throws ForesightError `unavailable` with what is missing and what to do
 */
export function startProvider(runtime: Runtime, provider: Provider): Promise<void> {
  const known = started.get(provider);
  if (known) return known;
  const starting = tryProvider(runtime, provider);
  started.set(provider, starting);
  starting.catch(() => started.delete(provider));
  return starting;
}

async function tryProvider(runtime: Runtime, provider: Provider): Promise<void> {
  const missing = offeredProviders(runtime).includes(provider) ? missingPart(provider) : notOffered(provider);
  if (missing) throw missing;
  try {
    const session = await runtime.InferenceSession.create(trialModel(), {
      executionProviders: [provider],
      logSeverityLevel: 4,
    });
    const x = new runtime.Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]);
    const { y } = await session.run({ x });
    await session.release();
    const product = [...((y?.data ?? []) as Float32Array)];
    if (product.join() !== '7,10,15,22') throw new Error(`a matrix product came out as [${product.join()}]`);
  } catch (cause) {
    throw unavailable(provider, plainReason(cause), NEXT[provider], cause);
  }
}

/** A matrix times itself. */
function trialModel(): Uint8Array {
  const value = (name: string) => ({ name, shape: [2, 2], type: 'float32' as const });
  return encodeModel({
    name: 'trial',
    nodes: [{ op: 'MatMul', inputs: ['x', 'x'], outputs: ['y'], attributes: {} }],
    initializers: [],
    inputs: [value('x')],
    outputs: [value('y')],
    metadata: {},
  });
}

const unavailable = (provider: Provider, reason: string, next: string, cause?: unknown): ForesightError =>
  new ForesightError(
    'unavailable',
    `The engine "${PREFIX}${provider}" is not available: ${reason}.`,
    next,
    cause === undefined ? {} : { cause },
  );

const OTHERWISE = 'or use "onnxruntime".';
const NEXT: Record<Provider, string> = {
  webgpu: `Install or update the driver of the graphics card (with Vulkan on Linux), ${OTHERWISE}`,
  cuda: `Install NVIDIA's driver, CUDA 12 and cuDNN 9 and put their folders on the library path, ${OTHERWISE}`,
  tensorrt: `Install NVIDIA's driver, CUDA 12, cuDNN 9 and TensorRT 10 and put their folders on the library path, ${OTHERWISE}`,
  dml: `Update Windows and the driver of the graphics card, ${OTHERWISE}`,
  coreml: `Update macOS, ${OTHERWISE}`,
};

function notOffered(provider: Provider): ForesightError {
  return unavailable(
    provider,
    `ONNX Runtime for this system (${process.platform} ${process.arch}) does not have it`,
    'Use "onnxruntime".',
  );
}

/** What can be seen to be missing without loading anything; the libraries themselves would print their own pages. */
function missingPart(provider: Provider): ForesightError | undefined {
  if (process.platform !== 'linux') return undefined;
  if (provider === 'webgpu' && !canLoad('libvulkan.so.1')) {
    return unavailable(
      provider,
      "Vulkan's loader libvulkan.so.1 is not installed",
      `Install the package "libvulkan1" (Fedora: "vulkan-loader") and the driver of the graphics card, ${OTHERWISE}`,
    );
  }
  if (provider === 'cuda' || provider === 'tensorrt') {
    const library = `libonnxruntime_providers_${provider}.so`;
    if (existsSync(join(libraryFolder(), library))) return undefined;
    return unavailable(
      provider,
      `its library ${library} is not part of the npm package and has not been fetched`,
      `Fetch it with "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false", ${OTHERWISE}`,
    );
  }
  return undefined;
}

function libraryFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** Whether the system's loader finds a shared library. Node refuses it either way, as it is no addon, but with another reason. */
function canLoad(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (refusal) {
    return !(refusal as Error).message.includes('cannot open shared object file');
  }
}

/** The last sentence of a native message, without the source file, line and function it begins with. */
function plainReason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const line = message.trim().split('\n')[0] ?? '';
  const sentences = line.replace(/^.* was false\. /, '').replace(/^\S*onnxruntime_src\S*\s+/, '');
  return sentences.replace(/\.$/, '');
}
