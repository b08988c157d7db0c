import { writeFile } from 'node:fs/promises';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type FeatureStats, QUANTILES } from './stats';

/** One episode, as meta/episodes has it. */
export interface EpisodeRow {
  episode: number;
  task: string;
  length: number;
  data: { chunk: number; file: number };
  /** Frames of the data set, end exclusive. */
  from: number;
  to: number;
  stats: Record<string, FeatureStats>;
  /** By the key of a camera's feature. */
  videos: Record<string, { chunk: number; file: number; from: number; to: number }>;
}

const STATISTICS = ['min', 'max', 'mean', 'std', 'count', ...Object.keys(QUANTILES)] as const;

/** meta/episodes/chunk-000/file-000.parquet */
export async function writeEpisodes(path: string, rows: readonly EpisodeRow[]): Promise<void> {
  const whole = (name: string, of: (row: EpisodeRow) => number) => ({
    schema: [required(name, 'INT64')],
    data: rows.map((row) => BigInt(of(row))),
  });
  const seconds = (name: string, of: (row: EpisodeRow) => number) => ({
    schema: [required(name, 'DOUBLE')],
    data: rows.map(of),
  });
  const nowhere = { chunk: 0, file: 0, from: 0, to: 0 };
  const features = Object.keys(rows[0]?.stats ?? {});
  const columns = [
    whole('episode_index', ({ episode }) => episode),
    { schema: list('tasks', 'BYTE_ARRAY'), data: rows.map(({ task }) => [task]) },
    whole('length', ({ length }) => length),
    whole('data/chunk_index', ({ data }) => data.chunk),
    whole('data/file_index', ({ data }) => data.file),
    whole('dataset_from_index', ({ from }) => from),
    whole('dataset_to_index', ({ to }) => to),
    ...Object.keys(rows[0]?.videos ?? {}).flatMap((key) => {
      const at = ({ videos }: EpisodeRow) => videos[key] ?? nowhere;
      return [
        whole(`videos/${key}/chunk_index`, (row) => at(row).chunk),
        whole(`videos/${key}/file_index`, (row) => at(row).file),
        seconds(`videos/${key}/from_timestamp`, (row) => at(row).from),
        seconds(`videos/${key}/to_timestamp`, (row) => at(row).to),
      ];
    }),
    ...features.flatMap((feature) =>
      STATISTICS.map((statistic) => ({
        schema: list(`stats/${feature}/${statistic}`, statistic === 'count' ? 'INT64' : 'DOUBLE'),
        data: rows.map(({ stats }) => {
          const values = stats[feature]?.[statistic as keyof FeatureStats] ?? [];
          return statistic === 'count' ? values.map(BigInt) : values;
        }),
      })),
    ),
    whole('meta/episodes/chunk_index', () => 0),
    whole('meta/episodes/file_index', () => 0),
  ];
  await writeFile(path, tableOf(columns, {}));
}

/** meta/tasks.parquet: a table of pandas whose index is the text. */
export async function writeTasks(path: string, tasks: readonly string[]): Promise<void> {
  const described = (name: string, pandas: string, numpy: string) => ({
    ...{ name, field_name: name, pandas_type: pandas, numpy_type: numpy, metadata: null },
  });
  const pandas = {
    index_columns: ['task'],
    column_indexes: [
      {
        ...described('', 'unicode', 'object'),
        name: null,
        field_name: null,
        metadata: { encoding: 'UTF-8' },
      },
    ],
    columns: [described('task_index', 'int64', 'int64'), described('task', 'unicode', 'object')],
    creator: { library: 'Foresight', version: '1' },
    pandas_version: '2.0.0',
  };
  const columns = [
    { schema: [required('task_index', 'INT64')], data: tasks.map((_, i) => BigInt(i)) },
    { schema: [{ ...required('task', 'BYTE_ARRAY'), converted_type: 'UTF8' as const }], data: [...tasks] },
  ];
  await writeFile(path, tableOf(columns, { pandas: JSON.stringify(pandas) }));
}

interface Column {
  schema: SchemaElement[];
  data: unknown[];
}

const required = (name: string, type: 'INT64' | 'DOUBLE' | 'BYTE_ARRAY'): SchemaElement => ({
  ...{ name, type, repetition_type: 'REQUIRED' },
});

function list(name: string, type: 'INT64' | 'DOUBLE' | 'BYTE_ARRAY'): SchemaElement[] {
  return [
    { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { ...required('element', type), ...(type === 'BYTE_ARRAY' && { converted_type: 'UTF8' }) },
  ];
}

function tableOf(columns: readonly Column[], metadata: Record<string, string>): Uint8Array {
  const writer = new ByteWriter();
  const table = new ParquetWriter({
    writer,
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: 'Foresight',
    statistics: false,
  });
  // Synchronous without a `flush`.
  table.write({ columnData: columns.map(({ schema, data }) => ({ name: schema[0]?.name ?? '', data })) });
  table.finish();
  return writer.getBytes();
}
