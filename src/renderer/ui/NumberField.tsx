import { NumberInput, type NumberInputProps } from '@mantine/core';
import { type NumberRange, numberProblem } from './number-problem';

/**
 * A number in a form. What is out of range stays as it was typed, with a sentence under the field that says what it may
 * be; it is never changed into something else. Whoever uses the form asks `numberProblem` before acting on it.
 */
export function NumberField({
  value,
  onChange,
  range,
  ...rest
}: Omit<NumberInputProps, 'value' | 'onChange' | 'min' | 'max' | 'allowDecimal' | 'error'> & {
  /** NaN: the field is empty. */
  value: number;
  onChange(value: number): void;
  range: NumberRange;
}) {
  const { min, max, whole = false } = range;
  return (
    <NumberInput
      {...rest}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      clampBehavior="none"
      allowDecimal={!whole}
      value={Number.isNaN(value) ? '' : value}
      onChange={(entered) => onChange(typeof entered === 'number' ? entered : Number.NaN)}
      error={numberProblem(value, range)}
    />
  );
}
