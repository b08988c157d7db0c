import { badFile } from '../faults';
import { column, matrixOf } from '../matrices';
import { rowsOfFrames, sliceRows } from '../rows';
import type { DatasetEnd, DatasetPart, DatasetRows } from '../types';
import { type NumberColumn, numbersOf } from './columns';
import type { ParquetFile } from './file';

/** Which columns are what; an element of a vector is named `vector/element`. */
export type Wanted = {
  observations: string[];
  actions: string[];
  requested?: string[];
} & Partial<
  Record<
    'reward' | 'hostSeconds' | 'deviceSeconds' | 'latenessSeconds' | 'planMs' | 'missed',
    string | undefined
  >
>;

export interface Table {
  file: ParquetFile;
  series: SeriesByName;
}

/** Where a named series lies: a column, or an element of one that holds vectors. */
export interface Series {
  column: NumberColumn;
  index: number;
}
export type SeriesByName = ReadonlyMap<string, Series>;

/** Every series of these columns under its name. @param elements names of a vector's elements, their numbers unless given */
export function seriesOf(
  columns: readonly NumberColumn[],
  elements: (column: string) => readonly string[] | undefined = () => undefined,
): SeriesByName {
  const all = columns.flatMap((column): [string, Series][] => {
    const { name, width } = column;
    if (width === undefined) return [[name, { column, index: 0 }]];
    const named = elements(name);
    return Array.from({ length: width }, (_, index) => [
      `${name}/${named?.[index] ?? index}`,
      { column, index },
    ]);
  });
  return new Map(all);
}

/** Episodes of a table whose rows are frames. */
export async function* framesRead(
  table: Table,
  episode: string | undefined,
  wanted: Wanted,
  periodSeconds: number,
): AsyncGenerator<DatasetPart, void, void> {
  for await (const { number, frames } of byEpisode(episodesIn(table, episode, wanted))) {
    for await (const rows of rowsOfFrames(frames, periodSeconds)) yield { kind: 'rows', rows };
    yield { kind: 'end', end: plainEnd(`episode ${number}`) };
  }
}

export const plainEnd = (called: string): DatasetEnd => ({
  ...{ called, startedAt: null, terminated: false, tags: [], notes: [] },
});

/** Rows that belong to one episode. */
interface TablePart {
  episode: number;
  rows: DatasetRows;
}

/**
 * Rows of a table, a row group at a time, cut where the column that numbers the episodes changes.
 * @throws ForesightError bad-data, as `numbersOf`
 */
export async function* episodesIn(
  { file, series }: Table,
  episode: string | undefined,
  wanted: Wanted,
): AsyncGenerator<TablePart, void, void> {
  for (const [group, rows] of file.groups().entries()) {
    const read = groupReader(file, group, series);
    const numbers = episode === undefined ? new Float64Array(rows) : await read(episode);
    const all = await rowsOfGroup(read, rows, wanted);
    for (let from = 0; from < rows; ) {
      const number = numbers[from] ?? 0;
      let to = from + 1;
      while (to < rows && numbers[to] === number) to++;
      yield { episode: number, rows: sliceRows(all, from, to) };
      from = to;
    }
  }
}

/** Parts of one episode after another; those of one are taken before the next is asked for. */
export async function* byEpisode(
  parts: AsyncGenerator<TablePart, void, void>,
): AsyncGenerator<{ number: number; frames: AsyncGenerator<DatasetRows, void, void> }, void, void> {
  let next = await parts.next();
  while (!next.done) {
    const { episode } = next.value;
    const frames = async function* (): AsyncGenerator<DatasetRows, void, void> {
      for (; !next.done && next.value.episode === episode; next = await parts.next()) yield next.value.rows;
    };
    yield { number: episode, frames: frames() };
  }
}

type ReadColumn = (column: string) => Promise<Float64Array>;

/** Series of one row group by name; each column is read once. */
function groupReader(file: ParquetFile, group: number, series: SeriesByName): ReadColumn {
  const columns = new Map<string, Promise<Float64Array>>();
  return async (name) => {
    const found = series.get(name);
    if (found === undefined) throw badFile(file.name, `column "${name}"`, 'is not there');
    const { column: of, index } = found;
    const read = columns.get(of.name) ?? numbersOf(file, group, of);
    columns.set(of.name, read);
    const values = await read;
    return of.width === undefined ? values : column(values, of.width, index, 0, values.length / of.width);
  };
}

async function rowsOfGroup(read: ReadColumn, rows: number, wanted: Wanted): Promise<DatasetRows> {
  const matrix = async (columns: string[]) => {
    const series: Float64Array[] = [];
    for (const column of columns) series.push(await read(column));
    return matrixOf(series, rows);
  };
  const series = (column: string | undefined) => (column === undefined ? undefined : read(column));
  return {
    rows,
    observations: await matrix(wanted.observations),
    actions: await matrix(wanted.actions),
    requested: wanted.requested && (await matrix(wanted.requested)),
    reward: await series(wanted.reward),
    hostSeconds: await series(wanted.hostSeconds),
    deviceSeconds: await series(wanted.deviceSeconds),
    latenessSeconds: await series(wanted.latenessSeconds),
    planMs: await series(wanted.planMs),
    missed: await series(wanted.missed),
  };
}
