import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/main/dynamics/model-file';
import { startEvaluation, startExport, startTraining } from '../../src/main/jobs';
import { nodeHost } from '../../src/main/node-host';
import type { Host, SpawnedProcess } from '../../src/main/port';
import type { TrainProgress } from '../../src/shared/model';
import { PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics/dynamics-helpers';

let folder: string;
const episodes = pendulumEpisodes(4, 100);
const job = (options = quickOptions()) => ({
  ...{ name: 'pendulum', rig: 'pendulum', channels: PENDULUM, episodes, options },
  ...{ folder, horizons: [1, 10], last: 0.2 },
});
const endless = () => job(quickOptions({ epochs: 100_000, patience: 100_000 }));

/** The host, and the process it started last. */
function watchedHost(): Host & { child: SpawnedProcess | undefined } {
  const host = nodeHost();
  const watched: Host & { child: SpawnedProcess | undefined } = {
    kind: 'node',
    child: undefined,
    spawn: async (entry, options) => {
      watched.child = await host.spawn(entry, options);
      return watched.child;
    },
  };
  return watched;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-jobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a training process', () => {
  it('trains on the first part of each episode, is judged on the last, and leaves a model file', async () => {
    const reports: TrainProgress[] = [];
    const { file, summary } = await startTraining(nodeHost(), job(), {
      onProgress: (progress) => reports.push(progress),
    }).result;
    expect(summary.transitions).toBe(320);
    expect(summary.evaluation?.samples).toEqual([76, 40]);
    expect((await readModel(file)).summary).toEqual(summary);
    expect([...new Set(reports.map(({ phase }) => phase))]).toEqual([
      ...['loading', 'compiling', 'training', 'evaluating', 'done'],
    ]);
    const report = await startExport(nodeHost(), {
      modelFile: file,
      file: join(folder, 'exports', 'p.onnx'),
      episodes,
    });
    expect(report.steps).toBe(400);
    expect(report.largestDifference).toBeLessThan(1e-5);
    const verdict = await startEvaluation(nodeHost(), { modelFile: file, episodes, horizons: [1] }).result;
    expect(verdict.samples).toEqual([396]);
  });

  it('gives way to the control loop, and is cancelled while it trains, leaving no file', async () => {
    const host = watchedHost();
    const before = await readdir(folder);
    let niceness = 0;
    const training = startTraining(host, endless(), {
      onProgress: ({ phase }) => {
        if (phase !== 'training') return;
        niceness = getPriority(host.child?.pid);
        training.cancel();
      },
    });
    await expect(training.result).rejects.toMatchObject({ code: 'cancelled' });
    expect(niceness).toBeGreaterThan(0);
    expect(await readdir(folder)).toEqual(before);
  });

  it('cancelled before it has started never trains', async () => {
    const training = startTraining(nodeHost(), endless());
    training.cancel();
    await expect(training.result).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('that dies is reported with a sentence', async () => {
    const host = watchedHost();
    const training = startTraining(host, endless(), {
      onProgress: ({ phase }) => phase === 'training' && host.child?.kill(),
    });
    await expect(training.result).rejects.toMatchObject({
      code: 'internal',
      message: 'The training process was killed by SIGKILL.',
    });
  });

  it('hands on what is wrong with the data', async () => {
    const training = startTraining(nodeHost(), { ...job(), episodes: pendulumEpisodes(1, 2), last: 0 });
    await expect(training.result).rejects.toMatchObject({ code: 'bad-data' });
  });

  it('says so when it was judged on what it learned from', async () => {
    const training = startTraining(nodeHost(), { ...job(quickOptions({ epochs: 1 })), last: 0 });
    expect((await training.result).summary.notes).toContain(
      'Evaluated on the episodes it learned from, so it looks better than it is.',
    );
  });
});
