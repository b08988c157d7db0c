import { basename } from 'node:path';
import type { ForesightError } from '../../../shared/errors';
import { adviceFor } from './advice';
import { finerDoubt, TurnWatch, UsualStep } from './doubts';
import type { CsvReading } from './read';
import { type Grid, type GridRows, PieceResampler } from './resample';
import { badCsv } from './sentences';
import type { SampleSink } from './table';
import { type CsvFileReport, type CsvImportOptions, gapOf } from './types';

/** Numbers that one file may become: 32 GB of them. More is a unit or a period that was not meant. */
const MAX_NUMBERS = 2 ** 32;

/** One episode of a file. */
export interface FilePiece {
  /** Which of the file's episodes, from 0. */
  piece: number;
  /** Time of its first row on the file's own clock. */
  startSeconds: number;
}

/**
 * Takes the samples of a file, cuts them where the file starts an episode and where a step is longer than the gap, and hands on the
 * rows of each piece.
 */
export class FileEpisodes implements SampleSink {
  readonly pieces: FilePiece[] = [];
  readonly #grid: Grid;
  readonly #gap: number;
  readonly #withinPieces = new UsualStep();
  readonly #steps = new UsualStep();
  readonly #turns: TurnWatch[];
  #piece: PieceResampler | undefined;
  #time = Number.NaN;
  #values = new Float64Array();
  #gaps = 0;
  #tooShort = 0;
  #leftOut = 0;
  #rows = 0;
  /** Of the pieces that have ended. */
  #seconds = 0;

  constructor(
    private readonly path: string,
    private readonly options: CsvImportOptions,
    private readonly partRows: number,
    private readonly hand: (piece: FilePiece, rows: GridRows) => void,
  ) {
    const { observations, actions } = options.mapping;
    this.#gap = gapOf(options);
    this.#turns = TurnWatch.over(observations);
    this.#grid = {
      periodSeconds: options.periodSeconds,
      angles: observations.map(({ angle }) => angle === true),
      actions: actions.length,
    };
  }

  sample(seconds: number, values: Float64Array, fresh: boolean): void {
    const step = seconds - this.#time;
    const piece = this.#piece;
    const gap = !fresh && step > this.#gap * (1 + 1e-9);
    if (!Number.isNaN(step)) this.#steps.take(step);
    if (piece === undefined || fresh || gap) {
      if (gap) this.#gaps += 1;
      this.#endPiece();
      const next: FilePiece = { piece: this.pieces.length, startSeconds: seconds };
      this.#piece = new PieceResampler(this.#grid, seconds, values, this.partRows, (rows) =>
        this.hand(next, rows),
      );
    } else {
      this.#withinPieces.take(step);
      for (const turn of this.#turns) turn.take(this.#values, values, seconds);
      this.#requireRoom(this.#seconds + piece.seconds + step, values.length + 1);
      piece.sample(seconds, values);
    }
    this.#time = seconds;
    if (this.#values.length !== values.length) this.#values = values.slice();
    else this.#values.set(values);
  }

  /** Ends the last piece. @throws ForesightError bad-data where no piece is as long as a period */
  report({ samples, remarks }: CsvReading): CsvFileReport {
    this.#endPiece();
    if (this.pieces.length === 0) throw this.#nothingLeft();
    const { periodSeconds, askedFrom } = this.options;
    const rows = this.#rows;
    return {
      ...{ file: this.path, samples, episodes: this.pieces.length, rows, gaps: this.#gaps },
      ...{ tooShort: this.#tooShort, samplesLeftOut: this.#leftOut },
      remarks: [
        ...remarks,
        ...finerDoubt(this.#withinPieces.median, { periodSeconds, rows, samples }, askedFrom),
        ...this.#turns.flatMap((turn) => turn.doubt(askedFrom)),
      ],
    };
  }

  /** Time of the last sample on the file's own clock. */
  get endSeconds(): number {
    return this.#time;
  }

  #endPiece(): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    this.#piece = undefined;
    this.#seconds += piece.seconds;
    const rows = piece.end();
    this.#rows += rows;
    if (rows > 0) this.pieces.push({ piece: this.pieces.length, startSeconds: piece.startSeconds });
    else {
      this.#tooShort += 1;
      this.#leftOut += piece.samples;
    }
  }

  /** A period far finer than the log could make a thousand million rows of two samples. */
  #requireRoom(seconds: number, width: number): void {
    const { periodSeconds, askedFrom } = this.options;
    const rows = Math.ceil(seconds / periodSeconds);
    if (rows * width <= MAX_NUMBERS) return;
    throw badCsv(
      basename(this.path),
      {},
      `would become ${rows} rows at a period of ${periodSeconds} s, more than the ${MAX_NUMBERS} numbers that one file may become`,
      `Choose a longer period ${adviceFor(askedFrom).longerPeriod}, check the unit of the time, or import it in parts. Nothing was imported.`,
    );
  }

  #nothingLeft(): ForesightError {
    const { periodSeconds } = this.options;
    const median = this.#steps.median || 0;
    return badCsv(
      basename(this.path),
      {},
      `has no two samples within ${this.#gap} s that span a period of ${periodSeconds} s; its usual step is ${Number(median.toPrecision(3))} s`,
      'Choose a period near the usual step, or a longer gap, and check the unit of the time. Nothing was imported.',
    );
  }
}
