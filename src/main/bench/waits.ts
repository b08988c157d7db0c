import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrainOptions } from '../../shared/model';
import { Random } from '../../shared/random';
import { median } from '../../shared/statistics';
import { startTraining } from '../jobs';
import { nodeHost } from '../processes/node-host';
import { benchLists } from './lists';
import { MADE_CHANNELS, madeColumns } from './made-episodes';

/** What a person who looks at the screen waits for, each with what it may take. */
export interface WaitsReport {
  waits: { name: string; barMs: number; medianMs: number; maxMs: number; times: number }[];
}

/** How long a training's process is still there after it was cancelled in the middle. */
async function cancelling(folder: string, times: number): Promise<number[]> {
  const took: number[] = [];
  const episodes = [1, 2, 3, 4].map((id) => ({ id, columns: madeColumns(200, new Random(id)) }));
  const options = TrainOptions.parse({
    class: { name: 'ensemble', members: 3, elites: 2, hiddenUnits: 32 },
    ...{ epochs: 100_000, patience: 100_000, batchSize: 64 },
  });
  for (let time = 0; time < times; time++) {
    let asked = 0;
    const training = startTraining(
      nodeHost(),
      {
        name: 'bench',
        rig: 'bench',
        channels: MADE_CHANNELS,
        episodes,
        options,
        folder,
        horizons: [],
        last: 0,
      },
      {
        onProgress: ({ phase, epoch }) => {
          if (phase !== 'training' || epoch < 2 || asked > 0) return;
          asked = performance.now();
          training.cancel();
        },
      },
    );
    await training.result.catch((thrown: unknown) => {
      if ((thrown as { code?: string }).code !== 'cancelled') throw thrown;
    });
    took.push(performance.now() - asked);
  }
  return took;
}

/** Measures them one after another in a workspace of its own, which is removed. */
export async function benchWaits(): Promise<WaitsReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-waits-'));
  const row = (name: string, barMs: number, took: number[]) => ({
    ...{ name, barMs, medianMs: median(took), maxMs: Math.max(...took), times: took.length },
  });
  try {
    return {
      waits: [
        ...(await benchLists((name) => join(folder, name))).map(({ name, barMs, took }) =>
          row(name, barMs, took),
        ),
        row('a training is gone after Cancel', 200, await cancelling(folder, 9)),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
