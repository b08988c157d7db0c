import type { EpisodeColumns } from '../../shared/episode';
import { copyRows, emptyColumns } from '../log/chunks';
import type { Log } from '../log/types';
import { badFile } from './faults';
import type { DatasetPlan, Picked } from './import-plan';
import type { DatasetRows } from './types';

const CHUNK_ROWS = 1024;
/** Rows that are written at once. */
const PART_ROWS = 8 * CHUNK_ROWS;

/** Rows of one episode on their way into the log, which takes whole chunks until the end. */
export class StagedRows {
  readonly #layout: { observations: number; actions: number };
  #waiting: EpisodeColumns;
  #count = 0;
  #staged = 0;
  /** When each row was, a part of them after the other; only of an episode that has cameras. */
  readonly #seconds: { first: number; seconds: Float64Array }[] = [];

  constructor(
    private readonly log: Pick<Log, 'stageRows'>,
    readonly id: number,
    private readonly plan: DatasetPlan,
    private readonly place: string,
    private readonly keepsTimes: boolean,
  ) {
    this.#layout = { observations: plan.observations.length, actions: plan.actions.length };
    this.#waiting = emptyColumns(PART_ROWS, this.#layout);
  }

  async add(rows: DatasetRows): Promise<void> {
    const columns = this.#columnsOf(rows);
    if (this.keepsTimes) {
      this.#seconds.push({ first: this.#staged + this.#count, seconds: columns.hostSeconds.slice() });
    }
    for (let from = 0; from < rows.rows; ) {
      const to = Math.min(rows.rows, from + PART_ROWS - this.#count);
      copyRows(columns, this.#layout, { from, to }, this.#waiting, this.#count);
      this.#count += to - from;
      from = to;
      if (this.#count === PART_ROWS) await this.#stage();
    }
  }

  /** On the host's clock; undefined of a row that did not come. */
  secondsOf(row: number): number | undefined {
    const part = this.#seconds.findLast(({ first }) => first <= row);
    return part?.seconds[row - part.first];
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
