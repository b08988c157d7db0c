import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainOptions } from '../../../shared/model';
import { Random } from '../../../shared/random';
import type { RigFile } from '../../../shared/rig';
import { rigChannels } from '../../../shared/rig-channels';
import { createCore } from '../../core';
import { resourcesFolder } from '../../installation/resources';
import { version } from '../../installation/version';
import { openLog } from '../../log';
import type { Log } from '../../log/types';
import { nodeHost } from '../../processes/node-host';
import { HEIGHT, labPictures, WIDTH } from '../lab-cameras';
import { addMadeEpisodes, madeColumns } from '../made-episodes';

export const BENCH_RIG = 'bench-cartpole';
export const LISTED = 5000;
/** Of the long episode: 13 minutes at 50 Hz, a picture every 0.2 s. */
const LONG_STEPS = 40_000;
export const STEPS_A_PICTURE = 10;
export const LONG_CAMERA = 'camera-1';
const APPENDED_STEPS = 1000;

/**
 * A workspace with a cart-pole at 50 Hz whose episodes end by their length alone and which late plans do not hold, a model of
 * it, 5000 episodes of something else, and a long one with a camera.
 * @returns the number of the long one
 */
export async function fillWorkspace(folder: string): Promise<number> {
  await benchRig(folder);
  const core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version });
  let file: RigFile;
  try {
    file = (await core.rig.load(BENCH_RIG)).file;
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
    return await addLongEpisode(log, file);
  } finally {
    await log.close();
  }
}

/** The cart swings to and fro, and a camera of 640 × 480 pixels sees it. */
async function addLongEpisode(log: Log, file: RigFile): Promise<number> {
  const channels = rigChannels(file);
  const { periodSeconds } = channels;
  const id = await log.beginEpisode({
    ...{ rig: file.name, rigFile: file, source: 'random', run: null, seed: null, ...channels },
    cameras: [
      { name: LONG_CAMERA, width: WIDTH, height: HEIGHT, rate: 1 / (STEPS_A_PICTURE * periodSeconds) },
    ],
  });
  const pictures = await labPictures();
  for (let from = 0; from <= LONG_STEPS; from += APPENDED_STEPS) {
    const steps = Array.from({ length: Math.min(APPENDED_STEPS, LONG_STEPS + 1 - from) }, (_, i) => from + i);
    const seconds = (step: number) => ({
      hostSeconds: step * periodSeconds,
      deviceSeconds: step * periodSeconds,
    });
    const rows = steps.map((step) => {
      const action = channels.actions.map(() => Math.sin(step / 30));
      return {
        ...{ step, ...seconds(step), action, requested: action, reward: Math.cos(step / 200) },
        observation: channels.observations.map((_, i) => Math.sin(step / (40 + 7 * i))),
        ...{ latenessSeconds: 0, planMs: Number.NaN, missed: 0 },
      };
    });
    const frames = steps
      .filter((step) => step % STEPS_A_PICTURE === 0)
      .map((step) => {
        const sequence = step / STEPS_A_PICTURE;
        const data = pictures[sequence % pictures.length] ?? new Uint8Array();
        return { camera: 0, sequence, ...seconds(step), data };
      });
    log.appendRows(id, rows, []);
    log.appendFrames(id, frames, []);
    // Answered when what was appended is on its way to the disk, so that no more than this waits.
    await log.size();
  }
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Made for a benchmark.' });
  return id;
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
