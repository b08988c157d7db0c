import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Core, createCore } from '../../src/main/core';
import { nodeHost } from '../../src/main/processes/node-host';

/** A core on a real workspace, with real rig processes, in a folder of its own; gone afterwards. */
export async function withTestCore<T>(work: (core: Core) => Promise<T>, folder?: string): Promise<T> {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'foresight-core-')));
  const core = await createCore({ folder: own, host: nodeHost(), hostKind: 'node', version: 'test' });
  try {
    return await work(core);
  } finally {
    await core.close();
    if (folder === undefined) await rm(own, { recursive: true, force: true });
  }
}

export const RANDOM_MOTION = {
  episodes: 1,
  useTermination: true,
  holdSteps: 1,
  amplitude: 1,
  seed: 3,
  unattended: true,
};

export const BALANCE = { rig: 'cartpole-balance', mode: 'lockstep', seed: 0 } as const;
