import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markFormula } from '../../../src/renderer/ui/formula-mark';

describe('the place of an error in a formula', () => {
  test('is marked where it is', () => {
    expect(markFormula('1 + foo * x', 4, 7)).toEqual([
      { text: '1 + ', marked: false, at: 0 },
      { text: 'foo', marked: true, at: 4 },
      { text: ' * x', marked: false, at: 7 },
    ]);
  });
  test('is a marked space where something is missing', () => {
    expect(markFormula('1 +', 3, 3)).toEqual([
      { text: '1 +', marked: false, at: 0 },
      { text: '\u00a0', marked: true, at: 3 },
    ]);
  });
  test('is the whole formula when nobody knows', () => {
    expect(markFormula('x', null, null)).toEqual([{ text: 'x', marked: true, at: 0 }]);
  });

  test('never loses a character of what was typed, and marks exactly one part', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: -5, max: 40 }),
        fc.integer({ min: -5, max: 40 }),
        (text, from, to) => {
          const parts = markFormula(text, from, to);
          const marked = parts.filter((part) => part.marked);
          expect(marked).toHaveLength(1);
          const inserted = Math.min(Math.max(from, 0), text.length) >= Math.min(to, text.length);
          const joined = parts.map((part) => (part.marked && inserted ? '' : part.text)).join('');
          expect(joined).toBe(text);
          expect(new Set(parts.map((part) => part.at)).size).toBe(parts.length);
        },
      ),
    );
  });
});
