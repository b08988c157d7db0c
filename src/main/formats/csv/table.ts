import { NumberColumn } from './cells';
import { DecimalSigns } from './decimal-signs';
import type { CsvLayout } from './layout';
import { badCsv, quoted } from './sentences';
import { timeOf, type WrittenTime } from './times';
import { type CsvColumn, type CsvMapping, type CsvTable, TIME_UNITS } from './types';

/** Numbers of one file that are held at once, 8 bytes each. */
export const MAX_NUMBERS = 64 * 2 ** 20;

interface Wanted {
  column: string;
  /** Position in the line. */
  index: number;
  scale: number;
}

/** Takes the lines of a file one after another and keeps the numbers of the mapped columns. */
export class TableReader {
  /** Last line that was read whole. */
  line = 0;
  readonly #wanted: Wanted[];
  readonly #time: Wanted | undefined;
  readonly #episodeIndex: number | undefined;
  readonly #signs: DecimalSigns;
  readonly #times = new NumberColumn();
  readonly #columns: NumberColumn[];
  readonly #starts: number[] = [];
  #episode: string | undefined;
  /** How the first time of the file is written; undefined for a number. */
  #written: WrittenTime['kind'] | undefined;
  /** Added to a counter that ran over. */
  #carried = 0;

  constructor(
    private readonly file: string,
    private readonly mapping: CsvMapping,
    private readonly layout: CsvLayout,
  ) {
    const index = (name: string) => layout.fields.get(name) ?? -1;
    const wanted = ({ column, scale = 1 }: CsvColumn): Wanted => ({ column, index: index(column), scale });
    this.line = layout.linesBefore;
    this.#wanted = [...mapping.observations, ...mapping.actions].map(wanted);
    this.#columns = this.#wanted.map(() => new NumberColumn());
    const { time, timeUnit = 's', episode } = mapping;
    if (time !== undefined) this.#time = wanted({ column: time, unit: 's', scale: TIME_UNITS[timeUnit] });
    if (episode !== undefined) this.#episodeIndex = index(episode);
    this.#signs = new DecimalSigns(file, layout.delimiter, mapping.decimal);
  }

  take(record: readonly string[], line: number): void {
    this.line = line;
    const width = this.layout.width ?? record.length;
    const trailing = record.length === width + 1 && record[width] === '';
    if (record.length !== width && !trailing) {
      throw badCsv(this.file, { line }, `has ${record.length} fields where the header has ${width}`);
    }
    if (this.#times.length * (this.#wanted.length + 1) >= MAX_NUMBERS) {
      const next = 'Import it in parts. Nothing was imported.';
      throw badCsv(this.file, { line }, `is beyond the ${MAX_NUMBERS} numbers that one file may hold`, next);
    }
    const fresh = this.#startsEpisode(record);
    const before = this.#times.last();
    if (fresh) this.#carried = 0;
    const time = this.#timeIn(record, line, fresh ? undefined : before);
    if (!fresh && before !== undefined && time <= before) this.#refuseTime(time, before, record, line);
    if (fresh) this.#starts.push(this.#times.length);
    this.#times.push(time);
    this.#wanted.forEach((wanted, i) => {
      this.#columns[i]?.push(this.#number(record, wanted, line));
    });
  }

  table(): CsvTable {
    const { file } = this;
    if (this.#times.length === 0) {
      throw badCsv(file, {}, 'holds a header and no data', 'Choose another file. Nothing was imported.');
    }
    return {
      file,
      samples: this.#times.length,
      time: this.#times.toArray(),
      columns: this.#columns.map((column) => column.toArray()),
      starts: this.#starts,
      remarks: [...this.layout.remarks, ...this.#timeRemarks()],
    };
  }

  #timeRemarks(): string[] {
    const { sampleRate } = this.mapping;
    if (this.#time === undefined) {
      return [
        `The file has no clock: its samples were taken to be ${Number((1 / (sampleRate ?? 1)).toPrecision(6))} s apart.`,
      ];
    }
    if (this.#written === 'date-without-zone') return ['The times have no zone: they were taken for UTC.'];
    return this.#written === 'time-of-day' ? ['The times are times of day: the date is not known.'] : [];
  }

  #startsEpisode(record: readonly string[]): boolean {
    const episode = this.#episodeIndex === undefined ? '' : (record[this.#episodeIndex] ?? '');
    if (episode === this.#episode) return false;
    this.#episode = episode;
    return true;
  }

  #timeIn(record: readonly string[], line: number, before: number | undefined): number {
    const time = this.#time;
    if (time === undefined) {
      const first = this.#starts.at(-1) ?? 0;
      return before === undefined ? 0 : (this.#times.length - first) / (this.mapping.sampleRate ?? 1);
    }
    const cell = record[time.index] ?? '';
    const written = timeOf(cell);
    if (this.#times.length === 0) this.#written = written?.kind;
    if (written !== undefined && written.kind === this.#written) return written.seconds;
    if (this.#written !== undefined) {
      throw badCsv(
        this.file,
        { line, column: time.column },
        `holds ${quoted(cell)} instead of a time as in the lines before`,
      );
    }
    const seconds = this.#number(record, time, line);
    const { timeBits } = this.mapping;
    if (timeBits === undefined || before === undefined) return seconds + this.#carried;
    const range = 2 ** timeBits * time.scale;
    if (seconds + this.#carried < before - range / 2) this.#carried += range;
    return seconds + this.#carried;
  }

  #number(record: readonly string[], { column, index, scale }: Wanted, line: number): number {
    const value = this.#signs.number(record[index] ?? '', { line, column });
    if (typeof value === 'number') return value * scale;
    throw badCsv(this.file, { line, column }, `holds ${value}`);
  }

  #refuseTime(time: number, before: number, record: readonly string[], line: number): never {
    const { column, index, scale } = this.#time ?? { column: '', index: -1, scale: 1 };
    const cell = quoted(record[index] ?? '');
    const what = time === before ? `repeats the time ${cell}` : `goes back in time, to ${cell}`;
    const bits = [16, 24, 32].find((count) => Math.abs((before - time) / scale / 2 ** count - 1) < 0.01);
    const counter =
      bits === undefined
        ? ''
        : `A counter of ${bits} bits that ran over is imported with --time-bits ${bits}. `;
    const next = `${counter}Sort the lines and keep one a time; where a new episode starts, name the column that numbers the episodes. Nothing was imported.`;
    throw badCsv(this.file, { line, column }, what, next);
  }
}
