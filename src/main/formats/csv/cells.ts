import { quoted } from './sentences';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d*,\d+([eE][+-]?\d+)?$/;
const NO_NUMBER = /^[+-]?(nan|na|n\/a|null|none|inf|infinity|#n\/a)$/i;

/**
 * The number in a cell, or why there is none. A decimal comma ("0,5", as spreadsheets write it where that is the
 * custom) is read where the comma does not separate the fields.
 */
export function cellNumber(cell: string, delimiter: string): number | string {
  if (NUMBER.test(cell)) {
    const value = Number(cell);
    return Number.isFinite(value) ? value : 'a number too large to hold';
  }
  if (delimiter !== ',' && DECIMAL_COMMA.test(cell)) return Number(cell.replace(',', '.'));
  if (cell === '') return 'an empty cell instead of a number';
  if (NO_NUMBER.test(cell)) return `${cell} instead of a number`;
  return `the text ${quoted(cell)} instead of a number`;
}

/** A column of numbers that grows. */
export class NumberColumn {
  #values = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  last(): number | undefined {
    return this.#length === 0 ? undefined : this.#values[this.#length - 1];
  }

  toArray(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}
