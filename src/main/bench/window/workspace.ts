import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainOptions } from '../../../shared/model';
import { Random } from '../../../shared/random';
import { createCore } from '../../core';
import { resourcesFolder } from '../../installation/resources';
import { version } from '../../installation/version';
import { openLog } from '../../log';
import { nodeHost } from '../../processes/node-host';
import { addMadeEpisodes, madeColumns } from '../made-episodes';

export const BENCH_RIG = 'bench-cartpole';
export const LISTED = 5000;

/**
 * A workspace with a cart-pole at 50 Hz whose episodes end by their length alone and which late plans do not hold, a model of
 * it, and 5000 episodes of something else.
 */
export async function fillWorkspace(folder: string): Promise<void> {
  await benchRig(folder);
  const core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version });
  try {
    await core.rig.connect({ rig: BENCH_RIG, mode: 'lockstep', seed: 1 });
    await core.activity.record({ episodes: 6, maxSteps: 60, seed: 1 });
    await core.rig.disconnect();
    const options = TrainOptions.parse({ epochs: 30 });
    const training = await core.models.trainings.train({ name: 'bench', options, rig: BENCH_RIG });
    await training.done;
  } finally {
    await core.close();
  }
  const log = await openLog(folder);
  try {
    await addMadeEpisodes(log, LISTED, madeColumns(2, new Random(0)));
  } finally {
    await log.close();
  }
}

async function benchRig(folder: string): Promise<void> {
  const from = join(resourcesFolder(), 'rigs', 'cartpole-balance');
  const to = join(folder, 'rigs', BENCH_RIG);
  await cp(from, to, { recursive: true });
  const file = JSON.parse(await readFile(join(from, 'rig.json'), 'utf8')) as Record<
    'safety' | 'task',
    object
  >;
  const task = { ...file.task, termination: '', maxSteps: 100_000 };
  const safety = { ...file.safety, missedPlansToHold: 1e6, watchdogSeconds: 60 };
  const changed = { ...file, name: BENCH_RIG, title: 'Cart-pole of the bench', task, safety };
  await writeFile(join(to, 'rig.json'), JSON.stringify(changed));
}
