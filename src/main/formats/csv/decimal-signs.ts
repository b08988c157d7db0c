import { type AskedFrom, adviceFor } from './advice';
import { cellNumber, isNumberLike, signIn } from './cells';
import { badCsv, quoted } from './sentences';
import type { DecimalSign } from './types';

interface Place {
  line: number;
  column: string;
}

/**
 * Reads the numbers of a file in which either a dot or a comma stands before the fraction: the one that its numbers
 * show first, unless it was given. Both in one file is refused, because 1.000 is one in some and a thousand in others;
 * told which it is, the other sign groups thousands.
 */
export class DecimalSigns {
  #sign: DecimalSign | undefined;
  #first: (Place & { cell: string }) | undefined;
  readonly #given: boolean;

  constructor(
    private readonly file: string,
    delimiter: string,
    given: DecimalSign | undefined,
    private readonly askedFrom?: AskedFrom,
  ) {
    this.#given = given !== undefined;
    // Where a comma separates the fields, it is in no number.
    this.#sign = given ?? (delimiter === ',' ? 'dot' : undefined);
  }

  /** Undefined as long as no number has shown it. */
  get sign(): DecimalSign | undefined {
    return this.#sign;
  }

  /** @returns the number, or why there is none. @throws ForesightError bad-data for both signs in one file */
  number(cell: string, place: Place): number | string {
    const sign = signIn(cell);
    if (!this.#given && sign !== undefined && isNumberLike(cell)) {
      if (this.#sign === undefined) {
        this.#sign = sign;
        this.#first = { ...place, cell };
      }
      const first = this.#first;
      if (first !== undefined && (sign !== this.#sign || (cell.includes('.') && cell.includes(',')))) {
        throw this.#mixed(first, { ...place, cell });
      }
    }
    return cellNumber(cell, this.#sign ?? 'dot', this.#given);
  }

  #mixed(first: Place & { cell: string }, { line, column, cell }: Place & { cell: string }): Error {
    const other =
      first.cell === cell ? '' : ` and line ${first.line}, column "${first.column}", ${quoted(first.cell)}`;
    return badCsv(
      this.file,
      { line, column },
      `holds ${quoted(cell)}${other}: dots and commas in numbers, of which only one can stand before the fraction`,
      `${adviceFor(this.askedFrom).decimalSign} Nothing was imported.`,
    );
  }
}
