import { type AskedFrom, adviceFor } from './advice';
import { DecimalSigns } from './decimal-signs';
import type { CsvLayout } from './layout';
import { badCsv, quoted } from './sentences';
import { timeOf, type WrittenTime } from './times';
import { type CsvColumn, type CsvMapping, TIME_UNITS } from './types';

/** Takes the samples of a file one after another. */
export interface SampleSink {
  /**
   * @param values [observations, then actions] only until the call returns
   * @param fresh whether the file starts an episode with it
   */
  sample(seconds: number, values: Float64Array, fresh: boolean): void;
}

interface Wanted {
  column: string;
  /** Position in the line. */
  index: number;
  scale: number;
}

/** Takes the lines of a file one after another and hands on the numbers of the mapped columns. */
export class TableReader {
  /** Last line that was read whole. */
  line = 0;
  samples = 0;
  readonly timeField: number | undefined;
  readonly episodeField: number | undefined;
  readonly #mapping: CsvMapping;
  readonly #askedFrom: AskedFrom | undefined;
  readonly #wanted: Wanted[];
  readonly #time: Wanted | undefined;
  readonly #signs: DecimalSigns;
  readonly #values: Float64Array;
  /** First sample of the episode in hand, and its last time. */
  #first = 0;
  #before = Number.NaN;
  #episode: string | undefined;
  /** How the first time of the file is written; undefined for a number. */
  #written: WrittenTime['kind'] | undefined;
  /** Added to a counter that ran over. */
  #carried = 0;

  constructor(
    private readonly file: string,
    { mapping, askedFrom }: { mapping: CsvMapping; askedFrom?: AskedFrom | undefined },
    private readonly layout: CsvLayout,
    private readonly sink: SampleSink,
  ) {
    this.#mapping = mapping;
    this.#askedFrom = askedFrom;
    const index = (name: string) => layout.fields.get(name) ?? -1;
    const wanted = ({ column, scale = 1 }: CsvColumn): Wanted => ({ column, index: index(column), scale });
    this.line = layout.linesBefore;
    this.#wanted = [...mapping.observations, ...mapping.actions].map(wanted);
    this.#values = new Float64Array(this.#wanted.length);
    const { time, timeUnit = 's', episode } = mapping;
    if (time !== undefined) this.#time = wanted({ column: time, unit: 's', scale: TIME_UNITS[timeUnit] });
    this.timeField = this.#time?.index;
    if (episode !== undefined) this.episodeField = index(episode);
    this.#signs = new DecimalSigns(file, layout.delimiter, mapping.decimal, askedFrom);
  }

  /** Fields of a line that must hold numbers, the time among them. */
  get numberFields(): number[] {
    return [
      ...this.#wanted.map(({ index }) => index),
      ...(this.timeField === undefined ? [] : [this.timeField]),
    ];
  }

  /** What stands before the fraction, as a byte; 0 as long as no number has shown it. */
  get signByte(): number {
    const { sign } = this.#signs;
    if (sign === undefined) return 0;
    return sign === 'dot' ? 46 : 44;
  }

  /** Whether times are dates or times of day. */
  get isWritten(): boolean {
    return this.#written !== undefined;
  }

  /** A time that is written as the first one was, in seconds; NaN for anything else. */
  writtenSeconds(cell: string): number {
    const time = timeOf(cell.trim());
    return time?.kind === this.#written && time !== undefined ? time.seconds : Number.NaN;
  }

