import { type FileHandle, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { openForeign } from '../../foreign/read';
import { FileEpisodes } from './file-episodes';
import { readCsv, refuseTooSlow } from './read';
import type { CsvFileReport, CsvImportOptions } from './types';

/** What comes of reading files, in order; episodes are numbered from 0 over all files. */
export type ImportPart =
  | {
      kind: 'rows';
      episode: number;
      /** Time of the episode's first row on the file's own clock. */
      startSeconds: number;
      firstRow: number;
      rows: number;
      /** [rows, observations] */
      observations: Float64Array;
      /** [rows, actions], NaN in the episode's last row */
      actions: Float64Array;
    }
  /** A file has been read to its end. */
  | { kind: 'file'; report: CsvFileReport; episodes: EpisodeStart[] }
  /** Bytes that were read, of all files. */
  | { kind: 'progress'; done: number; total: number };

export interface EpisodeStart {
  episode: number;
  startSeconds: number;
  /** Unix time, ms, as far as known. */
  startedAt: number;
}

/** Of a file at once. */
const READ_BYTES = 2 ** 20;
const CHUNK_ROWS = 1024;
/** Of the rows of a part: small enough to be written beside a recording. */
const PART_BYTES = 2 * 2 ** 20;
const MOST_PART_ROWS = 16 * CHUNK_ROWS;

/** Rows of a part: whole chunks of the log. */
function partRowsOf({ mapping }: CsvImportOptions): number {
  // Times, reward and the like; actions are written as executed and as requested.
  const columns = 6 + mapping.observations.length + 2 * mapping.actions.length;
  const chunks = Math.floor(PART_BYTES / (8 * columns * CHUNK_ROWS));
  return Math.min(MOST_PART_ROWS, Math.max(1, chunks) * CHUNK_ROWS);
}

/**
 * Reads files one after another, and no further than it is asked for parts; touches no log.
 * @throws ForesightError bad-data (file, line, column), not-found, bad-file
 */
export async function* readParts(options: CsvImportOptions): AsyncGenerator<ImportPart, void, void> {
  const total = await bytesOf(options.files);
  const read = { done: 0, total, episodes: 0 };
  for (const path of options.files) {
    const { handle } = await openForeign(path, CSV_FILE);
    try {
      yield* fileParts({ path, handle }, options, read);
    } finally {
      await handle.close();
    }
  }
}

async function* fileParts(
  { path, handle }: { path: string; handle: FileHandle },
  options: CsvImportOptions,
  read: { done: number; total: number; episodes: number },
): AsyncGenerator<ImportPart, void, void> {
  const { mtimeMs } = await handle.stat();
  const first = read.episodes;
  const ready: ImportPart[] = [];
  const file = new FileEpisodes(path, options, partRowsOf(options), ({ piece }, rows) => {
    ready.push({ kind: 'rows', episode: first + piece, ...rows });
  });
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of handle.createReadStream({ autoClose: false, highWaterMark: READ_BYTES })) {
      read.done += bytes.length;
      yield bytes;
    }
  };
  const began = performance.now();
  const reading = readCsv(counted(), basename(path), options, file);
  for (;;) {
    const { done, value } = await reading.next();
    const report = done ? file.report(value) : undefined;
    yield* ready.splice(0);
    yield { kind: 'progress', done: read.done, total: read.total };
    if (report !== undefined) {
      yield fileOf(report, file, { first, modifiedAt: mtimeMs });
      read.episodes += file.pieces.length;
      return;
    }
    refuseTooSlow(basename(path), began);
  }
}

function fileOf(
  report: CsvFileReport,
  { pieces, endSeconds }: FileEpisodes,
  { first, modifiedAt }: { first: number; modifiedAt: number },
): ImportPart {
  const remarks = [...report.remarks, ...(isSince1970(endSeconds) ? [] : [BEGAN_UNKNOWN])];
  return {
    kind: 'file',
    report: { ...report, remarks },
    episodes: pieces.map(({ piece, startSeconds }) => ({
      episode: first + piece,
      startSeconds,
      startedAt: startedAt(startSeconds, endSeconds, modifiedAt),
    })),
  };
}

async function bytesOf(files: readonly string[]): Promise<number> {
  // What cannot be looked at is told when it is opened.
  const sizes = await Promise.all(
    files.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const CSV_FILE = {
  what: 'a CSV file',
  most: 2 ** 40,
  next: 'Check its name and that you may read it. Nothing was imported.',
};

/**
 * Unix time in ms. A clock that counts seconds since 1970 says it itself; otherwise the file's last change is taken
 * for the moment of its last sample.
 */
function startedAt(startSeconds: number, endSeconds: number, modifiedAt: number): number {
  return isSince1970(startSeconds) ? startSeconds * 1000 : modifiedAt - (endSeconds - startSeconds) * 1000;
}

const isSince1970 = (seconds: number) => seconds > 1e9 && seconds < 1e10;

const BEGAN_UNKNOWN =
  "When it was recorded does not stand in the file: the file's last change was taken for its last sample.";
