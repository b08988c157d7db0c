import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatCount,
  formatDuration,
  formatNumber,
  formatReading,
  formatWhen,
  groupDigits,
  spaced,
  withUnit,
} from '../../../src/renderer/ui/format';

const back = (text: string) => Number(text.replace(/−/g, '-'));

describe('numbers', () => {
  test('keep their value to the digits asked for', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }), (value) => {
        const error = Math.abs(back(formatNumber(value, 4)) - value);
        expect(error).toBeLessThanOrEqual(Math.abs(value) * 5.1e-4);
      }),
    );
  });
  test.each([
    [0, '0'],
    [1.23456, '1.235'],
    [-1.5, '−1.500'],
    [123456, '1.235e5'],
    [0.000123456, '1.235e−4'],
    [Number.NaN, '–'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [null, '–'],
    [undefined, '–'],
  ])('%s is written %s', (value, text) => {
    expect(formatNumber(value, 4)).toBe(text);
  });
  test('are readings of one width whatever their sign', () => {
    expect(formatReading(1.23456)).toBe(' 1.235');
    expect(formatReading(-1.23456)).toBe('−1.235');
    expect(formatReading(-0.00001)).toBe(' 0.000');
    expect(formatReading(Number.NaN)).toBe('–');
  });
});

test('durations never show sixty seconds or sixty minutes', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
      expect(formatDuration(seconds)).not.toMatch(/\b60(\.0)? (s|min)/);
    }),
  );
  expect(formatDuration(12.34)).toBe('12.3 s');
  expect(formatDuration(59.97)).toBe('1 min 00 s');
  expect(formatDuration(245)).toBe('4 min 05 s');
  expect(formatDuration(7380)).toBe('2 h 03 min');
});

test('counts agree with their noun and group their digits', () => {
  expect(formatCount(1, 'step')).toBe('1 step');
  expect(formatCount(0, 'step')).toBe('0 steps');
  expect(formatCount(1234567, 'step')).toBe('1\u2009234\u2009567 steps');
  expect(groupDigits(-1234)).toBe('-1\u2009234');
});

test('a time is as short as it can be told apart', () => {
  const at = (y: number, m: number, d: number) => new Date(y, m, d, 17, 5, 9).getTime();
  const now = at(2026, 2, 4);
  expect(formatWhen(now, now)).toBe('17:05:09');
  expect(formatWhen(at(2026, 0, 31), now)).toBe('31 Jan 17:05');
  expect(formatWhen(at(2025, 11, 31), now)).toBe('2025-12-31');
});

test('dimensionless channels carry no unit, and identifiers become words', () => {
  expect(withUnit('3', '1')).toBe('3');
  expect(withUnit('3', 'rad/s')).toBe('3 rad/s');
  expect(spaced('badCrc')).toBe('bad crc');
  expect(spaced('outside-limits')).toBe('outside limits');
});
