import { asForesightError } from '../../shared/errors';
import { eagerEngine } from './engines/eager';
import { openNative } from './engines/native';
import { onnxRuntimeEngines, openOnnxRuntime } from './engines/onnxruntime';
import { providerOf } from './engines/providers';
import { startCpu, startTensorFlow, startWasm } from './engines/tfjs-backends';
import { DEFAULT_ENGINE, ENGINE_NAMES, type Engine, type EngineName } from './types';

type Eager = Extract<EngineName, 'tensorflow' | 'wasm' | 'cpu'>;
const EAGER: Record<Eager, () => Promise<string>> = {
  tensorflow: startTensorFlow,
  wasm: startWasm,
  cpu: startCpu,
};
const isEager = (name: EngineName): name is Eager => name in EAGER;

/**
 * Opens an engine by name; its libraries are loaded now and not before. An execution provider ("onnxruntime:webgpu")
 * computes something small first, in this process: `listEngines` with a host finds out in another. In the place of
 * "native", the default, comes "onnxruntime" where this machine does not have it.
 * @throws ForesightError `unavailable` with the reason when this machine does not have it
 */
export async function openEngine(name: EngineName = DEFAULT_ENGINE): Promise<Engine> {
  if (name === 'native') return openNative().catch(otherwise(() => openOnnxRuntime()));
  return openExactly(name);
}

async function openExactly(name: EngineName): Promise<Engine> {
  if (name === 'native') return openNative();
  return isEager(name) ? eagerEngine(name, await EAGER[name]()) : openOnnxRuntime(name);
}

/**
 * The engine of this name, or the default where this machine does not have it: for work that any engine does alike, on a
 * model that was trained elsewhere.
 */
export async function openEngineOrDefault(name: EngineName): Promise<Engine> {
  return openEngine(name).catch(otherwise(() => openEngine()));
}

/** Answers with another engine where this machine does not have the one that was asked for. */
const otherwise = (open: () => Promise<Engine>) => (thrown: unknown) => {
  if (asForesightError(thrown).code === 'unavailable') return open();
  throw thrown;
};

export interface EngineStatus {
  name: EngineName;
  available: boolean;
  /** Why not, in a sentence, and what to do about it; both empty when it is available. */
  reason: string;
  next: string;
}

/**
 * The engines to choose from on this system. Of ONNX Runtime's execution providers those that the installed package has
 * for it, whether or not they start; a name that is not listed can still be asked for and gives its reason.
 */
export async function engineNames(): Promise<EngineName[]> {
  const providers = await onnxRuntimeEngines().catch((): EngineName[] => []); // "onnxruntime" will say why
  return ENGINE_NAMES.filter((name) => providerOf(name) === undefined || providers.includes(name));
}

/** The engine that is used where none is asked for. */
export function usedEngine(engines: readonly EngineStatus[]): EngineName {
  const isThere = engines.some(({ name, available }) => name === DEFAULT_ENGINE && available);
  return isThere ? DEFAULT_ENGINE : 'onnxruntime';
}

/** Opens an engine to see whether it can be. */
export async function checkEngine(name: EngineName): Promise<EngineStatus> {
  try {
    await openExactly(name);
    return { name, available: true, reason: '', next: '' };
  } catch (thrown) {
    const { message, next } = asForesightError(thrown);
    return { name, available: false, reason: message, next };
  }
}
