import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrainOptions, type TrainProgress } from '../../shared/model';
import { createCore } from '../core';
import { hostHere } from '../processes/here-host';
import type { Host } from '../processes/port';
import { ownPeakMB, watching } from './peak-memory';
import { recordApart } from './record-apart';

/** What the core and the training process may take together, 10⁶ bytes. */
export const BIG_TRAINING_BAR_MB = 2000;

export interface BigTrainingReport {
  rows: number;
  /** Highest resident memory, 10⁶ bytes; null where the system does not tell. */
  coreMB: number | null;
  trainingMB: number | null;
  totalMB: number | null;
  barMB: number;
  fits: boolean;
  /** From the start of the training to its first optimisation step. */
  preparationSeconds: number;
  rowsPerSecond: number;
  /** Optimisation steps of every member, and what they took together with evaluating. */
  steps: number;
  trainingSeconds: number;
}

/**
 * Trains a small ensemble for one pass on a recording of `rows` rows of twelve channels, as the window would: a core, a log
 * of real SQLite files, a training process; and watches how much memory each of them takes at most.
 */
export async function benchBigTraining(
  rows: number,
  onPhase: (phase: string) => void = () => {},
): Promise<BigTrainingReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-big-'));
  const host = hostHere();
  try {
    onPhase('recording');
    await recordApart(host, folder, rows);
    return await trainOn(folder, host, rows, onPhase);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function trainOn(
  folder: string,
  host: Host,
  rows: number,
  onPhase: (phase: string) => void,
): Promise<BigTrainingReport> {
  const options = TrainOptions.parse({
    class: { name: 'ensemble', members: 5, elites: 3, hiddenLayers: 2, hiddenUnits: 32 },
    ...{ epochs: 1, patience: 1, batchSize: 4096 },
  });
  const watched = watching(host);
  const core = await createCore({ folder, host: watched.host, hostKind: 'node', version: 'bench' });
  const began = performance.now();
  let firstStep = 0;
  try {
    const training = await core.models.trainings.train(
      { name: 'big', options },
      ({ phase, detail }: TrainProgress) => {
        onPhase(`${phase} ${detail}`);
        if (phase === 'training' && firstStep === 0) firstStep = performance.now();
      },
    );
    const { transitions } = await training.done;
    const ended = performance.now();
    const coreMB = ownPeakMB();
    const trainingMB = watched.peakMB();
    const totalMB = coreMB === null || trainingMB === null ? null : coreMB + trainingMB;
    const preparationSeconds = (firstStep - began) / 1000;
    return {
      ...{ rows, coreMB, trainingMB, totalMB, barMB: BIG_TRAINING_BAR_MB },
      fits: totalMB !== null && totalMB <= BIG_TRAINING_BAR_MB,
      ...{ preparationSeconds, rowsPerSecond: rows / preparationSeconds },
      steps: Math.round(transitions / options.batchSize),
      trainingSeconds: (ended - firstStep) / 1000,
    };
  } finally {
    watched.stop();
    await core.close();
  }
}
