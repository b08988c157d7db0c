import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { channelName, plainWords } from '../../shared/channel-name';
import type { ChannelInfo, EpisodeColumns } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { copyRows, emptyColumns } from '../log/chunks';
import type { Log, StagedEpisode } from '../log/types';
import type { CsvColumn } from './csv';
import { badFile } from './faults';
import { giveUpStaged, refuseStoppedImport } from './stopping';
import type { Dataset, DatasetColumn, DatasetEnd, DatasetHead, DatasetRows } from './types';

export interface DatasetImportOptions {
  /** For sentences and for the record. */
  file: string;
  /** What the rig is called in the log; the file's name for it, or the file's, unless given. */
  rig?: string | undefined;
  /** Columns by name with their units; what the file says, or names tell, unless given. */
  observations?: readonly CsvColumn[] | undefined;
  actions?: readonly CsvColumn[] | undefined;
  tags?: readonly string[] | undefined;
}

interface Picked {
  column: string;
  scale: number;
  channel: ChannelInfo;
}

/** What an import is going to bring: its dry run. */
export interface DatasetPlan {
  rig: string;
  periodSeconds: number;
  observations: Picked[];
  actions: Picked[];
  remarks: string[];
}

export interface DatasetReport {
  /** Numbers of the new episodes. */
  episodes: number[];
  rows: number;
  remarks: string[];
}

export interface DatasetWatch {
  /** Stops it: nothing is added. */
  signal?: AbortSignal;
  /** Rows that were read; `total` is null where the file does not say. */
  onProgress?(done: number, total: number | null): void;
}

/** Which columns become which channels. @throws ForesightError wrong-use: what is asked, or the file, leaves it open */
export function planImport(head: DatasetHead, options: DatasetImportOptions): DatasetPlan {
  const observations = pick(head, 'observation', options.observations);
  const taken = observations.map(({ channel }) => channel.name);
  const actions = pick(head, 'action', options.actions, taken);
  const twice = repeated([...observations, ...actions].map(({ channel }) => channel.name));
  if (twice !== undefined) {
    throw wrong(`Two columns would both be the channel "${twice}".`, 'Name one of them: name=column:unit.');
  }
  const { periodSeconds } = head;
  if (periodSeconds === null) {
    throw wrong('Nothing in the file says how many rows a second it has.', 'Say it: --rate.');
  }
  const guessed = options.rig ?? head.rig ?? basename(options.file).replace(/\.[a-z0-9]+$/i, '');
  const rig = options.rig ?? (plainWords(guessed, '-') || 'imported');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(rig)) {
    throw wrong(`"${rig}" cannot be the name of a rig.`, 'Use lower-case letters, digits and hyphens.');
  }
  const unknown = [...observations, ...actions].filter(
    ({ column }) => unitOf(head, options, column) === null,
  );
  const units = unknown.map(({ channel }) => channel.name).join(', ');
  return {
    ...{ rig, periodSeconds, observations, actions },
    remarks: [
      ...head.remarks,
      ...(units === ''
        ? []
        : [`The file does not say the units of ${units}: they are taken for plain numbers.`]),
    ],
  };
}

/**
 * Adds the episodes of a file to the log: all of them or, when anything is wrong or it is stopped, none. Rows go into the log as
 * they are read, in episodes that nobody sees before the last one is whole, so memory does not grow with the file.
 * @throws ForesightError bad-data with the place of the fault, cancelled
 */
