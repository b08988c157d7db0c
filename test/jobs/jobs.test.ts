import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../src/main/dynamics/model-file';
import { encodeSafetensors } from '../../src/main/dynamics/safetensors';
import { limitThreads } from '../../src/main/dynamics/threads';
import { startEvaluation, startExport, startTraining } from '../../src/main/jobs';
import { listCheckpoints } from '../../src/main/jobs/checkpoint';
import { nodeHost } from '../../src/main/processes/node-host';
import type { TrainProgress } from '../../src/shared/model';
import { PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics/dynamics-helpers';
import { eventually } from '../eventually';
import { watchedHost } from './watched-host';

let folder: string;
const episodes = pendulumEpisodes(4, 100);
const job = (options = quickOptions()) => ({
  ...{ name: 'pendulum', rig: 'pendulum', channels: PENDULUM, episodes, options },
  ...{ folder, horizons: [1, 10], last: 0.2 },
});
const endless = () => job(quickOptions({ epochs: 100_000, patience: 100_000 }));

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
    expect(summary.evaluation?.judgedOn).toEqual({ kind: 'unseen', episodes: 4, steps: 80, irregular: 0 });
    expect(summary.learned).toEqual([1, 2, 3, 4].map((episode) => ({ episode, firstRow: 0, rows: 81 })));
    expect((await readModel(file)).summary).toEqual(summary);
    expect([...new Set(reports.map(({ phase }) => phase))]).toEqual([
      ...['loading', 'compiling', 'training', 'evaluating', 'done'],
    ]);
    const report = await startExport(nodeHost(), {
      modelFile: file,
      file: join(folder, 'exports', 'p.onnx'),
      episodes,
    }).result;
    expect(report.steps).toBe(400);
    expect(report.largestDifference).toBeLessThan(1e-5);
    const verdict = await startEvaluation(nodeHost(), {
      ...{ modelFile: file, episodes, kind: 'learned', horizons: [1] },
    }).result;
    expect(verdict.samples).toEqual([396]);
    expect(verdict.judgedOn).toEqual({ kind: 'learned', episodes: 4, steps: 400, irregular: 0 });
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

  it('stands back with every thread that it trains on', async () => {
    const host = watchedHost();
    const big = quickOptions({ epochs: 100_000, patience: 100_000 }, { hiddenUnits: 256, hiddenLayers: 4 });
    const niceness = new Set<number>();
    let threads = 0;
    const training = startTraining(host, job(big), {
      onProgress: async ({ epoch }) => {
        if (epoch === 0) return;
        // Seen from outside; Windows and macOS count by process.
        const names = process.platform === 'linux' ? await readdir(`/proc/${host.child?.pid}/task`) : [];
        for (const name of names) niceness.add(getPriority(Number(name)));
        // Reports still come while it ends, and its threads are fewer by then.
        threads = Math.max(threads, names.length);
        training.cancel();
      },
    });
    await expect(training.result).rejects.toMatchObject({ code: 'cancelled' });
    if (process.platform === 'linux') {
      expect([...niceness]).toEqual([19]);
      expect(threads).toBeGreaterThan(2);
    }
  });

  it.runIf(process.platform === 'linux' && availableParallelism() > 1)(
    'computes on as many threads as whoever started it may',
    async () => {
      // Of less work than this, threads are not worth starting, and the native engine has none of its own.
      const big = quickOptions({ epochs: 100_000, patience: 100_000 }, { hiddenUnits: 512, hiddenLayers: 4 });
      const threadsOf = async (limit: number) => {
        limitThreads(limit);
        const host = watchedHost();
        let threads = 0;
        const training = startTraining(host, job(big), {
          onProgress: async ({ epoch }) => {
            if (epoch === 0) return;
            // Reports still come while it ends, and its threads are fewer by then.
            const now = await readdir(`/proc/${host.child?.pid}/task`).catch(() => []); // it has ended
            threads = Math.max(threads, now.length);
            training.cancel();
          },
        });
        await expect(training.result).rejects.toMatchObject({ code: 'cancelled' });
        return threads;
      };
      try {
        const alone = await threadsOf(1);
        expect(alone).toBeGreaterThan(1);
        expect(await threadsOf(2)).toBeGreaterThan(alone);
      } finally {
        limitThreads(availableParallelism());
      }
    },
  );

  it.each([
    ['trains', endless()],
    [
      'compiles a large program',
      job(
        quickOptions(
          { loss: { name: 'k-step', steps: 64, curriculum: false, decay: 1 } },
          { hiddenUnits: 64 },
        ),
      ),
    ],
  ])('is gone when it is cancelled while it %s, and leaves no half-written file', async (what, asked) => {
    const phase = what === 'trains' ? 'training' : 'compiling';
    const before = await readdir(folder);
    const host = watchedHost();
    const elapsed = new Set<number>();
    const training = startTraining(host, asked, {
      onProgress: (progress) => {
        if (progress.phase !== phase) return;
        elapsed.add(progress.secondsElapsed);
        if (elapsed.size === 3) training.cancel();
      },
    });
    await expect(training.result).rejects.toMatchObject({ code: 'cancelled' });
    // A killed process is gone when the system has come to it.
    const gone = () => expect(() => process.kill(host.child?.pid as number, 0)).toThrow('ESRCH');
    await eventually(gone);
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
    const { evaluation, recalibration } = (await training.result).summary;
    expect(evaluation?.judgedOn).toEqual({ kind: 'learned', episodes: 4, steps: 400, irregular: 0 });
    expect(recalibration).toBeNull();
  });
});

