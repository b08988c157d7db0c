import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CameraInfo, Log, StagedEpisode } from '../log/types';
import { badFile } from './faults';
import { StagedPictures } from './import-pictures';
import { type DatasetImportOptions, type DatasetPlan, type Picked, planImport } from './import-plan';
import { StagedRows } from './import-rows';
import { giveUpStaged, refuseStoppedImport } from './stopping';
import type { Dataset, DatasetCamera, DatasetEnd, DatasetHead, DatasetPart } from './types';

export interface DatasetReport {
  /** Numbers of the new episodes. */
  episodes: number[];
  rows: number;
  /** Of each camera of the file whose pictures came along. */
  cameras: { name: string; pictures: number }[];
  /** What is to be known of it, what stayed behind among it. */
  remarks: string[];
}

export interface DatasetWatch {
  /** Stops it: nothing is added. */
  signal?: AbortSignal;
  /** Rows that were read; `total` is null where the file does not say. */
  onProgress?(done: number, total: number | null): void;
}

/** Of what stayed behind of single episodes, so many sentences are told. */
const MOST_LEFT = 50;

type ImportLog = Pick<Log, 'stageEpisode' | 'stageRows' | 'stageFrames' | 'commitStaged' | 'discardStaged'>;

/**
 * Adds the episodes of a file to the log: all of them or, when anything is wrong or it is stopped, none. Rows and pictures go into
 * the log as they are read, in episodes that nobody sees before the last one is whole, so memory does not grow with the file
 * (but for the times of an episode's rows, where it has pictures).
 * @throws ForesightError bad-data with the place of the fault, cancelled
 */
export async function importDataset(
  log: ImportLog,
  dataset: Dataset,
  options: DatasetImportOptions,
  { signal, onProgress }: DatasetWatch = {},
): Promise<DatasetReport> {
  const plan = planImport(dataset.head, options);
  const { mtimeMs: modifiedAt } = await stat(options.file);
  const importing = new Importing(log, dataset, plan, { ...options, modifiedAt });
  try {
    for await (const part of dataset.read({
      observations: plan.observations.map(({ column }) => column),
      actions: plan.actions.map(({ column }) => column),
      turns: plan.observations.map(({ channel, scale }) =>
        channel.angle ? (2 * Math.PI) / scale : undefined,
      ),
    })) {
      refuseStoppedImport(signal);
      await importing.take(part);
      if (part.kind === 'rows' || part.kind === 'pictures') onProgress?.(importing.done, dataset.head.rows);
    }
    refuseStoppedImport(signal);
    return await importing.commit();
  } catch (thrown) {
    await giveUpStaged(log, importing.staged);
    throw thrown;
  }
}

/** An import on its way: parts in their order, then all of it at once. */
class Importing {
  readonly staged: number[] = [];
  readonly #ended: StagedEpisode[] = [];
  readonly #counts: number[];
  readonly #left: string[] = [];
  #rows = 0;
  #pictureRows = 0;
  #cameras: CameraInfo[];
  #inHand: { rows: StagedRows; pictures: StagedPictures; left: string[] } | undefined;

  constructor(
    private readonly log: ImportLog,
    private readonly dataset: Dataset,
    private readonly plan: DatasetPlan,
    private readonly options: DatasetImportOptions & { modifiedAt: number },
  ) {
    this.#counts = dataset.head.cameras.map(() => 0);
    this.#cameras = this.#usualCameras();
  }

