import type { ChannelInfo, EpisodeColumns, EpisodeEvent, EpisodeSummary } from '../../../shared/episode';
import { column } from '../matrices';
import type { ExportSource, FormatWriter } from '../types';
import { type ColumnValues, int64s } from './pages';
import { type TableColumn, TableWriter } from './table-writer';

/** Rows of a row group at most: a few megabytes a column. */
const GROUP_ROWS = 2 ** 17;

/** Columns of a row beside the channels, as docs/formats.md names them. */
export const FIXED_COLUMNS = {
  episode: 'int64',
  step: 'int64',
  host_seconds: 'double',
  device_seconds: 'double',
  reward: 'double',
  lateness_seconds: 'double',
  plan_ms: 'double',
  missed: 'double',
} as const;

/** What stands in the footer under "foresight", so that nothing needs to be guessed. */
export interface ParquetNote {
  version: 1;
  rig: string;
  rigFile: unknown;
  periodSeconds: number;
  observations: ChannelInfo[];
  actions: ChannelInfo[];
  /** Columns of `observations`, then of `actions`, then of the actions as requested. */
  columns: { observations: string[]; actions: string[]; requested: string[] };
  episodes: EpisodeNote[];
}

export interface EpisodeNote
  extends Pick<
    EpisodeSummary,
    'id' | 'source' | 'state' | 'startedAt' | 'terminated' | 'reason' | 'tags' | 'run'
  > {
  rows: number;
  events: EpisodeEvent[];
}

/** One row a step, as the log has it: 64 bits a number, both times, the actions as executed and as requested. */
export const parquetWriter: FormatWriter = {
  title: 'Parquet',
  place: 'file',
  losses: () => ['What plans predicted is not exported; everything else of a step is.'],
  async write(source, path) {
    const [first] = source.episodes;
    if (first === undefined) return;
    const note = await noteOf(source, first);
    const columns = tableColumns(note);
    const table = await TableWriter.create(path, columns, {
      foresight: JSON.stringify(note),
      units: JSON.stringify(unitsOf(note)),
    });
    let done = false;
    try {
      for (const episode of source.episodes) await writeEpisode(table, source, episode);
      await table.finish();
      done = true;
    } finally {
      if (!done) await table.abandon();
    }
  },
};

async function writeEpisode(
  table: TableWriter,
  source: ExportSource,
  episode: EpisodeSummary,
): Promise<void> {
  let step = 0;
  for await (const rows of source.rows(episode)) {
    for (let from = 0; from < rows.rows; from += GROUP_ROWS) {
      const to = Math.min(rows.rows, from + GROUP_ROWS);
      await table.writeGroup(to - from, valuesOf(rows, episode, { from, to, step }));
      step += to - from;
    }
  }
}

/** Of rows `from` to `to`, in the order of `tableColumns`. */
function valuesOf(
  rows: EpisodeColumns,
  { id, observations, actions }: EpisodeSummary,
  { from, to, step }: { from: number; to: number; step: number },
): ColumnValues[] {
  const all = (matrix: Float64Array, width: number) =>
    Array.from({ length: width }, (_, i) => column(matrix, width, i, from, to));
  const { hostSeconds, deviceSeconds, reward, latenessSeconds, planMs, missed } = rows;
  return [
    int64s(to - from, () => id),
    int64s(to - from, (i) => step + i),
    ...[hostSeconds, deviceSeconds, reward, latenessSeconds, planMs, missed].map((series) =>
      series.slice(from, to),
    ),
    ...all(rows.observations, observations.length),
    ...all(rows.actions, actions.length),
    ...all(rows.requested, actions.length),
  ];
}

function tableColumns({ columns }: ParquetNote): TableColumn[] {
  const fixed = Object.entries(FIXED_COLUMNS).map(([name, type]) => ({
    name,
    type,
    sorted: name === 'episode',
  }));
  const channels = [...columns.observations, ...columns.actions, ...columns.requested];
  return [...fixed, ...channels.map((name) => ({ name, type: 'double' as const }))];
}

function unitsOf({ observations, actions, columns }: ParquetNote): Record<string, string> {
  const units = (names: string[], channels: ChannelInfo[]) =>
    names.map((name, i) => [name, channels[i]?.unit ?? '1'] as const);
  return Object.fromEntries([
    ...(['host_seconds', 'device_seconds', 'lateness_seconds'] as const).map((name) => [name, 's'] as const),
    ['plan_ms', 'ms'],
    ...units(columns.observations, observations),
    ...units([...columns.actions], actions),
    ...units([...columns.requested], actions),
  ]);
}

async function noteOf(source: ExportSource, first: EpisodeSummary): Promise<ParquetNote> {
  const { rig, periodSeconds, observations, actions } = first;
  const taken = new Set<string>(Object.keys(FIXED_COLUMNS));
  const free = (wanted: string) => {
    let name = wanted;
    while (taken.has(name)) name = `${name}_`;
    taken.add(name);
    return name;
  };
  const columns = {
    observations: observations.map(({ name }) => free(name)),
    actions: actions.map(({ name }) => free(name)),
    requested: actions.map(({ name }) => free(`requested_${name}`)),
  };
  const episodes: EpisodeNote[] = [];
  for (const episode of source.episodes) {
    const { id, source: from, state, startedAt, terminated, reason, tags, run, steps } = episode;
    const events = await source.events(episode);
    episodes.push({
      id,
      source: from,
      state,
      startedAt,
      terminated,
      reason,
      tags,
      run,
      rows: steps + 1,
      events,
    });
  }
  return {
    ...{ version: 1, rig, rigFile: await source.rigFile(first), periodSeconds, observations, actions },
    ...{ columns, episodes },
  };
}
