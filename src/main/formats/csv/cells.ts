import { quoted } from './sentences';
import type { DecimalSign } from './types';

const DOT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const COMMA = /^[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?$/;
const GROUPED = {
  dot: /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/,
  comma: /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?$/,
};
const NO_NUMBER = /^[+-]?(nan|na|n\/a|null|none|inf|infinity|#n\/a)$/i;

/** Longest text that is looked at as a number. */
const MOST_CHARACTERS = 400;

/** Whether a cell is written like a number, with whatever sign before its fraction. */
export function isNumberLike(cell: string): boolean {
  return (
    cell.length <= MOST_CHARACTERS &&
    (DOT.test(cell) || COMMA.test(cell) || GROUPED.dot.test(cell) || GROUPED.comma.test(cell))
  );
}

/** What software writes where there is no number. */
export function isNoNumber(cell: string): boolean {
  return NO_NUMBER.test(cell);
}

/** The sign before the fraction that a number shows; undefined for whole ones, which have none. */
export function signIn(cell: string): DecimalSign | undefined {
  if (cell.includes('.')) return 'dot';
  return cell.includes(',') ? 'comma' : undefined;
}

/**
 * The number in a cell, or why there is none.
 * @param sign what stands before the fraction; the other one may group thousands where `grouped` says so
 */
export function cellNumber(cell: string, sign: DecimalSign, grouped: boolean): number | string {
  const text = cell.length > MOST_CHARACTERS ? 'text' : cell;
  const plain = sign === 'dot' ? text : text.replace(',', '.');
  const written =
    sign === 'dot' ? DOT.test(text) : COMMA.test(text) || /^[+-]?\d+([eE][+-]?\d+)?$/.test(text);
  if (written) return finite(Number(plain));
  if (grouped && GROUPED[sign].test(text)) {
    return finite(
      Number(sign === 'dot' ? text.replaceAll(',', '') : text.replaceAll('.', '').replace(',', '.')),
    );
  }
  if (cell === '') return 'an empty cell instead of a number';
  if (isNoNumber(cell)) return `${cell} instead of a number`;
  return `the text ${quoted(cell)} instead of a number`;
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : 'a number too large to hold';
}
