import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingEpisode } from '../../src/main/dynamics/types';
import { startEvaluation, startTraining } from '../../src/main/jobs';
import { openEpisodes, toJudge } from '../../src/main/jobs/episodes';
import { bytesNeeded, requireMemory } from '../../src/main/jobs/memory-needed';
import { type Log, openLog } from '../../src/main/log';
import { nodeHost } from '../../src/main/processes/node-host';
import { PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics/dynamics-helpers';
import { watchedHost } from './watched-host';

/** One and a half of the log's chunks each. */
const ROWS = 1500;
let folder: string;
let log: Log;
/** The same, as they lie in the log. */
let episodes: TrainingEpisode[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-logged-'));
  log = await openLog(folder);
  const zeros = () => new Float64Array(ROWS);
  const recorded = pendulumEpisodes(2, ROWS - 1).map(({ columns }) => ({
    ...columns,
    reward: zeros(),
    deviceSeconds: Float64Array.from({ length: ROWS }, (_, row) => row * PENDULUM.periodSeconds),
  }));
  const ids = await log.addEpisodes(
    recorded.map((columns) => ({
      episode: {
        ...{ rig: 'pendulum', rigFile: {}, source: 'import', run: null, seed: null },
        ...PENDULUM,
      },
      ...{ startedAt: 0, terminated: false, reason: 'a test', tags: [] },
      columns: {
        ...columns,
        ...{ requested: zeros(), hostSeconds: zeros(), latenessSeconds: zeros() },
        ...{ planMs: zeros(), missed: zeros(), predictions: Array(ROWS).fill(undefined) },
      },
    })),
    'Imported 2 episodes',
  );
  episodes = recorded.map((columns, i) => ({ id: ids[i] as number, columns }));
});
afterAll(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

const logged = () => ({
  workspace: folder,
  stretches: episodes.map(({ id }) => ({ episode: id, firstRow: 0, rows: ROWS })),
});

describe('a job on episodes of a log', () => {
  it('reads them itself, while another process has the log open, and learns what it would have from the numbers', async () => {
    const job = {
      ...{ name: 'p', rig: 'pendulum', channels: PENDULUM, folder: join(folder, 'models') },
      ...{
        horizons: [1],
        last: null,
        options: quickOptions({ epochs: 2, history: 2, smoothingSeconds: 0.25 }),
      },
    };
    const [here, there] = await Promise.all(
      [episodes, logged()].map((given) => startTraining(nodeHost(), { ...job, episodes: given }).result),
    );
    expect(there?.summary.hash).toBe(here?.summary.hash);
    expect(there?.summary.evaluation).toEqual(here?.summary.evaluation);
    expect(there?.summary.knownTerritory).toBe(here?.summary.knownTerritory);
    const verdict = await startEvaluation(nodeHost(), {
      ...{ modelFile: there?.file as string, episodes: logged(), kind: 'learned', horizons: [1] },
    }).result;
    expect(verdict.judgedOn).toEqual({ kind: 'learned', episodes: 2, steps: 2 * (ROWS - 1), irregular: 0 });
  });

  it('that was killed goes on to the same weights, whatever was recorded meanwhile', async () => {
    const options = quickOptions({ epochs: 160, patience: 160 });
    const job = {
      ...{ name: 'p', rig: 'pendulum', channels: PENDULUM, folder: join(folder, 'models'), options },
      ...{ horizons: [], last: 0.2, episodes: logged() },
    };
    const info = { id: 'p-1', name: 'p', rig: 'pendulum', episodes: [1, 2], last: 0.2, options, from: null };
    const kept = (resume: boolean) => ({
      ...job,
      checkpoint: { file: join(folder, 'checkpoints', 'p-1.safetensors'), info, resume, everySeconds: 0 },
    });
    const host = watchedHost();
    const killed = startTraining(host, kept(false), { onCheckpoint: () => host.child?.kill() });
    await expect(killed.result).rejects.toMatchObject({ code: 'internal' });
    await log.tagEpisodes(
      episodes.map(({ id }) => id),
      ['later'],
    );
    const again = await startTraining(nodeHost(), kept(true)).result;
    const whole = await startTraining(nodeHost(), job).result;
    expect(again.summary.hash).toBe(whole.summary.hash);
    const [first] = logged().stretches;
    const fewer = { workspace: folder, stretches: first ? [first] : [] };
    const other = startTraining(host, kept(false), { onCheckpoint: () => host.child?.kill() });
    await expect(other.result).rejects.toMatchObject({ code: 'internal' });
    await expect(startTraining(nodeHost(), { ...kept(true), episodes: fewer }).result).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining('episodes have changed'),
    });
  });

  it('has the rows of a range as they were recorded, over the borders of chunks', () => {
    const { source, close } = openEpisodes(logged());
    const [, second] = episodes;
    const { columns, firstRow } = source.read(second?.id as number, 900, 1300);
    expect(firstRow).toBe(900);
    expect(columns.observations).toEqual(second?.columns.observations.slice(1800, 2600));
    expect(columns.actions).toEqual(second?.columns.actions.slice(900, 1300));
    close();
  });

  it('says which episode is missing', async () => {
    const job = {
      ...{ name: 'p', rig: 'pendulum', channels: PENDULUM, folder, horizons: [], last: 0 },
      options: quickOptions({ epochs: 1 }),
      episodes: { workspace: folder, stretches: [{ episode: 99, firstRow: 0, rows: 50 }] },
    };
    await expect(startTraining(nodeHost(), job).result).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no episode 99 in this workspace.',
    });
  });

  it('is judged on pieces of what is too much to be looked at as a whole', () => {
    const source = {
      read: (id: number, from: number, to: number) => ({
        ...{ id, firstRow: from },
        columns: { rows: to - from, observations: new Float64Array(), actions: new Float64Array() },
      }),
    };
    const judged = toJudge({ source }, [{ episode: 1, firstRow: 0, rows: 2_000_001 }]);
    const rows = judged.episodes.reduce((sum, { columns }) => sum + columns.rows, 0);
    expect(rows).toBe(200_000);
    expect(judged.among).toBe(2_000_000);
    expect(judged.episodes.at(-1)?.firstRow).toBeGreaterThan(1_900_000);
  });
});

describe('the memory of a training', () => {
  const twelve = {
    ...PENDULUM,
    observations: Array(9).fill(PENDULUM.observations[1]),
    actions: Array(3).fill(PENDULUM.actions[0]),
  };

  it('of ten million steps of twelve channels is less than two gigabytes, with every loss of one step or more', () => {
    for (const loss of [{ name: 'one-step' }, { name: 'k-step', steps: 10 }] as const) {
      const needed = bytesNeeded(twelve, quickOptions({ loss: loss as never }), 1e7, 2);
      expect(needed).toBeGreaterThan(0.8e9);
      expect(needed).toBeLessThan(2e9);
    }
  });

  it('that the computer has not got is said before anything is read', () => {
    const needed = bytesNeeded(twelve, quickOptions({ history: 3, recencyHalfLife: 1000 }), 3e7, 2);
    expect(() => requireMemory(needed, 3e7, 2e9)).toThrow(
      /^The training needs about 4\.\d GB of memory for 30,000,000 steps, and 2\.0 GB are free on this computer\.$/,
    );
    requireMemory(needed, 3e7, 8e9);
  });
});
