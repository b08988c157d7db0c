import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Disposable } from '../../shared/disposable';
import { ForesightError } from '../../shared/errors';
import type { ImportHead, ImportInput, ImportProgress, ImportReport, UploadInput } from '../../shared/import';
import type { DatasetImported, DatasetInput, DatasetLook } from '../../shared/import-dataset';
import { openDatasetAside } from '../formats/aside';
import { type CsvImportOptions, importCsvIntoLog, readCsvHead, siUnit } from '../formats/csv';
import { importDataset } from '../formats/import';
import { hasMagic } from '../formats/magic';
import type { Dataset } from '../formats/types';
import type { Log } from '../log/types';
import { workspacePaths } from '../log/workspace';
import type { Host } from '../processes/port';
import type { Client } from './clients';
import { datasetOptions, lookAtDataset } from './look-at-dataset';
import { Broadcast, batches } from './stream';
import { beginUpload, type Upload } from './upload';

/** What Parquet, MCAP and HDF5 begin with. */
const MAGIC = ['PAR1', '\x89MCAP0\r\n', '\x89HDF\r\n\x1a\n'] as const;

/** Files under way at a time, all clients together. */
const MOST_UPLOADS = 4;

interface Entry {
  upload: Upload;
  owner: Client;
  left: Disposable;
  stop: AbortController;
  progress: Broadcast<ImportProgress | null>;
  /** Its import, while there is one. */
  running: Promise<unknown> | null;
  /** As it was opened, where it is one. */
  dataset: Dataset | null;
}

/** Files that windows bring: received, looked at, imported; each is gone with its client, its import or Foresight. */
export class Imports {
  readonly #entries = new Map<string, Entry>();
  readonly #folder: string;
  #begun = 0;
  #closed = false;

  constructor(
    private readonly log: Log,
    private readonly host: Pick<Host, 'spawn'>,
    private readonly changed: () => void,
  ) {
    this.#folder = workspacePaths(log.folder).uploads;
  }

  /** Takes away what lies there from before; what cannot be taken away stands in nobody's way, and is tried again next time. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** @throws wrong-use: too large; busy: too many under way */
  async begin(input: UploadInput, owner: Client): Promise<string> {
    if (this.#closed || this.#entries.size + this.#begun >= MOST_UPLOADS) {
      const next = 'Wait until one of them is done, or close its dialog.';
      throw new ForesightError('busy', `${MOST_UPLOADS} files are already on their way.`, next);
    }
    this.#begun += 1;
    try {
      const upload = await beginUpload(this.#folder, input);
      const entry: Entry = {
        ...{ upload, owner, stop: new AbortController(), progress: new Broadcast() },
        ...{ running: null, dataset: null },
        left: { dispose: () => {} },
      };
      this.#entries.set(upload.id, entry);
      entry.left = owner.onLeave(() => void this.#end(entry));
      if (this.#closed) await this.#end(entry);
      return upload.id;
    } finally {
      this.#begun -= 1;
    }
  }

  /** @throws not-found; wrong-use for a piece that does not follow; unavailable where it cannot be written */
  piece(id: string, at: number, data: Uint8Array, owner: Client): Promise<void> {
    return this.#entry(id, owner).upload.add(at, data);
  }

  /** By its first bytes; a folder is one or nothing. @throws not-found */
  async isDataset(id: string, owner: Client): Promise<boolean> {
    const { upload } = this.#entry(id, owner);
    if (upload.isFolder) return true;
    for (const magic of MAGIC) if (await hasMagic(upload.path, magic)) return true;
    return false;
  }

  /** @throws not-found; wrong-use while it is not whole; bad-data with the place of the fault; bad-file: it cannot be read */
  look(id: string, owner: Client): Promise<DatasetLook> {
    const entry = this.#entry(id, owner);
    return this.#alone(entry, async () => lookAtDataset(await this.#opened(entry), entry.upload.path));
  }

  /** @throws as `look`; cancelled */
  async take(input: DatasetInput, owner: Client): Promise<DatasetImported> {
    const entry = this.#entry(input.upload, owner);
    const report = await this.#alone(entry, async () => {
      const dataset = await this.#opened(entry, input.rate);
      return importDataset(this.log, dataset, datasetOptions(entry.upload.path, input), {
        signal: entry.stop.signal,
        onProgress: (done, total) => entry.progress.publish({ done, total: total ?? done }),
      });
    });
    this.changed();
    void this.#end(entry);
    return report;
  }

  /** @throws not-found; bad-data: nothing that can be imported */
  head(id: string, owner: Client): Promise<ImportHead> {
    return readCsvHead(this.#entry(id, owner).upload.path);
  }

  /** @throws as `importCsvIntoLog`; wrong-use while the file is not whole, busy while it is being imported */
  async run(input: ImportInput, owner: Client): Promise<ImportReport> {
    const entry = this.#entry(input.upload, owner);
    const report = await this.#alone(entry, () => this.#import(entry, input));
    this.changed();
    void this.#end(entry);
    return report;
  }

  /** Ends with the import that is under way or comes next. */
  async *progress(
    id: string,
    owner: Client,
    signal?: AbortSignal,
  ): AsyncGenerator<ImportProgress, void, void> {
    const steps = batches<ImportProgress | null, { newest?: ImportProgress; ended: boolean }>(
      this.#entry(id, owner).progress,
      {
        empty: () => ({ ended: false }),
        merge: (batch, step) => {
          if (step === null) batch.ended = true;
          else batch.newest = step;
        },
        intervalMs: 100,
        ...(signal && { signal }),
      },
    );
    for await (const { newest, ended } of steps) {
      if (newest) yield newest;
      if (ended) return;
    }
  }

  async drop(id: string, owner: Client): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry?.owner === owner) await this.#end(entry);
  }

