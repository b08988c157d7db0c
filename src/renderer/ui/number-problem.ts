import { formatNumber } from './format';

/** What a number in a form may be; both bounds count as allowed. */
export interface NumberRange {
  min?: number | undefined;
  max?: number | undefined;
  /** Only whole numbers. */
  whole?: boolean | undefined;
  /** An emptied field means something of its own. */
  optional?: boolean | undefined;
}

/**
 * What is wrong with a number that was entered, as a sentence for under the field; null where nothing is. A field that was
 * emptied is NaN.
 */
export function numberProblem(value: number, range: NumberRange): string | null {
  const { min, max, whole = false, optional = false } = range;
  if (optional && Number.isNaN(value)) return null;
  const fits =
    Number.isFinite(value) &&
    (!whole || Number.isInteger(value)) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max);
  return fits ? null : `Enter ${rangeWords(range)}.`;
}

/** The first of these numbers that is out of its range, as a sentence for beside the button that would use it; null where none is. */
export function firstProblem(numbers: readonly (readonly [string, number, NumberRange])[]): string | null {
  const wrong = numbers.find(([, value, range]) => numberProblem(value, range) !== null);
  return wrong ? `${wrong[0]} must be ${rangeWords(wrong[2])}.` : null;
}

/** "a whole number from 1 to 200", "a number above 0". */
export function rangeWords({ min, max, whole = false }: NumberRange): string {
  const what = whole ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${what} from ${plain(min)} to ${plain(max)}`;
  if (min !== undefined) return `${what} of at least ${plain(min)}`;
  return max === undefined ? what : `${what} of at most ${plain(max)}`;
}

/** A bound as it was set: 0.05, 20 000, 1e6. */
function plain(bound: number): string {
  const digits = Math.max(
    1,
    String(Math.abs(bound))
      .replace(/e.*$|\D/g, '')
      .replace(/^0+|0+$/g, '').length,
  );
  if (Number.isInteger(bound) && Math.abs(bound) < 1e5) return String(bound);
  return formatNumber(bound, digits);
}
