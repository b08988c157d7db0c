import { type FileHandle, open } from 'node:fs/promises';
import type { ColumnChunk, ParquetType, SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type ColumnValues, encodePage } from './pages';

/** A column of a table of numbers; `width` of one that holds vectors of that length. */
export interface TableColumn {
  name: string;
  type: 'double' | 'float' | 'int32' | 'int64' | 'boolean';
  width?: number;
  /** Whole numbers that never go down: a reader who looks for one row group passes over the others. */
  sorted?: boolean;
}

const TYPES = {
  double: 'DOUBLE',
  float: 'FLOAT',
  int32: 'INT32',
  int64: 'INT64',
  boolean: 'BOOLEAN',
} as const;

/** Values of a page: readers decode one at a time. */
const PAGE_VALUES = 2 ** 17;

/** Writes a Parquet file of numbers, a row group at a time; nothing but the group in hand is held. */
export class TableWriter {
  rows = 0;
  readonly #bytes = new ByteWriter(2 ** 20);
  readonly #writer: ParquetWriter;

  private constructor(
    private readonly handle: FileHandle,
    private readonly columns: readonly TableColumn[],
    metadata: Record<string, string>,
  ) {
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(columns),
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy: 'Foresight',
    });
  }

  /** @param metadata texts by key, for the footer */
  static async create(
    path: string,
    columns: readonly TableColumn[],
    metadata: Record<string, string>,
  ): Promise<TableWriter> {
    return new TableWriter(await open(path, 'wx'), columns, metadata);
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#writer.writer.offset;
  }

  /** @param values a typed array a column, in their order: `rows` numbers, or `rows · width` */
  async writeGroup(rows: number, values: readonly ColumnValues[]): Promise<void> {
    const start = this.bytes;
    const chunks: ColumnChunk[] = [];
    for (const [i, column] of this.columns.entries()) {
      chunks.push(this.#chunk(column, values[i] ?? []));
      await this.#drain();
    }
    const size = BigInt(this.bytes - start);
    this.#writer.row_groups.push({
      columns: chunks,
      total_byte_size: size,
      num_rows: BigInt(rows),
      total_compressed_size: size,
    });
    this.#writer.num_rows += BigInt(rows);
    this.rows += rows;
  }

  /** Writes the footer and closes the file. */
  async finish(): Promise<void> {
    await this.#writer.finish();
    await this.#drain();
    await this.handle.close();
  }

  /** Closes what is not to become a file. */
  async abandon(): Promise<void> {
    await this.handle.close();
  }

  #chunk({ name, type, width, sorted }: TableColumn, values: ColumnValues): ColumnChunk {
    const start = this.bytes;
    const step = width === undefined ? PAGE_VALUES : Math.max(1, Math.floor(PAGE_VALUES / width)) * width;
    for (let at = 0; at < values.length; at += step) {
      this.#bytes.appendBytes(encodePage(pageOf(values, at, at + step), width).bytes);
    }
    const size = BigInt(this.bytes - start);
    return {
      file_offset: BigInt(start),
      meta_data: {
        type: TYPES[type],
        encodings: ['PLAIN', 'RLE'],
        path_in_schema: width === undefined ? [name] : [name, 'list', 'element'],
        codec: 'UNCOMPRESSED',
        num_values: BigInt(values.length),
        total_uncompressed_size: size,
        total_compressed_size: size,
        data_page_offset: BigInt(start),
        ...(sorted && { statistics: { min_value: values[0], max_value: values.at(-1), null_count: 0n } }),
      },
    };
  }

  async #drain(): Promise<void> {
    const bytes = this.#bytes.getBytes();
    for (let at = 0; at < bytes.length; ) at += (await this.handle.write(bytes, at)).bytesWritten;
    this.#bytes.index = 0;
  }
}

function pageOf(values: ColumnValues, from: number, to: number): ColumnValues {
  return Array.isArray(values) ? values.slice(from, to) : values.subarray(from, to);
}

function schemaOf(columns: readonly TableColumn[]): SchemaElement[] {
  const leaf = (name: string, type: ParquetType): SchemaElement => ({
    ...{ name, type, repetition_type: 'REQUIRED' },
  });
  const elements = columns.flatMap(({ name, type, width }): SchemaElement[] =>
    width === undefined
      ? [leaf(name, TYPES[type])]
      : [
          { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
          leaf('element', TYPES[type]),
        ],
  );
  return [{ name: 'schema', num_children: columns.length }, ...elements];
}