  /** Stops what is going on and takes every file away. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#entries.values()].map((entry) => this.#end(entry)));
  }

  async #import(entry: Entry, input: ImportInput): Promise<ImportReport> {
    const path = await entry.upload.whole();
    const { episodes, files } = await importCsvIntoLog(this.log, optionsOf(path, input), {
      signal: entry.stop.signal,
      onProgress: (done, total) => entry.progress.publish({ done, total }),
    });
    const [file] = files;
    if (!file) throw new ForesightError('internal', 'The import said nothing of its file.', 'Try again.');
    const { samples, rows, gaps, samplesLeftOut, remarks } = file;
    return { episodes, samples, rows, gaps, samplesLeftOut, remarks };
  }

  /** One thing at a time is done with a file. */
  async #alone<T>(entry: Entry, begin: () => Promise<T>): Promise<T> {
    if (entry.running) throw new ForesightError('busy', 'This file is being imported.', 'Wait for its end.');
    const work = begin();
    entry.running = work.catch(() => undefined);
    try {
      return await work;
    } finally {
      entry.running = null;
      entry.progress.publish(null);
    }
  }

  /** @param rate rows a second, where the file does not say it */
  async #opened(entry: Entry, rate?: number): Promise<Dataset> {
    const path = await entry.upload.whole();
    if (entry.dataset && (rate === undefined || entry.dataset.head.periodSeconds !== null))
      return entry.dataset;
    await entry.dataset?.close();
    entry.dataset = null;
    const options = rate === undefined ? {} : { periodSeconds: 1 / rate };
    const dataset = await openDatasetAside(this.host, path, options, entry.stop.signal);
    if (dataset === undefined) {
      throw new ForesightError(
        'bad-data',
        `${basename(path)} is no data set that Foresight can read.`,
        'It reads LeRobot and Minari folders, Parquet, MCAP, HDF5 as robomimic, Minari and D4RL have it, and CSV.',
      );
    }
    entry.dataset = dataset;
    return dataset;
  }

  /** Its import has ended before its file goes. */
  async #end(entry: Entry): Promise<void> {
    this.#entries.delete(entry.upload.id);
    entry.left.dispose();
    entry.stop.abort();
    await entry.running;
    await entry.dataset?.close();
    entry.progress.publish(null);
    await entry.upload.remove();
  }

  #entry(id: string, owner: Client): Entry {
    const entry = this.#entries.get(id);
    if (entry?.owner === owner) return entry;
    throw new ForesightError('not-found', 'This file is not here any more.', 'Choose it once more.');
  }
}

function optionsOf(path: string, input: ImportInput): CsvImportOptions {
  const { upload: _, rig, rate, gapSeconds, observations, actions, ...said } = input;
  const columnsOf = (columns: ImportInput['observations']) =>
    columns.map(({ column, name, unit, angle }) => ({ column, name, ...siUnit(unit), angle }));
  return {
    ...{ files: [path], rig, periodSeconds: 1 / rate, called: basename(path), askedFrom: 'window' },
    ...(gapSeconds !== undefined && { gapSeconds }),
    mapping: { ...said, observations: columnsOf(observations), actions: columnsOf(actions) },
  };
}