describe('a training that was killed', () => {
  const info = { id: 'pendulum-1', name: 'pendulum', rig: 'pendulum', episodes: [1, 2, 3, 4], last: 0.2 };
  // Many passes: it must not come to its end before whoever kills it at its first checkpoint has come to that.
  const some = quickOptions({ epochs: 240, patience: 240 });
  const kept = (
    resume: boolean,
    file = join(folder, 'checkpoints', 'pendulum-1.safetensors'),
    options = some,
  ) => ({
    ...job(options),
    horizons: [],
    checkpoint: { file, info: { ...info, options, from: null }, resume, everySeconds: 0 },
  });

  it('goes on from its checkpoint to the same weights as one that was not, and the checkpoint is gone', async () => {
    const whole = await startTraining(nodeHost(), { ...job(some), horizons: [] }).result;
    const host = watchedHost();
    const killed = startTraining(host, kept(false), { onCheckpoint: () => host.child?.kill() });
    await expect(killed.result).rejects.toMatchObject({ code: 'internal' });
    expect(await readdir(join(folder, 'checkpoints'))).toEqual(['pendulum-1.safetensors']);
    const [interrupted] = await listCheckpoints(join(folder, 'checkpoints'));
    expect(interrupted).toMatchObject(info);
    const again = await startTraining(nodeHost(), kept(true)).result;
    expect(again.summary.hash).toBe(whole.summary.hash);
    expect(await readdir(join(folder, 'checkpoints'))).toEqual([]);
  });

  it('does not go on from the file of another version, and says so', async () => {
    const file = join(folder, 'earlier.safetensors');
    const checkpoint = JSON.stringify({ format: 2, foresight: '0.1.0', info, state: '{}' });
    await writeFile(file, encodeSafetensors({ metadata: { checkpoint }, tensors: new Map() }));
    await expect(startTraining(nodeHost(), kept(true, file)).result).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/it was written by another version of Foresight\.$/),
      next: 'Start the training anew; the file can be deleted.',
    });
  });

  it('does not go on with other data, a damaged file or none, and says so', async () => {
    const host = watchedHost();
    const killed = startTraining(host, kept(false, undefined, endless().options), {
      onCheckpoint: () => host.child?.kill(),
    });
    await expect(killed.result).rejects.toMatchObject({ code: 'internal' });
    const changed = { ...kept(true), episodes: pendulumEpisodes(4, 100, 1) };
    await expect(startTraining(nodeHost(), changed).result).rejects.toMatchObject({
      code: 'bad-data',
      message:
        'The training "pendulum" cannot be resumed: its episodes have changed since it was interrupted.',
    });
    const { checkpoint } = kept(true);
    const bytes = await readFile(checkpoint.file);
    bytes[bytes.length - 5] = (bytes.at(-5) as number) ^ 1;
    await writeFile(checkpoint.file, bytes);
    await expect(startTraining(nodeHost(), kept(true)).result).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/its content does not match its checksum\.$/),
    });
    expect(await listCheckpoints(join(folder, 'checkpoints'))).toEqual([]);
    await expect(
      startTraining(nodeHost(), kept(true, join(folder, 'no.safetensors'))).result,
    ).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no interrupted training "no".',
    });
  });
});