  take(record: readonly string[], line: number): void {
    this.line = line;
    const width = this.layout.width ?? record.length;
    const trailing = record.length === width + 1 && record[width] === '';
    if (record.length !== width && !trailing) {
      throw badCsv(this.file, { line }, `has ${record.length} fields where the header has ${width}`);
    }
    const fresh = this.#startsEpisode(record);
    if (fresh) {
      this.#carried = 0;
      this.#first = this.samples;
    }
    const time = this.#timeIn(record, line, fresh);
    if (!fresh && time <= this.#before) this.#refuseTime(time, this.#before, record, line);
    this.#wanted.forEach((wanted, i) => {
      this.#values[i] = this.#number(record, wanted, line);
    });
    this.#hand(time, fresh);
  }

  /**
   * Takes a line that goes on with the episode in hand.
   * @param numbers [fields] those of `numberFields`; of a time that is written, its seconds
   * @returns false where it does not, or cannot be told without its text: it is to be taken as text then
   */
  takeNumbers(numbers: Float64Array): boolean {
    if (this.samples === 0) return false;
    const time = this.#timeOfNumbers(numbers);
    if (!(time > this.#before)) return false;
    const [wanted, values] = [this.#wanted, this.#values];
    for (let i = 0; i < wanted.length; i++) {
      const { index, scale } = wanted[i] as Wanted;
      values[i] = numbers[index] * scale;
    }
    this.#hand(time, false);
    return true;
  }

  /** What was passed over or taken for granted. @throws ForesightError bad-data for a file without a sample */
  remarks(): string[] {
    if (this.samples === 0) {
      throw badCsv(this.file, {}, 'holds a header and no data', 'Choose another file. Nothing was imported.');
    }
    return [...this.layout.remarks, ...this.#timeRemarks()];
  }

  #hand(time: number, fresh: boolean): void {
    this.samples += 1;
    this.#before = time;
    this.sink.sample(time, this.#values, fresh);
  }

  #timeOfNumbers(numbers: Float64Array): number {
    const time = this.#time;
    if (time === undefined) return (this.samples - this.#first) / (this.#mapping.sampleRate ?? 1);
    if (this.#written !== undefined) return numbers[time.index];
    return this.#carriedOn(numbers[time.index] * time.scale, time.scale);
  }

  /** The time of a counter that may have run over since the sample before. */
  #carriedOn(seconds: number, scale: number): number {
    const { timeBits } = this.#mapping;
    if (timeBits === undefined) return seconds;
    const range = 2 ** timeBits * scale;
    if (seconds + this.#carried < this.#before - range / 2) this.#carried += range;
    return seconds + this.#carried;
  }

  #timeRemarks(): string[] {
    const { sampleRate } = this.#mapping;
    if (this.#time === undefined) {
      return [
        `The file has no clock: its samples were taken to be ${Number((1 / (sampleRate ?? 1)).toPrecision(6))} s apart.`,
      ];
    }
    if (this.#written === 'date-without-zone') return ['The times have no zone: they were taken for UTC.'];
    return this.#written === 'time-of-day' ? ['The times are times of day: the date is not known.'] : [];
  }

  #startsEpisode(record: readonly string[]): boolean {
    const episode = this.episodeField === undefined ? '' : (record[this.episodeField] ?? '');
    if (episode === this.#episode) return false;
    this.#episode = episode;
    return true;
  }

  #timeIn(record: readonly string[], line: number, fresh: boolean): number {
    const time = this.#time;
    if (time === undefined) return (this.samples - this.#first) / (this.#mapping.sampleRate ?? 1);
    const cell = record[time.index] ?? '';
    const written = timeOf(cell);
    if (this.samples === 0) this.#written = written?.kind;
    if (written !== undefined && written.kind === this.#written) return written.seconds;
    if (this.#written !== undefined) {
      throw badCsv(
        this.file,
        { line, column: time.column },
        `holds ${quoted(cell)} instead of a time as in the lines before`,
      );
    }
    const seconds = this.#number(record, time, line);
    return fresh ? seconds : this.#carriedOn(seconds, time.scale);
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
    const { counter, episodeColumn } = adviceFor(this.#askedFrom);
    const ranOver = bits === undefined ? '' : `${counter(bits)} `;
    const next = `${ranOver}Sort the lines and keep one a time; where a new episode starts, ${episodeColumn}. Nothing was imported.`;
    throw badCsv(this.file, { line, column }, what, next);
  }
}
