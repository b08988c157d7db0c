import '../window';
import { describe, expect, test } from 'vitest';
import { NumberField } from '../../../src/renderer/ui/NumberField';
import { numberProblem, rangeWords } from '../../../src/renderer/ui/number-problem';
import { html, words } from '../render';

describe('a number in a form', () => {
  const horizon = { min: 1, max: 200, whole: true };

  test.each([
    [0, 'below its range'],
    [99_999, 'beyond it'],
    [2.5, 'between two whole numbers'],
    [Number.NaN, 'emptied'],
    [Number.POSITIVE_INFINITY, 'not finite'],
  ])('is refused with what it may be: %s, %s', (value) => {
    expect(numberProblem(value, horizon)).toBe('Enter a whole number from 1 to 200.');
  });

  test.each([1, 25, 200])('is taken where it fits: %s', (value) => {
    expect(numberProblem(value, horizon)).toBeNull();
  });

  test('may be left empty where that means something of its own, and nothing else out of range', () => {
    const steps = { min: 1, whole: true, optional: true };
    expect(numberProblem(Number.NaN, steps)).toBeNull();
    expect(numberProblem(0, steps)).toBe('Enter a whole number of at least 1.');
  });

  test('says each kind of range in words', () => {
    expect(rangeWords({ min: 0.05, max: 0.95 })).toBe('a number from 0.05 to 0.95');
    expect(rangeWords({ min: 2, max: 20_000, whole: true })).toBe('a whole number from 2 to 20000');
    expect(rangeWords({ min: 0, max: 1e6 })).toBe('a number from 0 to 1e6');
    expect(rangeWords({ min: 1e-6, max: 1 })).toBe('a number from 1e−6 to 1');
    expect(rangeWords({ min: 1, whole: true })).toBe('a whole number of at least 1');
    expect(rangeWords({ max: 3 })).toBe('a number of at most 3');
    expect(rangeWords({ whole: true })).toBe('a whole number');
  });

  test('keeps what was typed and says under the field what is wrong with it', () => {
    const field = (value: number) => (
      <NumberField label="Horizon" value={value} range={horizon} onChange={() => undefined} />
    );
    expect(html(field(99_999))).toContain('value="99999"');
    expect(words(field(99_999))).toContain('Enter a whole number from 1 to 200.');
    expect(words(field(25))).not.toContain('Enter');
    expect(html(field(Number.NaN))).toContain('value=""');
  });
});