export async function importDataset(
  log: Pick<Log, 'stageEpisode' | 'stageRows' | 'commitStaged' | 'discardStaged'>,
  dataset: Dataset,
  options: DatasetImportOptions,
  { signal, onProgress }: DatasetWatch = {},
): Promise<DatasetReport> {
  const plan = planImport(dataset.head, options);
  const { mtimeMs: modifiedAt } = await stat(options.file);
  const staged: number[] = [];
  const ended: StagedEpisode[] = [];
  let rows = 0;
  let inHand: StagedRows | undefined;
  try {
    for await (const part of dataset.read({
      observations: plan.observations.map(({ column }) => column),
      actions: plan.actions.map(({ column }) => column),
      turns: plan.observations.map(({ channel, scale }) =>
        channel.angle ? (2 * Math.PI) / scale : undefined,
      ),
    })) {
      refuseStoppedImport(signal);
      if (part.kind === 'rows') {
        if (inHand === undefined) {
          const id = await log.stageEpisode(newEpisode(plan, dataset, options));
          staged.push(id);
          inHand = new StagedRows(log, id, plan, `${basename(options.file)}, episode ${staged.length}`);
        }
        await inHand.add(part.rows);
        rows += part.rows.rows;
        onProgress?.(rows, dataset.head.rows);
      } else if (inHand !== undefined) {
        await inHand.end();
        ended.push(endOf(inHand.id, part.end, dataset.head, { ...options, modifiedAt }));
        inHand = undefined;
      }
    }
    refuseStoppedImport(signal);
    if (ended.length === 0) throw badFile(basename(options.file), '', 'holds no rows');
    const what = `Imported ${ended.length} episode${ended.length === 1 ? '' : 's'} from ${basename(options.file)}`;
    return { episodes: await log.commitStaged(ended, what), rows, remarks: plan.remarks };
  } catch (thrown) {
    await giveUpStaged(log, staged);
    throw thrown;
  }
}

const CHUNK_ROWS = 1024;
/** Rows that are written at once. */
const PART_ROWS = 8 * CHUNK_ROWS;

/** Rows of one episode on their way into the log, which takes whole chunks until the end. */
class StagedRows {
  readonly #layout: { observations: number; actions: number };
  #waiting: EpisodeColumns;
  #count = 0;
  #staged = 0;

  constructor(
    private readonly log: Pick<Log, 'stageRows'>,
    readonly id: number,
    private readonly plan: DatasetPlan,
    private readonly place: string,
  ) {
    this.#layout = { observations: plan.observations.length, actions: plan.actions.length };
    this.#waiting = emptyColumns(PART_ROWS, this.#layout);
  }

