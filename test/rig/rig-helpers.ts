import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openPlant, type Plant } from '../../src/main/rig/drivers/mujoco/plant';
import { loadRig } from '../../src/main/rig/index';
import type { ForesightError } from '../../src/shared/errors';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-rig-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files into a temporary folder: text as it is, anything else as JSON. */
export async function folderWith(files: Record<string, unknown>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

export async function builtInPlant(name: string, seed = 0): Promise<Plant> {
  const plant = await openPlant(await loadRig(name), seed);
  onTestFinished(() => plant.dispose());
  return plant;
}

/** What a promise was rejected with; fails the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<ForesightError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error === undefined) throw new Error('expected a rejection');
  return error;
}

/** For rigs that start no process. */
export const noHost = {
  spawn: () => Promise.reject(new Error('this rig must not start a process')),
};
