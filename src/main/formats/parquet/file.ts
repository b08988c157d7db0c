import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import * as zlib from 'node:zlib';
import {
  type AsyncBuffer,
  type ColumnChunk,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { openForeign } from '../../foreign/read';
import { badFile, faultsOf } from '../faults';

const FILE = {
  what: 'a Parquet file',
  most: 2 ** 40,
  next: 'Check its name and that you may read it. Nothing was imported.',
};

/** Values of a column of a row group at most, and bytes of one as it lies in the file and of a page: what is held at once. */
const MOST_VALUES = 2 ** 26;
const MOST_CHUNK_BYTES = 2 ** 30;
const MOST_PAGE_BYTES = 2 ** 28;
const MOST_FOOTER_BYTES = 2 ** 28;

/** A Parquet file from elsewhere. Nothing that its footer or its pages claim is believed before it is known to be possible. */
export class ParquetFile {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly file: AsyncBuffer,
    readonly metadata: FileMetaData,
  ) {}

  /** @throws ForesightError bad-data, bad-file, not-found */
  static async open(path: string): Promise<ParquetFile> {
    const { handle, bytes } = await openForeign(path, FILE);
    try {
      const name = basename(path);
      const file: AsyncBuffer = {
        byteLength: bytes,
        slice: (start, end = bytes) => read(handle, name, start, Math.min(end, bytes)),
      };
      await requireFooter(file, name);
      const metadata = await faultsOf(name, 'footer', () => parquetMetadataAsync(file));
      return new ParquetFile(path, handle, file, metadata);
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  get name(): string {
    return basename(this.path);
  }

  /** Rows of each row group. @throws ForesightError bad-data: a number that cannot be */
  groups(): number[] {
    return this.metadata.row_groups.map(({ num_rows }, i) => this.#count(num_rows, `row group ${i}`));
  }

  get rows(): number {
    return this.groups().reduce((sum, rows) => sum + rows, 0);
  }

  /** A text of the footer. */
  text(key: string): string | undefined {
    return this.metadata.key_value_metadata?.find((entry) => entry.key === key)?.value;
  }

  /**
   * A column of one row group, a value or a nested array a row; what is no text and no number is bytes where `utf8` is false.
   * @throws ForesightError bad-data with column and row group
   */
  async column(group: number, column: string, utf8 = true): Promise<DecodedArray> {
    const place = `column "${column}", row group ${group}`;
    const rowGroup = this.metadata.row_groups[group];
    const rows = this.groups()[group] ?? 0;
    const chunks = rowGroup?.columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === column) ?? [];
    if (rowGroup === undefined || chunks.length === 0) throw badFile(this.name, place, 'is not there');
    for (const chunk of chunks) await this.#requirePossible(chunk, place);
    const parts: DecodedArray[] = [];
    await faultsOf(this.name, place, () =>
      parquetRead({
        file: this.file,
        // This row group alone: its rows then count from 0.
        metadata: { ...this.metadata, row_groups: [rowGroup], num_rows: BigInt(rows) },
        columns: [column],
        utf8,
        compressors: COMPRESSORS,
        onChunk: ({ columnData }) => {
          parts.push(columnData);
        },
      }),
    );
    const values = parts.length === 1 ? (parts[0] ?? []) : parts.flatMap((part) => [...part]);
    if (values.length === rows) return values;
    throw badFile(this.name, place, `has ${values.length} values where ${rows} were expected`);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Its pages are looked at before anything is unpacked: a few bytes may claim to be gigabytes. */
  async #requirePossible({ meta_data: meta, file_path }: ColumnChunk, place: string): Promise<void> {
    if (meta === undefined || file_path)
      throw badFile(this.name, place, 'lies in another file, which is not read');
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const size = Number(meta.total_compressed_size);
    const from = Math.min(start, Number(meta.data_page_offset));
    if (!(from >= 4 && size >= 0 && from + size <= this.file.byteLength)) {
      throw badFile(
        this.name,
        place,
        `is said to lie at byte ${from}, ${size} bytes long, which is not in the file`,
      );
    }
    if (size > MOST_CHUNK_BYTES)
      throw badFile(this.name, place, `is ${size} bytes at once, more than ${MOST_CHUNK_BYTES}`, SMALLER);
    this.#count(meta.num_values, place);
    const view = new DataView(await this.file.slice(from, from + size));
    const reader = { view, offset: 0 };
    let values = 0;
    while (reader.offset < size - 1) {
      const at = from + reader.offset;
      const header = await faultsOf(this.name, `${place}, byte ${at}`, () => parquetHeader(reader));
      const sizes = [header.compressed_page_size, header.uncompressed_page_size];
      if (sizes.some((bytes) => !(bytes >= 0)) || reader.offset + header.compressed_page_size > size) {
        throw badFile(
          this.name,
          `${place}, byte ${at}`,
          `a page is said to be ${sizes[0]} bytes long, which it is not`,
        );
      }
      if (header.uncompressed_page_size > MOST_PAGE_BYTES) {
        throw badFile(
          this.name,
          `${place}, byte ${at}`,
          `a page would unpack to ${sizes[1]} bytes, more than ${MOST_PAGE_BYTES}`,
          SMALLER,
        );
      }
      const count = header.data_page_header ?? header.data_page_header_v2;
      values += count?.num_values ?? 0;
      const dictionary = header.dictionary_page_header?.num_values ?? 0;
      if (!(values <= Number(meta.num_values)) || !(dictionary <= MOST_VALUES) || !(values >= 0)) {
        throw badFile(
          this.name,
          `${place}, byte ${at}`,
          `its pages are said to hold more than the ${meta.num_values} values that it has`,
        );
      }
      reader.offset += header.compressed_page_size;
    }
  }

  #count(value: bigint | number, place: string): number {
    const count = Number(value);
    if (count >= 0 && count <= MOST_VALUES) return count;
    throw badFile(
      this.name,
      place,
      `is said to hold ${value} values; up to ${MOST_VALUES} are read at once`,
      SMALLER,
    );
  }
}

const SMALLER = 'Write it with smaller row groups. Nothing was imported.';

async function requireFooter(file: AsyncBuffer, name: string): Promise<void> {
  const end = Math.max(0, file.byteLength - 8);
  const bytes = new DataView(await file.slice(end, file.byteLength));
  const isWhole = file.byteLength >= 12 && bytes.getUint32(4, true) === 0x31524150;
  if (!isWhole) throw badFile(name, `byte ${end}`, 'has no footer: it was not written to its end');
  const length = bytes.getUint32(0, true);
  if (length > Math.min(MOST_FOOTER_BYTES, end - 4)) {
    throw badFile(name, `byte ${end}`, `its footer is said to be ${length} bytes long, which cannot be`);
  }
}

async function read(handle: FileHandle, name: string, from: number, to: number): Promise<ArrayBuffer> {
  const buffer = new ArrayBuffer(Math.max(0, to - from));
  const bytes = new Uint8Array(buffer);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw badFile(name, `byte ${from + at}`, 'ends here, in the middle');
    at += bytesRead;
  }
  return buffer;
}

/** Never more than the page's header says, which has been looked at. */
const limited = (unpack: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) => {
  return (bytes: Uint8Array, length: number) => unpack(bytes, { maxOutputLength: Math.max(1, length) });
};
const COMPRESSORS: Compressors = {
  GZIP: limited(zlib.gunzipSync),
  BROTLI: limited(zlib.brotliDecompressSync),
  // Node 22 has it; where it is missing the library says that it does not know the compression.
  ...(zlib.zstdDecompressSync && { ZSTD: limited(zlib.zstdDecompressSync) }),
};