  async add(rows: DatasetRows): Promise<void> {
    const columns = this.#columnsOf(rows);
    for (let from = 0; from < rows.rows; ) {
      const to = Math.min(rows.rows, from + PART_ROWS - this.#count);
      copyRows(columns, this.#layout, { from, to }, this.#waiting, this.#count);
      this.#count += to - from;
      from = to;
      if (this.#count === PART_ROWS) await this.#stage();
    }
  }

  async end(): Promise<void> {
    if (this.#count > 0) await this.#stage();
  }

  async #stage(): Promise<void> {
    const rows = emptyColumns(this.#count, this.#layout);
    copyRows(this.#waiting, this.#layout, { from: 0, to: this.#count }, rows, 0);
    await this.log.stageRows(this.id, this.#staged, rows);
    this.#staged += this.#count;
    this.#count = 0;
  }

  #columnsOf(given: DatasetRows): EpisodeColumns {
    const { rows } = given;
    const first = this.#staged + this.#count;
    const { periodSeconds, observations, actions } = this.plan;
    const hostSeconds =
      given.hostSeconds ?? new Float64Array(rows).map((_, row) => (first + row) * periodSeconds);
    const nothing = () => new Float64Array(rows).fill(Number.NaN);
    const scaledActions = scaled(given.actions, actions);
    const columns: EpisodeColumns = {
      ...{ rows, hostSeconds, deviceSeconds: given.deviceSeconds ?? hostSeconds },
      observations: scaled(given.observations, observations),
      actions: scaledActions,
      requested: given.requested === undefined ? scaledActions : scaled(given.requested, actions),
      reward: given.reward ?? nothing(),
      latenessSeconds: given.latenessSeconds ?? new Float64Array(rows),
      planMs: given.planMs ?? nothing(),
      missed: given.missed ?? new Float64Array(rows),
      predictions: new Array<undefined>(rows).fill(undefined),
    };
    this.#requireNumbers(columns.observations, observations, first);
    return columns;
  }

  #requireNumbers(values: Float64Array, picked: readonly Picked[], first: number): void {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return;
    const column = picked[at % picked.length]?.column ?? '';
    const row = first + Math.floor(at / picked.length);
    throw badFile(
      this.place,
      `row ${row}, column "${column}"`,
      `${values[at]} instead of a number`,
      'Correct the file, or leave that column out. Nothing was imported.',
    );
  }
}

/** [rows, columns] in the channels' units. */
function scaled(values: Float64Array, picked: readonly Picked[]): Float64Array {
  if (picked.every(({ scale }) => scale === 1)) return values;
  return values.map((value, i) => value * (picked[i % picked.length]?.scale ?? 1));
}

function pick(
  head: DatasetHead,
  role: 'observation' | 'action',
  asked: readonly CsvColumn[] | undefined,
  taken: readonly string[] = [],
): Picked[] {
  if (asked === undefined) {
    const usual = head.columns.filter((column) => column.role === role);
    if (usual.length > 0) return named(usual, taken);
    throw wrong(
      `No column of the file is known to be an ${role}; there are: ${listed(head.columns)}.`,
      `Name at least one: --${role} column:unit.`,
    );
  }
  return asked.map((one) => {
    const found = head.columns.find(({ column }) => column === one.column);
    if (found === undefined) {
      throw wrong(
        `The file has no column "${one.column}"; there are: ${listed(head.columns)}.`,
        'Name one of these.',
      );
    }
    const name = one.name ?? plainWords(found.name);
    if (!channelName.safeParse(name).success) {
      throw wrong(`"${name}" cannot be the name of a channel.`, 'Give the column one: name=column:unit.');
    }
    const angle = one.angle === true || (found.angle && one.unit === 'rad');
    const { unit, scale = 1 } = one;
    if (angle && (unit !== 'rad' || role === 'action')) {
      throw wrong(`"${name}" cannot be an angle that wraps.`, 'Only observations in rad or deg can.');
    }
    return { column: one.column, scale, channel: { name, unit, angle, limits: null } };
  });
}

/** Channels of columns that nobody named; their names become possible ones, each another: a joint's action is often called as the joint. */
function named(columns: readonly DatasetColumn[], before: readonly string[]): Picked[] {
  const taken = new Set(before);
  return columns.map(({ column, name, unit, angle, limits, role }) => {
    const words = plainWords(name);
    const possible = channelName.safeParse(words).success ? words : `c_${words}`;
    const base = role === 'action' && taken.has(possible) ? `action_${possible}` : possible;
    let free = base;
    for (let i = 2; taken.has(free); i++) free = `${base}_${i}`;
    taken.add(free);
    const isAngle = angle && role === 'observation' && unit === 'rad';
    return { column, scale: 1, channel: { name: free, unit: unit ?? '1', angle: isAngle, limits } };
  });
}

function unitOf(head: DatasetHead, options: DatasetImportOptions, column: string): string | null {
  const asked = [...(options.observations ?? []), ...(options.actions ?? [])].find(
    (one) => one.column === column,
  );
  return asked?.unit ?? head.columns.find((one) => one.column === column)?.unit ?? null;
}

const MOST_LISTED = 40;
const listed = (columns: readonly DatasetColumn[]) => {
  const names = columns.slice(0, MOST_LISTED).map(({ column }) => column);
  return names.join(', ') + (columns.length > MOST_LISTED ? ` and ${columns.length - MOST_LISTED} more` : '');
};

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

const repeated = (names: readonly string[]) => names.find((name, i) => names.indexOf(name) !== i);

const wrong = (what: string, next: string) => new ForesightError('wrong-use', what, next);
