import { badFile } from '../faults';
import { column, matrixOf } from '../matrices';
import type { DatasetRows } from '../types';
import type { Hdf5File } from './file';
import type { FoundEpisode, Table } from './tables';

/** A number of each row: an element of a table's rows. */
export interface Element {
  table: string;
  index: number;
}

/** Which elements are what. */
export interface Elements {
  observations: Element[];
  actions: Element[];
  requested?: Element[] | undefined;
  series: Partial<Record<'reward' | SeriesName, Element>>;
}
type SeriesName = 'hostSeconds' | 'deviceSeconds' | 'latenessSeconds' | 'planMs' | 'missed';

/** Numbers that are in hand at once. */
const PART_NUMBERS = 2 ** 19;

/**
 * Frames of an episode, a few thousand at a time; the reward of each is the one that followed it.
 * @throws ForesightError bad-data: a table is not there, or is shorter than the episode
 */
export async function* framesRead(
  file: Hdf5File,
  episode: FoundEpisode,
  wanted: Elements,
): AsyncGenerator<DatasetRows, void, void> {
  const { observations, actions, requested = [], series } = wanted;
  const tables = new Map<string, Table>();
  for (const element of [...observations, ...actions, ...requested, ...Object.values(series)]) {
    tables.set(element.table, tableOf(file.name, episode, element));
  }
  const width = [...tables.values()].reduce((sum, table) => sum + table.width, 0);
  const most = Math.max(1, Math.floor(PART_NUMBERS / Math.max(1, width)));
  for (let from = 0; from < episode.frames; from += most) {
    const rows = Math.min(most, episode.frames - from);
    const read = new Map<string, Float64Array>();
    for (const [name, { path }] of tables) {
      read.set(name, await file.read(path, episode.offset + from, episode.offset + from + rows));
    }
    const one = ({ table, index }: Element) =>
      column(read.get(table) ?? new Float64Array(0), tables.get(table)?.width ?? 1, index, 0, rows);
    const all = Object.entries(series).map(([name, element]) => [name, one(element)] as const);
    yield {
      ...{
        rows,
        observations: matrixOf(observations.map(one), rows),
        actions: matrixOf(actions.map(one), rows),
      },
      requested: wanted.requested && matrixOf(requested.map(one), rows),
      ...Object.fromEntries(all),
    };
  }
}

function tableOf(
  file: string,
  { called, tables, frames, offset }: FoundEpisode,
  { table: name, index }: Element,
): Table {
  const table = tables.get(name);
  if (table === undefined) throw badFile(file, called, `has no "${name}", which others have`);
  if (table.width <= index)
    throw badFile(file, called, `"${name}" has ${table.width} numbers in a row, not ${index + 1}`);
  if (table.rows < offset + frames) {
    throw badFile(file, called, `"${name}" has ${table.rows} rows, where ${offset + frames} were expected`);
  }
  return table;
}

/** [observations] after an episode's last frame; undefined where it stands nowhere. */
export async function observationAfter(
  file: Hdf5File,
  { after }: FoundEpisode,
  observations: readonly Element[],
): Promise<Float64Array | undefined> {
  if (observations.some(({ table }) => !after.has(table))) return undefined;
  const read = new Map<string, Float64Array>();
  for (const [table, { path, row }] of after) read.set(table, await file.read(path, row, row + 1));
  return Float64Array.from(observations, ({ table, index }) => read.get(table)?.[index] ?? Number.NaN);
}
