import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type ExportOptions, exportEpisodes } from '../../src/main/formats/export';
import { importDataset } from '../../src/main/formats/import';
import type { DatasetImportOptions } from '../../src/main/formats/import-plan';
import { openDataset } from '../../src/main/formats/readers';
import type { DatasetOptions } from '../../src/main/formats/types';
import { openLog } from '../../src/main/log';
import type { Log, WholeEpisode } from '../../src/main/log/types';
import type { Host } from '../../src/main/processes/port';
import type { EpisodeColumns } from '../../src/shared/episode';
import type { FormatName } from '../../src/shared/export';

const root = mkdtempSync(join(tmpdir(), 'foresight-formats-'));
const logs: Log[] = [];
let count = 0;

afterAll(async () => {
  for (const log of logs) await log.close();
  rmSync(root, { recursive: true, force: true });
});

/** A path in a folder of its own. */
export const freshPath = (name: string) => join(mkdtempSync(join(root, 'at-')), name);

export async function freshLog(): Promise<Log> {
  const log = await openLog(join(root, `workspace-${count++}`));
  logs.push(log);
  return log;
}

export const PERIOD = 0.02;
const channel = { angle: false, limits: null };

/** An episode of two observations and one action; every number says which episode, row and channel it belongs to. */
export function madeEpisode(number: number, rows: number): WholeEpisode {
  const of = (width: number, base: number) =>
    Float64Array.from({ length: rows * width }, (_, i) => number + base + Math.sin(i) / 3);
  const actions = of(1, 20).fill(Number.NaN, rows - 1);
  const hostSeconds = Float64Array.from({ length: rows }, (_, i) => i * PERIOD + 1e-4 * Math.cos(i));
  const columns: EpisodeColumns = {
    ...{ rows, hostSeconds, deviceSeconds: hostSeconds.map((s) => 100 + s) },
    ...{ observations: of(2, 10), actions, requested: actions.map((a) => 2 * a) },
    reward: Float64Array.from({ length: rows }, (_, i) => (i === 0 ? 0 : number + i / 8)),
    latenessSeconds: hostSeconds.map((s) => s / 1000),
    planMs: new Float64Array(rows).fill(3.25),
    missed: new Float64Array(rows).map((_, i) => i % 2),
    predictions: new Array<undefined>(rows).fill(undefined),
  };
  return {
    episode: {
      ...{ rig: 'bench-arm', rigFile: { name: 'bench-arm', made: 'for a test' }, source: 'random' },
      ...{ periodSeconds: PERIOD, run: null, seed: number },
      observations: [
        { ...channel, name: 'angle', unit: 'rad', angle: true, limits: [-4, 4] },
        { ...channel, name: 'speed', unit: 'rad/s' },
      ],
      actions: [{ ...channel, name: 'torque', unit: 'N m', limits: [-2, 2] }],
    },
    ...{ startedAt: 1_700_000_000_000 + number, columns, terminated: number % 2 === 0 },
    ...{ reason: `Episode ${number} was made.`, tags: ['made', `n${number}`] },
  };
}

/** A workspace with episodes of these lengths. */
export async function workspaceWith(...rows: number[]): Promise<Log> {
  const log = await freshLog();
  const made = rows.map((length, i) => madeEpisode(i + 1, length));
  if (made.length > 0) await log.addEpisodes(made, 'Made');
  return log;
}

export async function exported(
  log: Log,
  format: FormatName,
  path: string,
  host?: Pick<Host, 'spawn'>,
  scene?: ExportOptions['scene'],
) {
  return exportEpisodes(log, { format, path, episodes: await log.episodes(), host, scene });
}

/** Opens, imports, closes. */
export async function imported(
  log: Log,
  path: string,
  options: Partial<DatasetImportOptions> & DatasetOptions = {},
  host?: Pick<Host, 'spawn'>,
) {
  const dataset = await openDataset(path, options, host);
  if (dataset === undefined) throw new Error(`${path} is no data set`);
  try {
    return { head: dataset.head, ...(await importDataset(log, dataset, { file: path, ...options })) };
  } finally {
    await dataset.close();
  }
}

/** What the log holds of an episode, as plain arrays; NaN is null. */
export async function contentOf(log: Log, id: number) {
  const { rig, periodSeconds, terminated, tags, startedAt, observations, actions } = await log.episode(id);
  const columns = await log.columns(id);
  const plain = (values: Float64Array) => [...values].map((v) => (Number.isNaN(v) ? null : v));
  const { hostSeconds, deviceSeconds, reward, latenessSeconds, planMs, missed, requested } = columns;
  return {
    ...{ rig, periodSeconds, terminated, tags, startedAt, observations, actions },
    numbers: {
      ...{ observations: plain(columns.observations), actions: plain(columns.actions) },
      ...{ requested: plain(requested), reward: plain(reward), hostSeconds: plain(hostSeconds) },
      ...{ deviceSeconds: plain(deviceSeconds), latenessSeconds: plain(latenessSeconds) },
      ...{ planMs: plain(planMs), missed: plain(missed) },
    },
  };
}
