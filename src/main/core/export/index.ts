import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetCard } from '../../../shared/dataset';
import { ForesightError } from '../../../shared/errors';
import type { ExportInput, ExportPlan, ExportStep, FormatName } from '../../../shared/export';
import type { Log } from '../../log/types';
import { workspacePaths } from '../../log/workspace';
import type { Host } from '../../processes/port';
import { cardOf } from '../datasets';
import { fileName } from '../file-name';
import { Broadcast, batches } from '../stream';
import { writeCard } from './card';
import type { ExportJob } from './messages';
import { exportAside } from './start';

/** What a file is called by; of LeRobot and Minari it is a folder. */
const ENDINGS: Record<FormatName, string> = {
  parquet: '.parquet',
  csv: '.csv',
  lerobot: '-lerobot',
  mcap: '.mcap',
  robomimic: '-robomimic.hdf5',
  minari: '-minari',
  d4rl: '-d4rl.hdf5',
};

/** Episodes on their way to other people's software, for windows: into the folder "exports" of the workspace. */
export class Exports {
  readonly #running = new Map<AbortController, Promise<unknown>>();
  /** Names that are being written. */
  readonly #taken = new Set<string>();
  #closed = false;

  constructor(
    private readonly host: Host,
    private readonly log: Log,
  ) {}

  /** What would be written and what the format cannot hold. @throws not-found, wrong-use: they do not go together */
  plan(input: ExportInput, signal?: AbortSignal): Promise<ExportPlan> {
    const stop = new AbortController();
    return this.#watched(stop, signal, () =>
      exportAside(this.host, 'plan', this.#job(input, null), { signal: stop.signal }),
    );
  }

  /** Writes them; stops, and leaves nothing, when whoever asked no longer listens. @throws as `plan`; bad-file: the disk */
  async *run(input: ExportInput, signal?: AbortSignal): AsyncGenerator<ExportStep, void, void> {
    const path = await this.#free(input);
    const stop = new AbortController();
    const rows = new Broadcast<ExportStep | null>();
    try {
      const work = this.#watched(stop, signal, async () => {
        // Before anything is written: a set with an episode that is damaged has no card, and nothing is left of its export.
        const card = await this.#card(input, stop.signal);
        const report = await exportAside(this.host, 'exported', this.#job(input, path), {
          signal: stop.signal,
          onRows: (done, total) => rows.publish({ kind: 'rows', done, total }),
        });
        return card === null ? report : { ...report, card: await writeCard(card, `${path}.card.json`) };
      });
      const steps = batches<ExportStep | null, { newest?: ExportStep; ended: boolean }>(rows, {
        empty: () => ({ ended: false }),
        merge: (batch, step) => {
          if (step === null) batch.ended = true;
          else batch.newest = step;
        },
        intervalMs: 100,
      });
      work.finally(() => rows.publish(null)).catch(() => undefined);
      for await (const { newest, ended } of steps) {
        if (newest) yield newest;
        if (ended) break;
      }
      yield { kind: 'done', report: await work };
    } finally {
      stop.abort();
      this.#taken.delete(path);
    }
  }

  /** Stops what is going on. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#running.keys()) stop.abort();
    await Promise.allSettled(this.#running.values());
  }

  #card({ dataset }: ExportInput, signal: AbortSignal): Promise<DatasetCard | null> {
    return dataset === undefined
      ? Promise.resolve(null)
      : cardOf(this.log, dataset, { by: null }, { signal });
  }

  /** In the order of their numbers, whatever the order in which they were picked. */
  #job({ format, ids }: ExportInput, path: string | null): ExportJob {
    const numbers = [...new Set(ids)].sort((a, b) => a - b);
    return { format, ids: numbers, workspace: this.log.folder, path };
  }

  #watched<T>(stop: AbortController, signal: AbortSignal | undefined, begin: () => Promise<T>): Promise<T> {
    const abort = () => stop.abort();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted || this.#closed) abort();
    const work = begin().finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#running.delete(stop);
    });
    this.#running.set(stop, work);
    return work;
  }

  /** A name that nothing has yet: by the rig, the episodes and the format. */
  async #free({ ids, format }: ExportInput): Promise<string> {
    const [first, last] = [Math.min(...ids), Math.max(...ids)];
    const { rig } = await this.log.episode(first);
    const numbers = first === last ? String(first) : `${first}-to-${last}`;
    const { exports } = workspacePaths(this.log.folder);
    for (let more = 1; more < 1000; more++) {
      const again = more === 1 ? '' : `-${more}`;
      const path = join(exports, `${fileName(rig)}-${numbers}${again}${ENDINGS[format]}`);
      if (this.#taken.has(path) || (await isThere(path))) continue;
      this.#taken.add(path);
      return path;
    }
    throw new ForesightError(
      'wrong-use',
      `The folder "exports" of the workspace has a thousand exports of these episodes.`,
      'Take some of them away.',
    );
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