  /** Rows of which everything was read, as a share of what is to be read of all. */
  get done(): number {
    return Math.floor((this.#rows + this.#pictureRows) / (1 + this.#counts.length));
  }

  async take(part: DatasetPart): Promise<void> {
    if (part.kind === 'begin') {
      this.#cameras = this.#usualCameras().map((camera, i) => ({ ...camera, ...part.cameras[i] }));
      return;
    }
    if (part.kind === 'rows') {
      this.#inHand ??= await this.#begin();
      await this.#inHand.rows.add(part.rows);
      this.#rows += part.rows.rows;
      return;
    }
    const { rows, pictures, left } = this.#inHand ?? {};
    if (rows === undefined || pictures === undefined || left === undefined) return;
    switch (part.kind) {
      case 'pictures':
        await pictures.add(part.camera, part.pictures, (row) => rows.secondsOf(row));
        this.#pictureRows += part.rows;
        return;
      case 'left':
        left.push(part.remark);
        this.#left.push(part.remark);
        return;
      case 'end':
        await rows.end();
        for (const [i, count] of (await pictures.end()).entries()) {
          this.#counts[i] = (this.#counts[i] ?? 0) + count;
        }
        this.#ended.push(endOf(rows.id, withNotes(part.end, left), this.dataset.head, this.options));
        this.#inHand = undefined;
        this.#cameras = this.#usualCameras();
    }
  }

  /** Shows all of it. @throws ForesightError bad-data: there is nothing */
  async commit(): Promise<DatasetReport> {
    const file = basename(this.options.file);
    if (this.#ended.length === 0) throw badFile(file, '', 'holds no rows');
    const count = this.#ended.length;
    const what = `Imported ${count} episode${count === 1 ? '' : 's'} from ${file}`;
    const more = this.#left.length - MOST_LEFT;
    return {
      episodes: await this.log.commitStaged(this.#ended, what),
      rows: this.#rows,
      cameras: this.dataset.head.cameras.map(({ name }, i) => ({ name, pictures: this.#counts[i] ?? 0 })),
      remarks: [
        ...this.plan.remarks,
        ...this.#left.slice(0, MOST_LEFT),
        ...(more > 0 ? [`And so in ${more} more cases, which the notes of their episodes name.`] : []),
      ],
    };
  }

  async #begin() {
    const cameras = this.#cameras;
    const id = await this.log.stageEpisode({ ...newEpisode(this.plan, this.dataset, this.options), cameras });
    this.staged.push(id);
    const place = `${basename(this.options.file)}, episode ${this.staged.length}`;
    return {
      rows: new StagedRows(this.log, id, this.plan, place, cameras.length > 0),
      pictures: new StagedPictures(this.log, id, cameras, place),
      left: [],
    };
  }

  #usualCameras(): CameraInfo[] {
    return this.dataset.head.cameras.map(({ name, width, height, rate }: DatasetCamera) => ({
      ...{ name, width, height, rate: rate ?? 1 / this.plan.periodSeconds },
    }));
  }
}

const withNotes = (end: DatasetEnd, notes: readonly string[]): DatasetEnd => ({
  ...end,
  notes: [...notes, ...end.notes],
});

function newEpisode(plan: DatasetPlan, { head, rigFile }: Dataset, { file }: DatasetImportOptions) {
  const columns = (picked: readonly Picked[]) =>
    picked.map(({ column, scale, channel }) => ({ column, scale, name: channel.name }));
  return {
    rig: plan.rig,
    rigFile: {
      ...{ importedFrom: head.format, file, periodSeconds: plan.periodSeconds },
      ...{ observations: columns(plan.observations), actions: columns(plan.actions), rig: rigFile },
    },
    source: 'import' as const,
    periodSeconds: plan.periodSeconds,
    observations: plan.observations.map(({ channel }) => channel),
    actions: plan.actions.map(({ channel }) => channel),
    run: null,
    seed: null,
  };
}

const BEGAN_UNKNOWN =
  "When it was recorded does not stand in the file: the file's last change was taken for it.";
/** So many of an episode's notes are kept. */
const MOST_NOTES = 500;

function endOf(
  id: number,
  { called, startedAt, terminated, tags, notes }: DatasetEnd,
  { format, remarks }: DatasetHead,
  options: DatasetImportOptions & { modifiedAt: number },
): StagedEpisode {
  const began = startedAt === null ? [BEGAN_UNKNOWN] : [];
  return {
    ...{ id, startedAt: startedAt ?? options.modifiedAt, terminated },
    reason: `Imported from ${basename(options.file)} (${format}), ${called}.`,
    notes: [...notes, ...began, ...remarks].slice(0, MOST_NOTES).map((note) => note.slice(0, 2000)),
    tags: [...new Set([...tags, ...(options.tags ?? [])])].slice(0, 100).map((tag) => tag.slice(0, 200)),
  };
}
