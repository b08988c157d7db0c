import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** Writes files into a temporary folder, with the folders in their names: text and bytes as they are, all else as JSON. */
export async function folderWith(files: Record<string, unknown>): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  return folder;
}

export async function writeFiles(folder: string, files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const asItIs = typeof content === 'string' || content instanceof Uint8Array;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), asItIs ? content : JSON.stringify(content));
  }
}

/** A rig.json around an MJCF `m.xml` with a joint "j" that an actuator "m" drives. */
export function smallRig(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...{ schema: 'foresight.rig/1', name: 'small', title: 'Small', driver: 'mujoco', periodSeconds: 0.02 },
    mujoco: { model: 'm.xml' },
    observations: [
      { name: 'q', unit: 'rad', source: { joint: 'j', quantity: 'position' } },
      { name: 'dq', unit: 'rad/s', source: { joint: 'j', quantity: 'velocity' } },
    ],
    actions: [{ name: 'u', unit: 'N m', limits: [-1, 1], actuator: 'm' }],
    task: { name: 't', reward: '-abs(q)', maxSteps: 20 },
    scene: { model: 'm.xml', joints: { j: 'q' } },
    ...changes,
  };
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
