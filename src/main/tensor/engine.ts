import { asForesightError } from '../../shared/errors';
import { eagerEngine } from './engines/eager';
import { openOnnxRuntime } from './engines/onnxruntime';
import { startCpu, startTensorFlow, startWasm } from './engines/tfjs-backends';
import { ENGINE_NAMES, type Engine, type EngineName } from './types';

const OPENERS: Record<EngineName, () => Promise<Engine>> = {
  onnxruntime: openOnnxRuntime,
  tensorflow: async () => eagerEngine('tensorflow', await startTensorFlow()),
  wasm: async () => eagerEngine('wasm', await startWasm()),
  cpu: async () => eagerEngine('cpu', await startCpu()),
};

/**
 * Opens an engine by name; its libraries are loaded now and not before.
 * @throws ForesightError `unavailable` with the reason when this machine does not have it
 */
export const openEngine = (name: EngineName = 'onnxruntime'): Promise<Engine> => OPENERS[name]();

export interface EngineStatus {
  name: EngineName;
  available: boolean;
  /** Why not; empty when it is available. */
  reason: string;
}

/** Tries every engine, for the choice shown in the window. */
export async function listEngines(): Promise<EngineStatus[]> {
  const statuses: EngineStatus[] = [];
  for (const name of ENGINE_NAMES) {
    const reason = await openEngine(name).then(
      () => '',
      (thrown: unknown) => asForesightError(thrown).message,
    );
    statuses.push({ name, available: reason === '', reason });
  }
  return statuses;
}
