import Database from 'better-sqlite3';
import { sqliteOptions } from '../../../src/main/log/binding';
import { migrate } from '../../../src/main/log/schema';
import { LogStore } from '../../../src/main/log/store';
import type { Log } from '../../../src/main/log/types';
import type { EpisodeColumns } from '../../../src/shared/episode';
import { newEpisode, PERIOD } from '../../log/fixtures';

/** A log in memory, as rooms see it. */
export function logInMemory(): { store: LogStore; database: Database.Database; log: Log } {
  const database = new Database(':memory:', sqliteOptions());
  migrate(database);
  const store = new LogStore(database);
  const calls = Object.entries(store.handlers).map(([name, handler]) => {
    const call: (...args: never[]) => unknown = handler;
    return [name, async (...args: never[]) => call(...args)];
  });
  const log = Object.fromEntries(calls) as Log;
  return { store, database, log };
}

/** `rows` rows of noise with a peak here and there, some rewards that nobody knows, and where `planned` a plan behind most rows. */
export function longColumns(rows: number, planned: boolean): EpisodeColumns {
  let state = 7;
  const noise = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
  const series = (of: (row: number) => number, width = 1) =>
    Float64Array.from({ length: rows * width }, (_, i) => of(Math.floor(i / width)));
  const seconds = series((row) => row * PERIOD);
  const columns: EpisodeColumns = {
    rows,
    hostSeconds: seconds,
    deviceSeconds: seconds.slice(),
    observations: series((row) => noise() + (row % 4099 === 17 ? 30 : 0), 2),
    actions: series(noise),
    requested: series(noise),
    reward: series((row) => (row % 997 < 5 ? Number.NaN : Math.round(10 * noise()))),
    latenessSeconds: new Float64Array(rows),
    planMs: series(() => 3),
    missed: series((row) => (row % 5000 === 3 ? 1 : 0)),
    predictions: new Array(rows).fill(undefined),
  };
  columns.actions[rows - 1] = Number.NaN;
  if (!planned) return columns;
  for (let row = 0; row < rows - 1; row++) {
    if (row % 50 === 49) continue;
    const mean = Float32Array.from({ length: 2 * 4 }, noise);
    columns.predictions[row] = { firstStep: Math.max(0, row - (row % 3)), mean, std: mean.map(Math.abs) };
  }
  const insight = () =>
    Float32Array.from({ length: rows }, (_, row) => (row % 50 === 49 ? Number.NaN : noise()));
  columns.insight = {
    ...{ expectedReturn: insight(), returnStd: insight().map(Math.abs), disagreement: insight() },
    ...{ knownSteps: insight(), stepsOutside: insight(), limitPenalty: insight() },
    ...{ ratePenalty: insight(), candidates: insight(), iterations: insight(), particles: insight() },
  };
  return columns;
}

/** An episode of so many rows in a log. */
export function longEpisode(store: LogStore, rows: number, planned: boolean): number {
  const [id = 0] = store.handlers.addEpisodes(
    [
      {
        episode: newEpisode({ source: planned ? 'mpc' : 'import' }),
        ...{
          startedAt: 0,
          columns: longColumns(rows, planned),
          terminated: false,
          reason: 'Made.',
          tags: [],
        },
      },
    ],
    'Made an episode',
  );
  return id;
}
